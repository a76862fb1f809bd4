"""``vostok subscription``: what one is told of by mail."""

from typing import Annotated

import typer

from vostok.entrypoints.cli.arguments import ArchiveName
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.news import Topics
from vostok.entrypoints.cli.output import Column, time_text

app = typer.Typer(help="What you are told of by mail.")

Number = Annotated[int, typer.Argument(metavar="N", min=1, help="Number of the subscription.")]
Person = Annotated[
    str | None,
    typer.Option(help="Somebody else, for who manages people; by default yourself."),
]


@command(
    app,
    "add",
    examples=[
        "vostok subscription add trial",
        "vostok subscription add trial --campaign 3 --on ended",
    ],
)
def subscribe(
    invocation: Invocation,
    name: ArchiveName,
    *,
    campaign: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only this campaign.")
    ] = None,
    on: Topics = None,
) -> None:
    """Be told by mail of what happens in an archive from now on.

    Without --on: builds that failed, campaigns that ended, jobs that failed, syncs that left
    sources to a person, and your own uploads. What happens together comes in one letter. The
    first time a link is sent to your address; nothing else is, before you have followed it.
    """
    topics = [topic.value for topic in on or []]
    with invocation.client() as client:
        found = client.subscribe(name, campaign=campaign, topics=topics)
        address = client.mail_address()
    if invocation.output.is_json:
        invocation.output.document(found)
        return
    subject = name if campaign is None else f"{name}, campaign {campaign}"
    invocation.output.text(f"you are told of {subject}: {', '.join(found['topics'])}")
    if not address["is_confirmed"]:
        invocation.output.note(f"follow the link that was sent to {address['address']} first")


@command(app, "list", examples=["vostok subscription list"])
def list_subscriptions(invocation: Invocation, *, person: Person = None) -> None:
    """List what you are told of by mail, and where."""
    with invocation.client() as client:
        address = client.mail_address(person=person)
        found = list(client.own_subscriptions(person=person))
    if invocation.output.is_json:
        invocation.output.document({"mail_address": address, "subscriptions": found})
        return
    invocation.output.fields([("address", address["address"]), ("sentence", address["sentence"])])
    invocation.output.table(
        [
            Column(title="SUBSCRIPTION", kind="number"),
            *(Column(title=title) for title in ("ARCHIVE", "CAMPAIGN", "TOPICS", "SINCE")),
        ],
        [
            [
                str(one["number"]), one["archive"], str(one["campaign"] or "all"),
                ", ".join(one["topics"]), time_text(one["created_at"]),
            ]
            for one in found
        ],
    )  # fmt: skip


@command(app, "remove", examples=["vostok subscription remove 1"])
def unsubscribe(invocation: Invocation, number: Number, *, person: Person = None) -> None:
    """End a subscription; what was gathered for it and not sent yet is not sent."""
    with invocation.client() as client:
        client.unsubscribe(number, person=person)
    if invocation.output.is_json:
        invocation.output.document({"number": number, "state": "removed"})
    else:
        invocation.output.text(f"subscription {number} is ended")


@command(app, "confirm", examples=["vostok subscription confirm"])
def ask_again(invocation: Invocation) -> None:
    """Have the link that confirms your address sent once more."""
    with invocation.client() as client:
        found = client.ask_again()
    if invocation.output.is_json:
        invocation.output.document(found)
    else:
        invocation.output.text(f"a link is sent to {found['address']}")


@command(app, "letters", examples=["vostok subscription letters"])
def list_letters(invocation: Invocation, *, person: Person = None) -> None:
    """List your newest letters, and what became of each."""
    with invocation.client() as client:
        letters = list(client.letters(person=person))
    if invocation.output.is_json:
        invocation.output.document({"letters": letters})
        return
    invocation.output.table(
        [
            Column(title="LETTER", kind="number"),
            Column(title="STATE", kind="state"),
            Column(title="TRIES", kind="number"),
            *(Column(title=title) for title in ("KIND", "MADE", "NEXT TRY", "CODE", "ANSWER")),
        ],
        [
            [
                str(one["id"]), one["state"], str(one["attempts"]), one["kind"],
                time_text(one["created_at"]), time_text(one["next_at"]),
                str(one["status"] or ""), one["answer"],
            ]
            for one in letters
        ],
    )  # fmt: skip


@command(app, "resend", examples=["vostok subscription resend 12"])
def send_again(
    invocation: Invocation,
    letter: Annotated[int, typer.Argument(metavar="LETTER", min=1, help="Number of the letter.")],
    *,
    person: Person = None,
) -> None:
    """Send a letter that failed again, under the same Message-ID."""
    with invocation.client() as client:
        found = client.send_again(letter, person=person)
    if invocation.output.is_json:
        invocation.output.document(found)
    else:
        invocation.output.text(f"letter {letter} will be sent again")
