"""The decisions of a change of an archive, put together by verdict for people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from vostok.domain.sync import WORDS, Decision, Verdict

SHOWN_MAX: Final = 300

_ORDER: Final = (
    Verdict.NEEDS_MERGE,
    Verdict.LEFT_OUT,
    Verdict.REMOVED,
    Verdict.ADDED,
    Verdict.UPDATED,
    Verdict.KEPT,
    Verdict.HELD,
    Verdict.RETAINED,
)
"""What somebody has to look at first; what stays as it is, is only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionGroup:
    """The sources that got one verdict.

    Attributes:
        words: what the verdict means for them, behind their number.
        shown: the first of them by name.
        count: how many there are.
    """

    verdict: Verdict
    words: str
    shown: Sequence[Decision]
    count: int


def grouped_decisions(decisions: Iterable[Decision]) -> list[DecisionGroup]:
    """One group for each verdict but `unchanged`, those that need somebody first. O(decisions)."""
    found: dict[Verdict, list[Decision]] = {}
    for decision in decisions:
        found.setdefault(decision.verdict, []).append(decision)
    return [
        DecisionGroup(
            verdict=verdict,
            words=WORDS[verdict],
            shown=sorted(found[verdict], key=lambda decision: decision.source)[:SHOWN_MAX],
            count=len(found[verdict]),
        )
        for verdict in _ORDER
        if verdict in found
    ]
