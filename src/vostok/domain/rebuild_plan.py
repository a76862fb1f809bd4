"""What a request to rebuild does: the builds of each source that it names, or why none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vostok.domain.build import NewBuild, Reach, RebuildForm
from vostok.domain.rebuild_form import (
    ChosenForm,
    FormChoice,
    Scope,
    Skew,
    Slot,
    chosen_form,
    left_out,
    slots_of,
)
from vostok.domain.rebuild_version.issuing import IssuedVersion, issue_version
from vostok.domain.rebuild_version.present import ParentHabits, Present
from vostok.domain.rebuild_version.schemes import Marking, Purpose, VersionScheme
from vostok.errors import ConflictError

VERSION_NOT_SAFE = "version-not-safe"
MULTI_ARCH_SAME = "multi-arch-same"
SOURCE_FORM = "source-form"
_PURPOSES = {
    RebuildForm.BINARY_ONLY: Purpose.BINARY_ONLY,
    RebuildForm.SOURCE: Purpose.NO_CHANGE,
}

_UNKNOWN_PARENTS = ParentHabits()


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
    is_coinstallable: bool = False
    """Whether it has Multi-Arch: same packages; only looked at where a part is rebuilt."""


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
    scope: Scope,
    *,
    marking: Marking,
    habits: ParentHabits = _UNKNOWN_PARENTS,
) -> Plan:
    """The builds of a request, and what it refuses.

    All builds of one source get the same number and version, so that Multi-Arch: same packages
    agree. A source is refused whose version could not be proved. O(builds).

    Args:
        candidates: the sources, with what decides whether and how each is rebuilt.
        scope: which builds of a source the request covers.
        marking: how the archive marks versions.
        habits: what its parents do with versions.
    """
    accepted: list[NewBuild] = []
    refused: list[Refusal] = []
    slots = _SlotsOfFields(scope)
    for candidate in candidates:
        planned = _planned(candidate, slots)
        if isinstance(planned, Refusal):
            refused.append(planned)
            continue
        purpose = _PURPOSES[planned.chosen.form]
        try:
            issued = version_of(candidate, purpose, marking, habits)
        except ConflictError as error:
            refused.append(
                Refusal(source=candidate.source.name, code=VERSION_NOT_SAFE, sentence=str(error))
            )
        else:
            accepted += _builds(candidate, planned, marking, issued)
    return Plan(accepted=tuple(accepted), refused=tuple(refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """How one source is rebuilt."""

    chosen: ChosenForm
    slots: Sequence[Slot]
    skew: str = ""
    """What stays behind by the request's own will, or ""."""


class _SlotsOfFields:
    """Forms and slots by Architecture field: an archive has a few hundred fields."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._slots: dict[tuple[str, RebuildForm, bool], list[Slot]] = {}
        self._left_out: dict[tuple[str, RebuildForm], list[str]] = {}

    def slots(self, field: str, form: RebuildForm, *, is_wide: bool = False) -> list[Slot]:
        """The builds of a source on the architectures asked for, or on all."""
        key = (field, form, is_wide)
        if key not in self._slots:
            where = self.scope.enabled if is_wide else self.scope.architectures
            self._slots[key] = slots_of(field, form, where, self.scope.architecture_of_all)
        return self._slots[key]

    def left_out(self, field: str, form: RebuildForm) -> list[str]:
        """Where a source would stay behind."""
        if (field, form) not in self._left_out:
            self._left_out[field, form] = left_out(field, form, self.scope)
        return self._left_out[field, form]


def _planned(candidate: Candidate, slots: _SlotsOfFields) -> _Planned | Refusal:
    """The form and builds of a source, or why it is not rebuilt."""
    scope, field = slots.scope, candidate.source.architecture
    chosen = chosen_form(field, candidate.exact_relation, scope.form)
    wanted = slots.slots(field, chosen.form)
    refusal = _refusal(candidate, wanted, scope)
    if refusal is not None:
        return refusal
    must_agree = candidate.is_coinstallable or chosen.form is RebuildForm.SOURCE
    behind = slots.left_out(field, chosen.form) if must_agree else []
    if not behind:
        return _Planned(chosen=chosen, slots=wanted)
    if scope.skew is Skew.WIDEN:
        return _Planned(chosen=chosen, slots=slots.slots(field, chosen.form, is_wide=True))
    why = (
        "its Multi-Arch: same packages are co-installable in one version only"
        if candidate.is_coinstallable
        else f"it needs a new source ({chosen.reason}), which all its packages must be of"
    )
    sentence = f"{candidate.source.name} would stay behind on {', '.join(behind)}: {why}"
    if scope.skew is Skew.ALLOW:
        return _Planned(chosen=chosen, slots=wanted, skew=sentence)
    return Refusal(
        source=candidate.source.name,
        code=MULTI_ARCH_SAME if candidate.is_coinstallable else SOURCE_FORM,
        sentence=f"{sentence}; take in the others (--widen) or let it be so (--allow-skew)",
    )


def version_of(
    candidate: Candidate, purpose: Purpose, marking: Marking, habits: ParentHabits
) -> IssuedVersion:
    """The version that a source gets next.

    Raises:
        ConflictError: it cannot be proved.
    """
    return issue_version(
        purpose,
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
    candidate: Candidate, planned: _Planned, marking: Marking, issued: IssuedVersion
) -> list[NewBuild]:
    source = candidate.source
    is_trial = marking.scheme is VersionScheme.SAME
    return [
        NewBuild(
            source_id=source.id,
            source=source.name,
            source_version=source.version,
            architecture=slot.architecture,
            builder_architecture=slot.builder_architecture,
            part=slot.part,
            # A trial is made under the version that the source has.
            form=RebuildForm.AS_IS if is_trial else planned.chosen.form,
            form_reason=planned.chosen.reason,
            reach=Reach.NOWHERE if is_trial else Reach.PUBLICATION,
            rebuild_no=candidate.last_rebuild_no + 1,
            version=issued.version,
            version_before=candidate.version_before,
            warning="; ".join(filter(None, (issued.warning, planned.skew))),
        )
        for slot in planned.slots
    ]


def _refusal(candidate: Candidate, slots: Sequence[Slot], scope: Scope) -> Refusal | None:
    """Why a source cannot be rebuilt now on any architecture."""
    name = candidate.source.name
    if not slots:
        return Refusal(
            source=name,
            code="not-for-architecture",
            sentence=f"{name} builds on {candidate.source.architecture}, "
            f"not on {', '.join(scope.architectures)}",
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
    if candidate.exact_relation and scope.form is FormChoice.BINARY_ONLY:
        return Refusal(
            source=name,
            code="exact-relation",
            sentence=f"{candidate.exact_relation}: rebuilding the other alone would break it",
        )
    return None
