"""``vostok status``: is the server there, and who builds for it."""

import typer

from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, time_text


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @command(app, "status", examples=["vostok status"])
    def show_status(invocation: Invocation) -> None:
        """Show the server and its builders."""
        with invocation.client() as client:
            status = client.status()
        output = invocation.output
        if output.is_json:
            output.document(status)
            return
        output.fields([("server", status["url"]), ("version", status["version"])])
        if not status["builders"]:
            output.note("no builder has asked for work yet")
            return
        output.text("")
        output.table(
            [Column(title="BUILDER"), Column(title="ARCHITECTURES"), Column(title="SEEN")],
            [
                [
                    builder["name"],
                    ", ".join(builder["architectures"]),
                    time_text(builder["seen_at"]),
                ]
                for builder in status["builders"]
            ],
        )
