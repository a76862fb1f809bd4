"""``vostok webhook``: where the news of an archive are sent."""

from typing import Annotated

import typer

from vostok.client.messages.webhooks import Webhook
from vostok.domain.webhook import WebhookState
from vostok.entrypoints.cli.arguments import ArchiveName, Search
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.news import Topics
from vostok.entrypoints.cli.output import Column, Output, time_text

app = typer.Typer(help="Addresses that the news of an archive are sent to.")

Number = Annotated[int, typer.Argument(metavar="N", min=1, help="Number of the webhook.")]


@command(
    app,
    "add",
    examples=[
        "vostok webhook add trial https://ci.example.org/vostok --on built --on failed",
    ],
)
def add_webhook(
    invocation: Invocation,
    name: ArchiveName,
    address: Annotated[str, typer.Argument(metavar="URL", help="Where to send.")],
    *,
    on: Topics = None,
) -> None:
    """Have what happens in an archive sent somewhere, signed with a secret that is shown now only.

    Without --on everything is sent but the progress of builds. What is not taken is sent again up
    to eight times in fifteen hours; then the webhook is switched off.
    """
    with invocation.client() as client:
        found = client.add_webhook(name, address, topics=[topic.value for topic in on or []])
    if invocation.output.is_json:
        invocation.output.document(found)
        return
    _show(invocation.output, found)
    invocation.output.fields([("secret", found["secret"])])
    invocation.output.note("the secret is not shown again")


@command(
    app, "list", examples=["vostok webhook list trial", "vostok webhook list trial --state off"]
)
def list_webhooks(
    invocation: Invocation,
    name: ArchiveName,
    *,
    search: Search = "",
    state: Annotated[
        list[WebhookState] | None, typer.Option(help="Only in this state; repeatable.")
    ] = None,
) -> None:
    """List where the news of an archive are sent."""
    with invocation.client() as client:
        webhooks = list(client.archive_webhooks(name, text=search, states=state or []))
    if invocation.output.is_json:
        invocation.output.document({"webhooks": webhooks})
        return
    invocation.output.table(
        [
            Column(title="WEBHOOK", kind="number"),
            Column(title="STATE", kind="state"),
            *(Column(title=title) for title in ("ADDRESS", "TOPICS", "ADDED BY")),
        ],
        [
            [
                str(hook["number"]), hook["state"], hook["address"], ", ".join(hook["topics"]),
                hook["created_by"],
            ]
            for hook in webhooks
        ],
    )  # fmt: skip


@command(app, "show", examples=["vostok webhook show trial 1"])
def show_webhook(invocation: Invocation, name: ArchiveName, number: Number) -> None:
    """Show a webhook with its newest deliveries: what was sent, and what the receiver answered."""
    with invocation.client() as client:
        found = client.webhook(name, number)
    if invocation.output.is_json:
        invocation.output.document(found)
        return
    _show(invocation.output, found)
    invocation.output.table(
        [
            Column(title="DELIVERY", kind="number"),
            Column(title="STATE", kind="state"),
            Column(title="TRIES", kind="number"),
            *(Column(title=title) for title in ("OF", "TOPIC", "NEXT TRY", "STATUS", "ANSWER")),
        ],
        [
            [
                str(one["id"]), one["state"], str(one["attempts"]), one["item"], one["topic"],
                time_text(one["next_at"]), str(one["status"] or ""), one["answer"],
            ]
            for one in found["deliveries"]
        ],
    )  # fmt: skip


@command(
    app,
    "set",
    examples=[
        "vostok webhook set trial 1 --on failed --on ended",
        "vostok webhook set trial 1 --state off",
    ],
)
def change_webhook(
    invocation: Invocation,
    name: ArchiveName,
    number: Number,
    *,
    on: Topics = None,
    state: Annotated[
        WebhookState | None,
        typer.Option(help="Pause it (off); what happens meanwhile is not sent later."),
    ] = None,
) -> None:
    """Change what a webhook is told of, or pause it."""
    with invocation.client() as client:
        found = client.change_webhook(
            name,
            number,
            topics=[topic.value for topic in on or []],
            state=None if state is None else state.value,
        )
    if invocation.output.is_json:
        invocation.output.document(found)
    else:
        _show(invocation.output, found)


@command(app, "test", examples=["vostok webhook test trial 1"])
def test_webhook(invocation: Invocation, name: ArchiveName, number: Number) -> None:
    """Send something that says that it is a test, to see how the receiver answers."""
    with invocation.client() as client:
        found = client.test_webhook(name, number)
    if invocation.output.is_json:
        invocation.output.document(found)
        return
    invocation.output.text(f"delivery {found['id']} of webhook {number} will be sent")
    invocation.output.note(f"see what became of it: vostok webhook show {name} {number}")


@command(app, "remove", examples=["vostok webhook remove trial 1"])
def remove_webhook(invocation: Invocation, name: ArchiveName, number: Number) -> None:
    """Send nothing there any more, and forget what was sent."""
    with invocation.client() as client:
        client.remove_webhook(name, number)
    if invocation.output.is_json:
        invocation.output.document({"number": number, "state": "removed"})
    else:
        invocation.output.text(f"webhook {number} of {name} is removed")


@command(app, "redeliver", examples=["vostok webhook redeliver trial 1 12"])
def redeliver(
    invocation: Invocation,
    name: ArchiveName,
    number: Number,
    delivery: Annotated[
        int, typer.Argument(metavar="DELIVERY", min=1, help="Number of the delivery.")
    ],
) -> None:
    """Send a delivery again. A webhook that was switched off is on again."""
    with invocation.client() as client:
        found = client.redeliver(name, number, delivery)
    if invocation.output.is_json:
        invocation.output.document(found)
    else:
        invocation.output.text(f"delivery {delivery} of webhook {number} will be sent again")


def _show(output: Output, hook: Webhook) -> None:
    output.heading(f"webhook {hook['number']} of {hook['archive']}")
    output.fields(
        [
            ("address", hook["address"]),
            ("topics", ", ".join(hook["topics"])),
            ("state", hook["state"]),
            ("sentence", hook["sentence"]),
            ("added", f"{time_text(hook['created_at'])} by {hook['created_by']}"),
        ]
    )
