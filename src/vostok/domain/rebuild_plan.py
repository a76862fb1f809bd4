"""What a request to rebuild does: the builds of each source that it names, or why none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
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
from vostok.domain.rebuild_version.issuing import IssuedVersion, Issuer, issuer_of
from vostok.domain.rebuild_version.present import ParentHabits
from vostok.domain.rebuild_version.schemes import Marking, Purpose, VersionScheme
from vostok.domain.rebuild_version.shapes import SourceVersions
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


class Candidate(NamedTuple):
    """A source that a request names, with what decides whether and how it is rebuilt."""

    source: CandidateSource
    versions: SourceVersions
    """Also those of its binaries in the parent that go on where the source's ends: `1.2-3+b1`."""
    version_before: str
    last_rebuild_no: int
    live_architectures: frozenset[str]
    exact_relation: str = ""
    """`foo-data depends on foo (= 1.2-3)`: an `all` package that only one version satisfies."""
    unclear_relation: str = ""
    """`foo depends on foo-data (= 1.2-3)`: its rebuild may want a `foo-data` of its version."""
    stays_parents: bool = False
    """Whether the archive is light, and the source is a parent's and unchanged."""
    is_coinstallable: bool = False
    """Whether it has Multi-Arch: same packages; only looked at where a part is rebuilt."""
    versions_before: Mapping[str, str] = MappingProxyType({})
    """Architecture -> the version that is there, where there are several architectures."""

    @property
    def is_usual(self) -> bool:
        """Whether nothing but its Architecture field decides how it is rebuilt."""
        return self[_DECIDING] == _NOTHING


_DECIDING = slice(
    Candidate._fields.index("live_architectures"),
    Candidate._fields.index("is_coinstallable") + 1,
)
_NOTHING: tuple[object, ...] = (frozenset(), "", "", False, False)


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
    unrecorded: tuple[str, ...] = ()
    """Sources of which it is not known what they were built with, where that was asked."""
    joins: int | None = None
    """Number of the campaign of an equal request, which a real one would be answered with."""


def plan_rebuild(
    candidates: Iterable[Candidate],
    scope: Scope,
    *,
    marking: Marking,
    habits: ParentHabits = _UNKNOWN_PARENTS,
    is_partial: bool = False,
) -> Plan:
    """The builds of a request, and what it refuses.

    All builds of one source get the same number and version, so that Multi-Arch: same packages
    agree. A source is refused whose version could not be proved. Where builds are not of the
    full packages, each is followed by one that is, with the next number and version. O(builds).

    Args:
        candidates: the sources, with what decides whether and how each is rebuilt.
        scope: which builds of a source the request covers.
        marking: how the archive marks versions.
        habits: what its parents do with versions.
        is_partial: whether they are made under a profile that changes packages.
    """
    issuer = issuer_of(marking, habits)
    is_trial = marking.scheme is VersionScheme.SAME
    accepted: list[NewBuild] = []
    refused: list[Refusal] = []
    ways = _Ways(scope)
    for candidate in candidates:
        way = ways.of(candidate)
        if isinstance(way, Refusal):
            refused.append(way)
            continue
        try:
            issued = version_of(candidate, way.purpose, issuer)
            builds = _builds(candidate, way, issued, is_trial=is_trial)
            if is_partial and not is_trial:
                after = _after(candidate, issued)
                full = version_of(after, way.purpose, issuer)
                builds = [
                    *(build._replace(reach=Reach.VIEW) for build in builds),
                    *(
                        build._replace(is_planned=True)
                        for build in _builds(after, way, full, is_trial=False)
                    ),
                ]
        except ConflictError as error:
            refused.append(
                Refusal(source=candidate.source.name, code=VERSION_NOT_SAFE, sentence=str(error))
            )
        else:
            accepted += builds
    return Plan(accepted=tuple(accepted), refused=tuple(refused))


