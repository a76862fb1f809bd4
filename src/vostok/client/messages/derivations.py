"""What the API says of derivations, and what it is asked to make or change."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.client.messages.estimates import Estimate


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


class DeriveRequest(TypedDict):
    """Derivation of an archive; null means the default."""

    name: str
    parents: list[str]
    selection: NotRequired[str]
    architectures: NotRequired[list[str] | None]
    toolchain: NotRequired[str | None]
    tag: NotRequired[str | None]
    mode: NotRequired[str]
    unbuilt: NotRequired[str]
    on_removal: NotRequired[str]
    keep: NotRequired[str]
    serve: NotRequired[str]
    scheme: NotRequired[str]
    vendor: NotRequired[str]


class DerivationEstimateRequest(TypedDict):
    """What an archive would be; null means the default, or that it has no name yet."""

    parents: list[str]
    name: NotRequired[str | None]
    selection: NotRequired[str]
    architectures: NotRequired[list[str] | None]
    toolchain: NotRequired[str | None]
    tag: NotRequired[str | None]
    mode: NotRequired[str]
    unbuilt: NotRequired[str]
    scheme: NotRequired[str]
    vendor: NotRequired[str]
    builders: NotRequired[int | None]


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
