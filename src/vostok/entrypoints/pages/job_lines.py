"""The log of a job, as its page shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

from vostok.documents import JobLineView

ENDING = frozenset({"step", "resumed", "ended"})
"""Kinds of lines that end the step before them."""


def with_ends(lines: Sequence[JobLineView]) -> list[Mapping[str, Any]]:
    """The lines, each step with `until`: when the next one began; None while it goes on."""
    found: list[Mapping[str, Any]] = []
    until: str | None = None
    for line in reversed(lines):
        found.append({**line, "until": until if line["kind"] == "step" else None})
        if line["kind"] in ENDING:
            until = line["at"]
    return found[::-1]
