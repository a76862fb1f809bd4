"""``vostok search`` and ``vostok queue``: what there is in all archives at once."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

import typer

from vostok.client.messages.finding import Drain, Found, Queue
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text

SECONDS_OF_HOUR: Final = 3_600
STATES: Final = frozenset({"STATE"})
NUMBERS: Final = frozenset({"SCORE", "BUILDS", "WAITING", "RUNNING", "BUILDERS"})


class FoundKind(StrEnum):
    """What can be found."""

    ARCHIVES = "archives"
    SOURCES = "sources"
    BUILDS = "builds"


class QueuePart(StrEnum):
    """The tables of the queue."""

    ARCHITECTURES = "architectures"
    AT_WORK = "at-work"
    WAITING = "waiting"
    BUILDERS = "builders"


class _Table(NamedTuple):
    """One of several tables; an empty one is told in a note."""

    name: str
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]


def register(app: typer.Typer) -> None:
    """Adds the commands."""

    @command(
        app,
        "search",
        examples=["vostok search gcc", "vostok search gcc --only sources --output tsv"],
    )
    def search(
        invocation: Invocation,
        text: Annotated[str, typer.Argument(metavar="TEXT", help="Part of a name.")],
        *,
        only: Annotated[FoundKind | None, typer.Option(help="Only this kind.")] = None,
    ) -> None:
        """Find archives, sources and builds by name: at most 25 of each, exact names first."""
        with invocation.client() as client:
            found = client.search(text)
        if invocation.output.is_json:
            invocation.output.document(found)
            return
        _print(invocation.output, _tables_of_search(found), only)
        for kind in found["more"]:
            if only in {None, kind}:
                invocation.output.note(f"there are more {kind}: say more of the name")

    @command(app, "queue", examples=["vostok queue", "vostok queue --only waiting --output tsv"])
    def show_queue(
        invocation: Invocation,
        *,
        only: Annotated[QueuePart | None, typer.Option(help="Only this table.")] = None,
    ) -> None:
        """Show what waits to be built, what is at work, and who builds."""
        with invocation.client() as client:
            queue = client.queue()
        if invocation.output.is_json:
            invocation.output.document(queue)
            return
        _print(invocation.output, _tables_of_queue(queue), only)


def _print(output: Output, tables: Sequence[_Table], only: str | None) -> None:
    for table in tables:
        if only not in {None, table.name}:
            continue
        if not table.rows and not output.is_tsv:
            output.note(f"{table.name.replace('-', ' ')}: none")
            continue
        if only is None:
            output.heading(table.name.replace("-", " "))
        output.table([_column(title) for title in table.titles], table.rows)


def _column(title: str) -> Column:
    if title in STATES:
        return Column(title=title, kind="state")
    return Column(title=title, kind="number" if title in NUMBERS else "text")


def _tables_of_search(found: Found) -> list[_Table]:
    return [
        _Table(
            FoundKind.ARCHIVES,
            ("NAME", "KIND", "STATE"),
            [[each["name"], each["kind"], each["state"]] for each in found["archives"]],
        ),
        _Table(
            FoundKind.SOURCES,
            ("SOURCE", "VERSION", "ARCHIVE", "SUITE", "COMPONENT"),
            [
                [each["name"], each["version"], each["archive"], each["suite"], each["component"]]
                for each in found["sources"]
            ],
        ),
        _Table(
            FoundKind.BUILDS,
            ("ARCHIVE", "SOURCE", "VERSION", "ARCHITECTURE", "STATE", "CAMPAIGN"),
            [
                [
                    each["archive"], each["source"], each["version"], each["architecture"],
                    each["state"], str(each["campaign"] or ""),
                ]
                for each in found["builds"]
            ],
        ),
    ]  # fmt: skip


def _tables_of_queue(queue: Queue) -> list[_Table]:
    return [
        _Table(
            QueuePart.ARCHITECTURES,
            ("ARCHITECTURE", "WAITING", "RUNNING", "BUILDERS", "LASTS ABOUT"),
            [
                [
                    each["architecture"], str(each["waiting"]), str(each["running"]),
                    str(each["builders"]), _lasts(each),
                ]
                for each in queue["architectures"]
            ],
        ),
        _Table(
            QueuePart.AT_WORK,
            ("BUILD", "ARCHIVE", "SOURCE", "VERSION", "ARCHITECTURE", "STATE", "BUILDER", "SINCE"),
            [
                [
                    str(each["build"]), each["archive"], each["source"], each["version"],
                    each["architecture"], each["state"], each["builder"],
                    time_text(each["started_at"]),
                ]
                for each in queue["at_work"]
            ],
        ),
        _Table(
            QueuePart.WAITING,
            ("ARCHIVE", "CAMPAIGN", "ARCHITECTURE", "STATE", "SCORE", "BUILDS", "REASON"),
            [
                [
                    each["archive"], str(each["campaign"] or ""), each["architecture"],
                    each["state"], str(each["score"]), str(each["builds"]), each["reason"],
                ]
                for each in queue["waiting"]
            ],
        ),
        _Table(
            QueuePart.BUILDERS,
            ("BUILDER", "ARCHITECTURES", "SEEN", "THERE", "DOES"),
            [
                [
                    each["name"], ", ".join(each["architectures"]), time_text(each["seen_at"]),
                    "yes" if each["is_present"] else "no",
                    "" if each["does"] is None
                    else f"{each['does']['source']} {each['does']['version']}",
                ]
                for each in queue["builders"]
            ],
        ),
    ]  # fmt: skip


def _lasts(drain: Drain) -> str:
    return "" if drain["seconds"] is None else f"{drain['seconds'] / SECONDS_OF_HOUR:.1f} h"
