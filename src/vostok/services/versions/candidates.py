"""The sources that a request to rebuild names, with what decides whether and how."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from vostok.debian.architecture import has_all_part, has_any_part
from vostok.domain.archive import Archive, Suite
from vostok.domain.derivation import DerivationMode
from vostok.domain.plain_sources import PlainSources, alike_rebuilt, known_sources
from vostok.domain.rebuild_candidate import Candidate, CandidateSource
from vostok.domain.rebuild_version.present import rebuild_base
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.domain.rebuild_version.shapes import SourceVersions
from vostok.domain.sync import LocalChange
from vostok.services.repositories import Transaction
from vostok.services.repositories.fact_cache import BaseFacts, BinaryFacts
from vostok.services.selection.binary_facts import binary_facts, facts_of_all, newest_sources
from vostok.services.selection.selecting import current_local, selected_here, takes_everything
from vostok.services.versions.facts import shown_sources
from vostok.services.views.editions import base_of, derivation_of

_FIELDS_MAX = 1_000
"""Of Architecture fields; an archive has a few hundred."""
_NO_LIVE: frozenset[str] = frozenset()
_NOWHERE: Mapping[str, str] = {}


def list_candidates(
    transaction: Transaction,
    archive: Archive,
    suite: Suite,
    selection: str,
) -> list[Candidate]:
    """The sources that a selection names among those taken or uploaded, by name. O(taken).

    Where there is a local change it is the source that is rebuilt.
    """
    wanted = wanted_sources(transaction, archive, suite, selection)
    return sorted([*wanted.candidates, *wanted.plain.candidates()], key=_name)


def _name(candidate: Candidate) -> str:
    return candidate.source.name


class WantedSources(NamedTuple):
    """The sources that a request names, each once, by name."""

    candidates: list[Candidate]
    plain: PlainSources
    """Further ones, of which there is nothing to be looked at one by one."""

    def __len__(self) -> int:
        return len(self.candidates) + len(self.plain.rows)

    @property
    def names(self) -> set[str]:
        """Of all of them."""
        return {source.name for source, *_ in self.candidates} | {
            name for _, name, _, _ in self.plain.rows
        }

    def among(self, names: Collection[str]) -> "WantedSources":
        """Those of these names."""
        found = [candidate for candidate in self.candidates if candidate.source.name in names]
        return WantedSources(found, self.plain.among(names.__contains__))


def wanted_sources(
    transaction: Transaction,
    archive: Archive,
    suite: Suite,
    selection: str,
    *,
    is_for_a_part: bool = False,
) -> WantedSources:
    """The sources that a selection names among those taken or uploaded. O(taken).

    `is_for_a_part` of the architectures, so that it counts which sources must agree on all.
    """
    names, (sources, binaries) = _selected(transaction, suite, selection)
    changes = _local_changes(transaction, suite, names)
    own = _own_sources(transaction, suite, changes)
    known = _Known(
        transaction, archive, suite, names, binaries, changes, is_for_a_part=is_for_a_part
    )
    touched = known.touched(names)
    candidates = [
        known.candidate(CandidateSource(source_id, name, version, sources.kinds[kind].field))
        for source_id, name, version, kind in sources.rows
        if name in touched and name not in own
    ]
    candidates += map(known.candidate, own.values())
    plain = PlainSources(sources.rows, sources.kinds, known.numbers)
    return WantedSources(
        sorted(candidates, key=_name), plain.among(lambda name: name not in touched)
    )


class _Known:
    """What is known of the sources of an archive beside their releases, by their names."""

    def __init__(
        self,
        transaction: Transaction,
        archive: Archive,
        suite: Suite,
        names: Collection[str],
        facts: BinaryFacts,
        changes: Mapping[str, LocalChange],
        *,
        is_for_a_part: bool,
    ) -> None:
        self._facts = facts
        self._changes = changes
        self._made = _made_versions(transaction, archive)
        self.numbers = transaction.campaigns.last_rebuild_numbers(archive.id)
        self._live = transaction.builds.live_slots(archive.id)
        self._together: Collection[str] = frozenset()
        if is_for_a_part:
            self._together = transaction.rebuildable.coinstallable(base_of(suite), names)
        self._is_light = derivation_of(suite).mode is DerivationMode.LIGHT
        self._is_trial = archive.scheme is VersionScheme.SAME
        self._shown = shown_sources(transaction, suite) if self._is_trial else frozenset()
        self._before = _BeforeOnEach(transaction, archive, suite, names)

    def touched(self, names: Collection[str]) -> Collection[str]:
        """Which of the sources are to be looked at one by one: of the others all is known."""
        if self._is_light or self._is_trial:
            return names
        continued = self._facts.continued
        alike = {} if self._before.is_on_each else alike_rebuilt(continued)
        return {source for source, _ in self._made.built}.union(
            continued.keys() - alike.keys(), self._changes, self._facts.breaking,
            self._facts.unclear, self._made.issued, self._live, self._together,
        )  # fmt: skip

    def candidate(self, source: CandidateSource) -> Candidate:
        """One source with all that decides how it is rebuilt."""
        _, name, version, field = source
        change = self._changes.get(name)
        parents_version = (change.base_version or "") if change else ""
        binaries = self._facts.continued.get(name, {}).get(parents_version or version, ())
        is_mixed = change is None and _is_mixed(field)
        own = self._made.built.get((name, version), ())
        is_shown = not self._is_trial or bool(own) or (name, version) in self._shown
        there = version if change else _there(version, binaries)
        issued = self._made.issued.get(name, ())
        return Candidate(  # by place: there may be 43,000
            source,
            SourceVersions(
                version, binaries, own, issued, change is not None, parents_version, is_shown
            ),
            own[-1] if own else there,
            self.numbers.get(name, 0),
            self._live.get(name, _NO_LIVE),
            self._facts.breaking.get(name, "") if is_mixed else "",
            self._facts.unclear.get(name, "") if is_mixed else "",
            self._is_light and change is None,
            name in self._together,
            self._before.of(source, is_ours=change is not None),
        )


def _selected(
    transaction: Transaction, suite: Suite, selection: str
) -> tuple[Collection[str], BaseFacts]:
    """What a selection names, and what the parents say of at least these. O(taken)."""
    base, derivation = base_of(suite), derivation_of(suite)
    if not (derivation.is_all and takes_everything(selection)):
        names = selected_here(transaction, suite, selection).keys()
        binaries = binary_facts(transaction, base, names)
        rows = newest_sources(transaction.rebuildable.current_sources(base, names))
        return names, BaseFacts(known_sources(rows, alike_rebuilt(binaries.continued)), binaries)
    sources, binaries = facts_of_all(transaction, base)
    removed = transaction.derivations.removals(suite.id, derivation.number)
    if removed:
        left = [row for row in sources.rows if row[1] not in removed]
        sources = sources._replace(rows=left)
    local = current_local(transaction, suite)
    uploaded = local.names if local is not None else ()
    return {row[1] for row in sources.rows}.union(uploaded), BaseFacts(sources, binaries)


class _BeforeOnEach:
    """The versions that are there on each architecture: a binNMU may be on one of them only.

    Nothing is read where there is one architecture. O(binNMUs + builds) for each other one.
    """

    def __init__(
        self, transaction: Transaction, archive: Archive, suite: Suite, names: Collection[str]
    ) -> None:
        several = suite.architectures if len(suite.architectures) > 1 else ()
        self.is_on_each = bool(several)
        """Whether the architectures may differ."""
        self._architectures = (*several, "all") if several else ()
        self._built = transaction.builds.newest_built(archive.id) if several else {}
        self._continued: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for architecture in several:
            rows = transaction.rebuildable.continued_versions(base_of(suite), names, architecture)
            for source, of, version in rows:
                self._continued[source, of, architecture].append(version)

    def of(self, source: CandidateSource, *, is_ours: bool) -> Mapping[str, str]:
        """Architecture -> the version of the source's binaries there; empty if there is one."""
        if not self._architectures:
            return _NOWHERE
        found = {}
        for architecture in self._architectures:
            key = (source.name, source.version, architecture)
            theirs = () if is_ours else self._continued.get(key, ())
            found[architecture] = self._built.get(key) or _there(source.version, theirs)
        return found


