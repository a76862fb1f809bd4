"""A campaign: one rebuild request over many sources, and what it plans for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from vostok.debian.architecture import builds_on, has_all_part, has_any_part
from vostok.domain.build import LIVE_STATES, BuildState, NewBuild, Part, Reach, RebuildForm
from vostok.domain.rebuild_version.issuing import IssuedVersion, issue_version
from vostok.domain.rebuild_version.present import ParentHabits, Present
from vostok.domain.rebuild_version.schemes import Marking, Purpose, VersionScheme
from vostok.errors import ConflictError

REASON_LENGTH_MAX = 2_000
SCORE_OF_REBUILDS = -100
"""Below 0, the score of a normal build, so that a rebuild never starves one (R10)."""

_Slot: TypeAlias = tuple[Part, str, str]
"""(part, the slot's architecture, the builder's)"""


VERSION_NOT_SAFE = "version-not-safe"

_UNKNOWN_PARENTS = ParentHabits()


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
    own_versions: Sequence[str] = ()
    """Versions of its binaries and no-change sources here, on all architectures."""
    issued: Sequence[str] = ()
    """All versions that were made here for builds of that name, whatever became of them."""
    is_ours: bool = False
    """Whether the source is a local change."""
    parent_version: str = ""
    """The version of the parents' source that a local change stands in the place of."""
    was_shown: bool = True
    """Whether clients could ever see the parents' binaries of it here."""


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
    marking: Marking,
    habits: ParentHabits = _UNKNOWN_PARENTS,
) -> Plan:
    """The builds of a request, and what it refuses.

    A source with an `any` part has that part rebuilt under its own version (the rest stays the
    parent's); one that makes only `all` packages is rebuilt as a no-change source. All builds of
    one source get the same number, so that Multi-Arch: same packages agree. A source is refused
    whose version could not be proved. O(builds).

    Args:
        candidates: the sources, with what decides whether and how each is rebuilt.
        architectures: those asked for.
        architecture_of_all: the one on which the `all` part is built.
        marking: how the archive marks versions.
        habits: what its parents do with versions.
    """
    accepted: list[NewBuild] = []
    refused: list[Refusal] = []
    slots: dict[str, list[_Slot]] = {}  # an archive has a few hundred architecture fields
    for candidate in candidates:
        field = candidate.source.architecture
        if field not in slots:
            slots[field] = build_slots(field, architectures, architecture_of_all)
        refusal = _refusal(candidate, slots[field], architectures)
        if refusal is not None:
            refused.append(refusal)
            continue
        try:
            issued = _issued(candidate, slots[field], marking, habits)
        except ConflictError as error:
            refused.append(
                Refusal(source=candidate.source.name, code=VERSION_NOT_SAFE, sentence=str(error))
            )
        else:
            accepted += _builds(candidate, slots[field], marking, issued)
    return Plan(accepted=tuple(accepted), refused=tuple(refused))


def _issued(
    candidate: Candidate, slots: Sequence[_Slot], marking: Marking, habits: ParentHabits
) -> IssuedVersion:
    """The version of a source's builds.

    Raises:
        ConflictError: it cannot be proved.
    """
    is_source = any(part is Part.ALL for part, _, _ in slots)
    return issue_version(
        Purpose.NO_CHANGE if is_source else Purpose.BINARY_ONLY,
        marking,
        Present(
            source_version=candidate.source.version,
            binary_versions=tuple(candidate.continued_versions),
            own_versions=tuple(candidate.own_versions),
            issued=tuple(candidate.issued),
            is_ours=candidate.is_ours,
            parent_version=candidate.parent_version,
            was_shown=candidate.was_shown,
            habits=habits,
        ),
        rebuild_no=candidate.last_rebuild_no + 1,
    )


def _builds(
    candidate: Candidate, slots: Iterable[_Slot], marking: Marking, issued: IssuedVersion
) -> list[NewBuild]:
    source = candidate.source
    is_trial = marking.scheme is VersionScheme.SAME
    return [
        NewBuild(
            source_id=source.id,
            source=source.name,
            source_version=source.version,
            architecture=architecture,
            builder_architecture=builder_architecture,
            part=part,
            form=_form(part, is_trial=is_trial),
            reach=Reach.NOWHERE if is_trial else Reach.PUBLICATION,
            rebuild_no=candidate.last_rebuild_no + 1,
            version=issued.version,
            version_before=candidate.version_before,
            warning=issued.warning,
        )
        for part, architecture, builder_architecture in slots
    ]


def _form(part: Part, *, is_trial: bool) -> RebuildForm:
    if is_trial:  # under the version that the source has
        return RebuildForm.AS_IS
    return RebuildForm.SOURCE if part is Part.ALL else RebuildForm.BINARY_ONLY


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
