"""``vostok builder list`` and others: the builders of a server, and what is decided about them.

``vostok builder`` alone is a builder itself (`vostok.entrypoints.cli.processes`).
"""

from typing import Annotated

import typer

from vostok.client.messages.builders import Builder, NewBuilder
from vostok.domain.builder import BuilderState
from vostok.entrypoints.cli.arguments import Search
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text

app = typer.Typer()

BuilderName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the builder.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; everybody can read it.")]


@command(app, "list", examples=["vostok builder list", "vostok builder list --state paused"])
def list_builders(
    invocation: Invocation,
    *,
    search: Search = "",
    state: Annotated[
        list[BuilderState] | None, typer.Option(help="Only in this state; repeatable.")
    ] = None,
) -> None:
    """List the builders with their state and what they build."""
    with invocation.client() as client:
        builders = list(client.builders(text=search, states=state or []))
    if invocation.output.is_json:
        invocation.output.document({"builders": builders})
        return
    if not builders and not (search or state):
        invocation.output.note("there is no builder yet; add one: vostok builder add NAME")
    invocation.output.table(
        [
            Column(title="NAME"),
            Column(title="STATE", kind="state"),
            *(Column(title=title) for title in ("ARCHITECTURES", "SEEN", "BUILDS", "REASON")),
        ],
        [
            [
                found["name"],
                found["state"],
                ", ".join(found["architectures"]),
                _seen(found),
                ", ".join(f"{build['source']} {build['version']}" for build in found["at_work"]),
                found["reason"] or "",
            ]
            for found in builders
        ],
    )


@command(app, "show", examples=["vostok builder show host-1"])
def show_builder(invocation: Invocation, name: BuilderName) -> None:
    """Show a builder with all that it builds."""
    with invocation.client() as client:
        found = client.builder(name)
    _show(invocation.output, found)


@command(app, "add", examples=["vostok builder add host-1 > builder.token"])
def add_builder(invocation: Invocation, name: BuilderName) -> None:
    """Admit a builder, and print its token, which is told only now.

    Start it on its machine with that token and that name: vostok builder --name NAME --token-file
    FILE. One that was removed comes back; one that came with the token of all gets its own.
    """
    with invocation.client() as client:
        found = client.add_builder(name)
    _tell_token(invocation.output, found)


@command(app, "token", examples=["vostok builder token host-1 > builder.token"])
def renew_token(
    invocation: Invocation,
    name: BuilderName,
    *,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Only revoke the one that it has.")
    ] = False,
) -> None:
    """Replace a builder's token: its former one is good for nothing from now on.

    What it builds goes on.
    """
    with invocation.client() as client:
        if revoke:
            _show(invocation.output, client.revoke_builder_token(name))
            return
        found = client.renew_builder_token(name)
    _tell_token(invocation.output, found)


@command(app, "pause", examples=["vostok builder pause host-1 --reason 'a disk is replaced'"])
def pause_builder(invocation: Invocation, name: BuilderName, *, reason: Reason) -> None:
    """Hand a builder nothing more; what it builds it finishes."""
    with invocation.client() as client:
        found = client.pause_builder(name, reason)
    _show(invocation.output, found)


@command(app, "resume", examples=["vostok builder resume host-1"])
def resume_builder(invocation: Invocation, name: BuilderName) -> None:
    """Hand a paused builder builds again."""
    with invocation.client() as client:
        found = client.resume_builder(name)
    _show(invocation.output, found)


@command(app, "remove", examples=["vostok builder remove host-1 --reason 'it was returned'"])
def remove_builder(invocation: Invocation, name: BuilderName, *, reason: Reason) -> None:
    """Let a builder in no more: its token stops, and what it was building is built elsewhere."""
    with invocation.client() as client:
        found = client.remove_builder(name, reason)
    _show(invocation.output, found)


def register(group: typer.Typer) -> None:
    """Add these commands to what is a builder by itself."""
    group.registered_commands.extend(app.registered_commands)


def _seen(found: Builder) -> str:
    if found["seen_at"] is None:
        return "never"
    return time_text(found["seen_at"]) + ("" if found["is_present"] else ", away")


def _tell_token(output: Output, found: NewBuilder) -> None:
    if output.is_json:
        output.document(found)
        return
    output.text(found["token"])
    output.note(f"start it so: vostok builder --name {found['name']} --token-file FILE")


def _show(output: Output, found: Builder) -> None:
    if output.is_json:
        output.document(found)
        return
    output.heading(found["name"])
    changed = ""
    if found["changed_by"]:
        changed = f"{time_text(found['changed_at'])} by {found['changed_by']}"
    token = "one of its own" if found["has_token"] else "revoked"
    if found["added_by"] is None:
        token = "the one of all builders"  # noqa: S105 - words
    output.fields(
        [
            ("state", found["state"]),
            ("reason", found["reason"] or ""),
            ("changed", changed),
            ("architectures", ", ".join(found["architectures"])),
            ("seen", _seen(found)),
            ("token", token),
            (
                "builds",
                "\n".join(
                    f"{build['source']} {build['version']} in {build['archive']}, build "
                    f"{build['build']}"
                    for build in found["at_work"]
                ),
            ),
        ]
    )
