"""What the API says of derivations, and what it is asked to make or change."""

from typing import NotRequired, TypedDict

from vostok.entrypoints.cli.messages.estimates import Estimate


class Parent(TypedDict):
    """What a suite is derived from, at one moment of it."""

    archive: str
    suite: str
    number: int
    rank: int
    only: str


class Decision(TypedDict):
    """What a change of the derivation means for one source."""

    source: str
    verdict: str
    before: str | None
    after: str | None
    offered: str | None
    sentence: str


class VerdictCount(TypedDict):
    """How many sources got a verdict, and what it means."""

    verdict: str
    count: int
    words: str


class SyncPlan(TypedDict):
    """What a change of the derivation would do; `derivation` is `before` if nothing."""

    is_new: bool
    before: int
    derivation: int
    counts: list[VerdictCount]
    decisions: list[Decision]


class Derivation(TypedDict):
    """One derivation of an archive."""

    number: int
    at: str
    requested_by: str
    reason: str
    selection: str
    taken: int
    parents: list[Parent]


class DerivationWithDecisions(Derivation):
    """One derivation with what was decided when it was made."""

    decisions: list[Decision]


class TakenSource(TypedDict):
    """A source that an archive takes, and why."""

    source: str
    reason: str


class DerivationChange(TypedDict):
    """What is to be different; a dry run only says what that would mean."""

    dry_run: bool
    hold: NotRequired[str]
    selection: NotRequired[str]


class DeriveRequest(TypedDict):
    """Derivation of an archive; null means the default."""

    name: str
    parents: list[str]
    selection: str
    architectures: list[str] | None
    toolchain: str | None
    tag: str | None
    mode: str
    unbuilt: str
    on_removal: str
    keep: str
    serve: str
    scheme: str
    vendor: str


class DerivationEstimateRequest(TypedDict):
    """What an archive would be; null means the default, or that it has no name yet."""

    name: str | None
    parents: list[str]
    selection: str
    architectures: list[str] | None
    toolchain: str | None
    tag: str | None
    mode: str
    unbuilt: str
    scheme: str
    vendor: str
    builders: int | None


class DerivationPlan(TypedDict):
    """What an archive would be, and what building it would take."""

    name: str | None
    tag: str | None
    parents: list[Parent]
    suite: str
    architectures: list[str]
    selection: str
    taken: int
    mode: str
    parent_bytes: int
    estimate: Estimate
