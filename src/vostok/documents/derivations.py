"""Documents of derivations, and of what a change of one would do."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class ParentView(TypedDict):
    """What a suite is derived from, at one moment of it."""

    archive: str
    suite: str
    number: int
    rank: int
    only: str


class DecisionView(TypedDict):
    """What a change of the derivation means for one source."""

    source: str
    verdict: str
    before: str | None
    after: str | None
    offered: str | None
    sentence: str


class VerdictCountView(TypedDict):
    """How many sources got a verdict, and what it means."""

    verdict: str
    count: int
    words: str


class SyncPlanView(TypedDict):
    """What a change of the derivation would do; `derivation` is `before` if nothing."""

    is_new: bool
    before: int
    derivation: int
    counts: list[VerdictCountView]
    decisions: list[DecisionView]


class DerivationView(TypedDict):
    """One derivation of an archive; shown alone it has its decisions."""

    number: int
    at: str
    requested_by: str
    reason: str
    selection: str
    taken: int
    mode: str
    unbuilt: str
    parents: list[ParentView]
    decisions: NotRequired[list[DecisionView]]


class TakenSourceView(TypedDict):
    """A source that an archive takes, and why."""

    source: str
    reason: str
