"""The sources that a request to rebuild names, with what decides whether and how."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from vostok.debian.architecture import has_all_part, has_any_part
from vostok.debian.version import Version
from vostok.domain.archive import Archive, Suite
from vostok.domain.derivation import DerivationMode
from vostok.domain.rebuild_plan import Candidate, CandidateSource
from vostok.domain.rebuild_version.present import rebuild_base
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.domain.rebuild_version.shapes import SourceVersions
from vostok.domain.sync import LocalChange
from vostok.services.binary_facts import binary_facts
from vostok.services.repositories import Transaction
from vostok.services.selecting import selected_here
from vostok.services.version_facts import shown_sources
from vostok.services.views import base_of, derivation_of

_NO_LIVE: frozenset[str] = frozenset()
_NOWHERE: Mapping[str, str] = {}


def list_candidates(
    transaction: Transaction,
    archive: Archive,
    suite: Suite,
    selection: str,
    *,
    is_for_a_part: bool = False,
) -> list[Candidate]:
    """The sources that a selection names among those taken or uploaded, by name. O(taken).

    Where there is a local change it is the source that is rebuilt. `is_for_a_part` of the
    architectures, so that it counts which sources must agree on all.
    """
    base = base_of(suite)
    names = selected_here(transaction, suite, selection).keys()
    changes = _local_changes(transaction, suite, names)
    sources = _current_sources(transaction, suite, names, changes)
    facts = binary_facts(transaction, base, names)
    made = _made_versions(transaction, archive)
    numbers = transaction.campaigns.last_rebuild_numbers(archive.id)
    live = transaction.builds.live_slots(archive.id)
    together = transaction.rebuildable.coinstallable(base, names) if is_for_a_part else frozenset()
    is_light = derivation_of(suite).mode is DerivationMode.LIGHT
    is_trial = archive.scheme is VersionScheme.SAME
    shown = shown_sources(transaction, suite) if is_trial else frozenset()
    before = _BeforeOnEach(transaction, archive, suite, names)
    fields = {source.architecture for source in sources}  # a few hundred, of any many sources
    mixed = {field for field in fields if has_any_part(field) and has_all_part(field)}
    candidates = []
    for source in sources:
        _, name, version, field = source
        change = changes.get(name)
        parents_version = (change.base_version or "") if change else ""
        of_versions = facts.continued.get(name)
        binaries = of_versions.get(parents_version or version, ()) if of_versions else ()
        is_mixed = change is None and field in mixed
        own = made.built.get((name, version), ())
        is_shown = not is_trial or bool(own) or (name, version) in shown
        there = version if change else _there(version, binaries)
        issued = made.issued.get(name, ())
        candidates.append(
            Candidate(  # by place: 43,000 of them
                source,
                SourceVersions(
                    version, binaries, own, issued, change is not None, parents_version, is_shown
                ),
                own[-1] if own else there,
                numbers.get(name, 0),
                live.get(name, _NO_LIVE),
                facts.breaking.get(name, "") if is_mixed else "",
                facts.unclear.get(name, "") if is_mixed else "",
                is_light and change is None,
                name in together,
                before.of(source, is_ours=change is not None),
            )
        )
    return candidates


class _BeforeOnEach:
    """The versions that are there on each architecture: a binNMU may be on one of them only.

    Nothing is read where there is one architecture. O(binNMUs + builds) for each other one.
    """

    def __init__(
        self, transaction: Transaction, archive: Archive, suite: Suite, names: Collection[str]
    ) -> None:
        several = suite.architectures if len(suite.architectures) > 1 else ()
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


def _current_sources(
    transaction: Transaction,
    suite: Suite,
    names: Collection[str],
    changes: Mapping[str, LocalChange],
) -> Collection[CandidateSource]:
    """The current source of each name: somebody's own, if there is one, else the base's."""
    rows = transaction.rebuildable.current_sources(base_of(suite), names)
    newest = {row[1]: CandidateSource._make(row) for row in rows}
    if len(newest) < len(rows):  # several parents have a source of one name
        newest = _newest(map(CandidateSource._make, rows))
    for own in transaction.deltas.own_sources(suite.id) if changes else ():
        if own.name in changes and changes[own.name].version == own.version:
            newest[own.name] = CandidateSource(own.id, own.name, own.version, own.architecture)
    return newest.values()


def _newest(sources: Iterable[CandidateSource]) -> dict[str, CandidateSource]:
    newest: dict[str, CandidateSource] = {}
    for source in sources:
        known = newest.setdefault(source.name, source)
        if known is not source and Version.parse(source.version) > Version.parse(known.version):
            newest[source.name] = source
    return newest


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
