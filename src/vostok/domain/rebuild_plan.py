"""What a request to rebuild does: the builds of each source that it names, or why none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter, itemgetter
from typing import NamedTuple

from vostok.debian.architecture import builds_on
from vostok.debian.version import VERSION_CHARACTERS_MAX
from vostok.domain.build import NewBuild, Reach, RebuildForm
from vostok.domain.plain_sources import NO_PLAIN, PlainSources, SourceKind
from vostok.domain.publication import ALL
from vostok.domain.rebuild_candidate import Candidate
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
from vostok.errors import ConflictError

VERSION_NOT_SAFE = "version-not-safe"
MULTI_ARCH_SAME = "multi-arch-same"
SOURCE_FORM = "source-form"
_PURPOSES = {
    RebuildForm.BINARY_ONLY: Purpose.BINARY_ONLY,
    RebuildForm.SOURCE: Purpose.NO_CHANGE,
}

_UNKNOWN_PARENTS = ParentHabits()
_CHARACTERS_UNBOUNDED = VERSION_CHARACTERS_MAX // 2
"""Of so long a version it is looked at what is issued, which may be too long."""
_SOURCE = itemgetter(NewBuild._fields.index("source"))
_BEFORE_VERSION = slice(
    NewBuild._fields.index("source_version") + 1, NewBuild._fields.index("version")
)
_BEHIND_VERSIONS = slice(NewBuild._fields.index("version_before") + 1, None)


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


def plan_rebuild(  # noqa: PLR0913 - what decides
    candidates: Iterable[Candidate],
    scope: Scope,
    *,
    marking: Marking,
    habits: ParentHabits = _UNKNOWN_PARENTS,
    is_partial: bool = False,
    plain: PlainSources = NO_PLAIN,
) -> Plan:
    """The builds of a request, and what it refuses, in the order of the sources.

    All builds of one source get the same number and version, so that Multi-Arch: same packages
    agree. A source is refused whose version could not be proved. Where builds are not of the
    full packages, each is followed by one that is, with the next number and version. O(builds).

    Args:
        candidates: sources, with what decides whether and how each is rebuilt.
        scope: which builds of a source the request covers.
        marking: how the archive marks versions.
        habits: what its parents do with versions.
        is_partial: whether they are made under a profile that changes packages.
        plain: further sources; with some of them everything is by name.
    """
    planner = _Planner(scope, issuer_of(marking, habits), marking, is_partial=is_partial)
    for candidate in candidates:
        planner.plan(candidate)
    planner.plan_plain(plain)
    return planner.planned()


class _Alike(NamedTuple):
    """What is the same in the builds of all plain sources of a kind."""

    appended: str
    """What is appended to the source's version."""
    continued: str
    """The same of the version that is there before."""
    slots: Sequence[tuple[tuple[object, ...], tuple[object, ...]]]
    """Of each build what stands before its version, and what behind its version before."""


class _Planner:
    """Collects the builds of a request."""

    def __init__(
        self, scope: Scope, issuer: Issuer, marking: Marking, *, is_partial: bool
    ) -> None:
        self._issuer = issuer
        self._ways = _Ways(scope)
        self._is_trial = marking.scheme is VersionScheme.SAME
        self._is_partial = is_partial and not self._is_trial
        self._accepted: list[NewBuild] = []
        self._refused: list[Refusal] = []

    def planned(self) -> Plan:
        """All that was planned."""
        return Plan(accepted=tuple(self._accepted), refused=tuple(self._refused))

    def plan(self, candidate: Candidate) -> Sequence[NewBuild]:
        """The builds of one source; of one that is refused none."""
        way = self._ways.of(candidate)
        if isinstance(way, Refusal):
            self._refused.append(way)
            return ()
        try:
            builds = self._builds(candidate, way)
        except ConflictError as error:
            self._refused.append(
                Refusal(source=candidate.source.name, code=VERSION_NOT_SAFE, sentence=str(error))
            )
            return ()
        self._accepted += builds
        return builds

    def _builds(self, candidate: Candidate, way: "_Way") -> list[NewBuild]:
        issued = version_of(candidate, way.purpose, self._issuer)
        builds = _builds(candidate, way, issued, is_trial=self._is_trial)
        if not self._is_partial:
            return builds
        after = _after(candidate, issued)
        full = version_of(after, way.purpose, self._issuer)
        return [
            *(build._replace(reach=Reach.VIEW) for build in builds),
            *(
                build._replace(is_planned=True)
                for build in _builds(after, way, full, is_trial=False)
            ),
        ]

    def plan_plain(self, plain: PlainSources) -> None:
        """The builds of plain sources: the first of a kind as of any candidate, then all alike.

        O(sources), and O(kinds) proofs.
        """
        alike: dict[object, _Alike] = {}
        number_of = plain.numbers.get
        accepted = self._accepted
        build_of = partial(tuple.__new__, NewBuild)  # `_make` but for its count
        for row in plain.rows:
            source_id, name, version, kind = row
            key = (kind, number_of(name)) if plain.numbers else kind
            known = alike.get(key)
            if known is None or len(version) > _CHARACTERS_UNBOUNDED:
                builds = self.plan(plain.candidate(row))
                known = None if self._is_partial else _alike(builds, plain.kinds[kind])
                if known is not None:
                    alike[key] = known
                continue
            appended, continued, slots = known
            issued, there = version + appended, version + continued
            for before, behind in slots:
                accepted.append(
                    build_of((source_id, name, version, *before, issued, there, *behind))
                )
        if plain.rows:  # into the others
            accepted.sort(key=_SOURCE)
            self._refused.sort(key=attrgetter("source"))


def _alike(builds: Sequence[NewBuild], kind: SourceKind) -> _Alike | None:
    """What is the same in the builds of others of the kind; None if each is to be looked at."""
    if not builds or any(build.warning for build in builds):
        return None  # refusals and warnings name the source and its versions
    [(source_version, version)] = {(build.source_version, build.version) for build in builds}
    if not version.startswith(source_version):
        return None
    values: list[tuple[object, ...]] = [tuple(build) for build in builds]
    slots = [(build[_BEFORE_VERSION], build[_BEHIND_VERSIONS]) for build in values]
    return _Alike(version[len(source_version) :], kind.continued, slots)


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
    chosen = chosen_form(field, relation, scope.form, is_all_asked=_is_all_asked(field, scope))
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


def _is_all_asked(field: str, scope: Scope) -> bool:
    """Whether packages for all architectures are asked for, or are all that can be made here."""
    return ALL in scope.architectures or not any(
        builds_on(field, architecture) for architecture in scope.enabled
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