def _local_changes(
    transaction: Transaction, suite: Suite, names: Collection[str]
) -> Mapping[str, LocalChange]:
    """Somebody's own sources of these names that are current in a suite. O(local changes)."""
    changes = transaction.deltas.local_changes(suite.id)
    return {name: change for name, change in changes.items() if name in names}


def _own_sources(
    transaction: Transaction, suite: Suite, changes: Mapping[str, LocalChange]
) -> Mapping[str, CandidateSource]:
    """Somebody's own sources of the names that have changed, in the place of the base's."""
    return {
        own.name: CandidateSource(own.id, own.name, own.version, own.architecture)
        for own in (transaction.deltas.own_sources(suite.id) if changes else ())
        if own.name in changes and changes[own.name].version == own.version
    }


@lru_cache(maxsize=_FIELDS_MAX)
def _is_mixed(field: str) -> bool:
    return has_any_part(field) and has_all_part(field)


class _Made(NamedTuple):
    """The versions that were made here."""

    built: Mapping[tuple[str, str], tuple[str, ...]]
    """(source, its version) -> those that were built, the newest last."""
    issued: Mapping[str, tuple[str, ...]]
    """Source -> all that ever were issued; only for schemes that count by them."""


def _made_versions(transaction: Transaction, archive: Archive) -> _Made:
    built: dict[tuple[str, str], tuple[str, ...]] = {}
    issued: dict[str, tuple[str, ...]] = {}
    is_counting = archive.scheme is not VersionScheme.SAFE
    for source, of, version, is_built in transaction.builds.made_versions(archive.id):
        if is_built:
            built[source, of] = (*built.get((source, of), ()), version)
        if is_counting:
            issued[source] = (*issued.get(source, ()), version)
    for source, version in transaction.outgoing.versions(archive.id) if is_counting else ():
        issued[source] = (*issued.get(source, ()), version)
    return _Made(built=built, issued=issued)


def _there(source_version: str, versions: Sequence[str]) -> str:
    """The version at which a source is there now: with the `+bN` of its binaries, if any.

    Args:
        source_version: the source's own.
        versions: of its binaries, as far as they begin with that.
    """
    if len(versions) == 1 and versions[0].startswith("+b", len(source_version)):
        return versions[0]  # most of them, and there are thousands
    return rebuild_base(source_version, versions)