def version_of(candidate: Candidate, purpose: Purpose, issuer: Issuer) -> IssuedVersion:
    """The version that a source gets next.

    Raises:
        ConflictError: it cannot be proved.
    """
    return issuer.issue(purpose, candidate.versions, rebuild_no=candidate.last_rebuild_no + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How one source is rebuilt."""

    chosen: ChosenForm
    purpose: Purpose
    slots: Sequence[Slot]
    skew: str = ""
    """What stays behind by the request's own will, or ""."""


class _Ways:
    """How sources are rebuilt; usual ones by Architecture field: an archive has a few hundred."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._usual: dict[str, _Way] = {}

    def of(self, candidate: Candidate) -> _Way | Refusal:
        """The form and builds of a source, or why it is not rebuilt."""
        if not candidate.is_usual:
            return _way(candidate, self._scope)
        field = candidate.source.architecture
        known = self._usual.get(field)
        if known is not None:
            return known
        found = _way(candidate, self._scope)
        if isinstance(found, _Way) and not found.skew:  # else it names the source
            self._usual[field] = found
        return found


def _way(candidate: Candidate, scope: Scope) -> _Way | Refusal:
    field = candidate.source.architecture
    relation = candidate.exact_relation or candidate.unclear_relation
    chosen = chosen_form(field, relation, scope.form)
    purpose = _PURPOSES[chosen.form]
    wanted = slots_of(field, chosen.form, scope.architectures, scope.architecture_of_all)
    refusal = _refusal(candidate, wanted, scope)
    if refusal is not None:
        return refusal
    must_agree = candidate.is_coinstallable or chosen.form is RebuildForm.SOURCE
    behind = left_out(field, chosen.form, scope) if must_agree else []
    if not behind:
        return _Way(chosen=chosen, purpose=purpose, slots=wanted)
    if scope.skew is Skew.WIDEN:
        wide = slots_of(field, chosen.form, scope.enabled, scope.architecture_of_all)
        return _Way(chosen=chosen, purpose=purpose, slots=wide)
    why = (
        "its Multi-Arch: same packages are co-installable in one version only"
        if candidate.is_coinstallable
        else f"it needs a new source ({chosen.reason}), which all its packages must be of"
    )
    sentence = f"{candidate.source.name} would stay behind on {', '.join(behind)}: {why}"
    if scope.skew is Skew.ALLOW:
        return _Way(chosen=chosen, purpose=purpose, slots=wanted, skew=sentence)
    return Refusal(
        source=candidate.source.name,
        code=MULTI_ARCH_SAME if candidate.is_coinstallable else SOURCE_FORM,
        sentence=f"{sentence}; {_ways_out(candidate, chosen.form, scope)}",
    )


def _ways_out(candidate: Candidate, form: RebuildForm, scope: Scope) -> str:
    """What a request can say of a source that would stay behind on some architectures."""
    ways = "take in the others (--widen) or let it be so (--allow-skew)"
    is_unclear = candidate.unclear_relation and not candidate.exact_relation
    is_chosen = form is RebuildForm.SOURCE and scope.form is FormChoice.AUTO
    if is_unclear and is_chosen and not candidate.is_coinstallable:
        return f"{ways}, or try its binaries alone (--form binary-only)"
    return ways


def _after(candidate: Candidate, issued: IssuedVersion) -> Candidate:
    """The same source once that version was given to builds of it, which clients do not see."""
    versions = candidate.versions
    return candidate._replace(
        last_rebuild_no=candidate.last_rebuild_no + 1,
        versions=versions._replace(
            own_versions=(*versions.own_versions, issued.version),
            issued=(*versions.issued, issued.version),
        ),
    )


def _builds(
    candidate: Candidate, way: _Way, issued: IssuedVersion, *, is_trial: bool
) -> list[NewBuild]:
    source, version_before = candidate.source, candidate.version_before
    before_on, number = candidate.versions_before, candidate.last_rebuild_no + 1
    # A trial is made under the version that the source has.
    form = RebuildForm.AS_IS if is_trial else way.chosen.form
    reach = Reach.NOWHERE if is_trial else Reach.PUBLICATION
    warning = _warning(candidate, way, issued)
    return [
        NewBuild(  # by place: 43,000 of them
            source.id,
            source.name,
            source.version,
            slot.architecture,
            slot.builder_architecture,
            slot.part,
            number,
            issued.version,
            before_on.get(slot.architecture, version_before),
            form,
            way.chosen.reason,
            reach,
            warning=warning,
        )
        for slot in way.slots
    ]


def _warning(candidate: Candidate, way: _Way, issued: IssuedVersion) -> str:
    doubt = ""
    if candidate.unclear_relation and way.chosen.form is RebuildForm.BINARY_ONLY:
        doubt = f"{candidate.unclear_relation}: what is built is refused then"
    if not (issued.warning or way.skew or doubt):
        return ""
    return "; ".join(filter(None, (issued.warning, way.skew, doubt)))


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
