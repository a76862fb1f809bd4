"""A campaign: one rebuild request over many sources, and what it plans for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from vostok.debian.architecture import builds_on, has_all_part, has_any_part
from vostok.domain.build import LIVE_STATES, BuildState, NewBuild, Part, RebuildForm
from vostok.domain.rebuild_version import VersionScheme, rebuild_base, rebuild_version

REASON_LENGTH_MAX = 2_000
SCORE_OF_REBUILDS = -100
"""Below 0, the score of a normal build, so that a rebuild never starves one (R10)."""

_Slot: TypeAlias = tuple[Part, str, str]
"""(part, the slot's architecture, the builder's)"""


class CampaignState(StrEnum):
    """How far a campaign is, apart from its builds."""

    PREPARING = "preparing"
    READY = "ready"
    FAILED = "failed"


class CampaignKind(StrEnum):
    """What a campaign is for."""

    REBUILD = "rebuild"
    CONTROL = "control"
    """Failures of another campaign, built again with the parent's toolchain."""
    NO_CHANGE = "no-change"
    """Sources that differ by one changelog entry, made and taken in like uploads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One request: who, why, which sources, with which toolchain."""

    id: int
    archive_id: int
    archive: str
    number: int
    reason: str
    requested_by: str
    selection: str
    architectures: tuple[str, ...]
    toolchain_id: int | None
    dependencies: str
    kind: CampaignKind
    scheme: VersionScheme
    score: int
    request: Mapping[str, object]
    """Everything that was asked, as it was asked."""
    state: CampaignState
    sentence: str
    created_at: datetime


class CandidateSource(NamedTuple):
    """What a plan needs of a source release: a plan may look at all of an archive."""

    id: int
    name: str
    version: str
    architecture: str
    """The Architecture field: `any all`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A source that a request names, with what decides whether and how it is rebuilt."""

    source: CandidateSource
    continued_versions: Sequence[str]
    """Versions of its binaries in the parent that go on where the source's ends: `1.2-3+b1`."""
    version_before: str
    last_rebuild_no: int
    live_architectures: frozenset[str]
    exact_relation: str = ""
    """`foo-data depends on foo (= 1.2-3)`: an `all` package that only one version satisfies."""
    stays_parents: bool = False
    """Whether the archive is light, and the source is a parent's and unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A source, or one architecture of it, that will not be rebuilt, and why."""

    source: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a request would do. A dry run shows it, a real one stores it."""

    accepted: tuple[NewBuild, ...]
    refused: tuple[Refusal, ...]


def plan_rebuild(
    candidates: Iterable[Candidate],
    *,
    architectures: tuple[str, ...],
    architecture_of_all: str,
    tag: str,
) -> Plan:
    """The builds of a request, and what it refuses.

    A source with an `any` part has that part rebuilt under its own version (the rest stays the
    parent's); one that makes only `all` packages is rebuilt as a no-change source. All builds of
    one source get the same number, so that Multi-Arch: same packages agree. O(builds).
    """
    accepted: list[NewBuild] = []
    refused: list[Refusal] = []
    slots: dict[str, list[_Slot]] = {}  # an archive has a few hundred architecture fields
    for candidate in candidates:
        field = candidate.source.architecture
        if field not in slots:
            slots[field] = build_slots(field, architectures, architecture_of_all)
        refusal = _refusal(candidate, slots[field], architectures)
        if refusal is None:
            accepted += _builds(candidate, slots[field], tag)
        else:
            refused.append(refusal)
    return Plan(accepted=tuple(accepted), refused=tuple(refused))


def _builds(candidate: Candidate, slots: Iterable[_Slot], tag: str) -> list[NewBuild]:
    source = candidate.source
    rebuild_no = candidate.last_rebuild_no + 1
    base = source.version
    if candidate.continued_versions:
        base = rebuild_base(base, candidate.continued_versions)
    version = rebuild_version(base, tag=tag, rebuild_no=rebuild_no)
    return [
        NewBuild(
            source_id=source.id,
            source=source.name,
            source_version=source.version,
            architecture=architecture,
            builder_architecture=builder_architecture,
            part=part,
            form=RebuildForm.SOURCE if part is Part.ALL else RebuildForm.BINARY_ONLY,
            rebuild_no=rebuild_no,
            version=version,
            version_before=candidate.version_before,
        )
        for part, architecture, builder_architecture in slots
    ]


def _refusal(
    candidate: Candidate, slots: Sequence[_Slot], architectures: tuple[str, ...]
) -> Refusal | None:
    """Why a source cannot be rebuilt now on any architecture."""
    name = candidate.source.name
    if not slots:
        return Refusal(
            source=name,
            code="not-for-architecture",
            sentence=f"{name} builds on {candidate.source.architecture}, "
            f"not on {', '.join(architectures)}",
        )
    if candidate.stays_parents:
        return Refusal(
            source=name,
            code="light-archive",
            sentence=f"{name} is the parent's and unchanged: a light archive builds only what "
            "changes here",
        )
    if candidate.live_architectures:
        # On any architecture: two numbers at a time would take Multi-Arch: same packages apart.
        where = ", ".join(sorted(candidate.live_architectures))
        return Refusal(
            source=name,
            code="already-building",
            sentence=f"a build of {name} for {where} is not finished yet",
        )
    if candidate.exact_relation:
        return Refusal(
            source=name,
            code="exact-relation",
            sentence=f"{candidate.exact_relation}: rebuilding the other alone would break it",
        )
    return None


def build_slots(
    source_architecture: str, architectures: tuple[str, ...], architecture_of_all: str
) -> list[_Slot]:
    """The slots of the builds that a source needs."""
    if has_any_part(source_architecture):
        return [
            (Part.ANY, architecture, architecture)
            for architecture in architectures
            if builds_on(source_architecture, architecture)
        ]
    if has_all_part(source_architecture) and architecture_of_all in architectures:
        return [(Part.ALL, "all", architecture_of_all)]
    return []


def campaign_summary(
    state: CampaignState, counts: Mapping[str, int], sentence: str
) -> tuple[str, str]:
    """(state, sentence) of a campaign as people see it: preparing, running, finished or failed."""
    if state is not CampaignState.READY:
        return state, sentence
    total = sum(counts.values())
    live = sum(counts.get(live_state, 0) for live_state in LIVE_STATES)
    built = counts.get(BuildState.BUILT, 0)
    if live:
        return "running", f"{total - live} of {total} builds have ended, {built} of them built"
    return "finished", f"{built} of {total} built, {total - built} not"
