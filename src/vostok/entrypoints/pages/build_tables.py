"""The tables of a build's page, for programs."""

from collections.abc import Iterator, Mapping, Sequence

from vostok.documents import AttemptView, BuildView
from vostok.entrypoints.pages.table_columns import (
    ATTEMPT_FILES,
    ATTEMPTS,
    BUILDS,
    EVENTS,
    PRODUCERS,
)
from vostok.entrypoints.pages.tables import Table


def build_tables(build: BuildView, slot: Sequence[BuildView]) -> tuple[Table, ...]:
    """All of them, the records of the slot first."""
    attempts = build.get("attempts", [])
    proof = build.get("proof")
    return (
        Table(name="records", columns=BUILDS, rows=slot),
        Table(name="attempts", columns=ATTEMPTS, rows=attempts),
        Table(name="files", columns=ATTEMPT_FILES, rows=_files(attempts)),
        Table(name="producers", columns=PRODUCERS, rows=proof["producers"] if proof else ()),
        Table(name="events", columns=EVENTS, rows=build.get("events", [])),
    )


def _files(attempts: Sequence[AttemptView]) -> Iterator[Mapping[str, object]]:
    """The files of all attempts, each with the number of its own."""
    for attempt in attempts:
        for file in attempt.get("files", []):
            yield {"attempt": attempt["number"], **file}
