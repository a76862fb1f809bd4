"""The sources that a request to rebuild names, with what decides whether and how."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from vostok.debian.architecture import has_any_part
from vostok.debian.relations import parse_relations
from vostok.debian.stanza import parse_stanza
from vostok.debian.version import Version
from vostok.domain.archive import Archive, Suite
from vostok.domain.derivation import DerivationMode
from vostok.domain.package import Membership
from vostok.domain.rebuild_plan import Candidate, CandidateSource
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.services.repositories import Transaction
from vostok.services.selecting import selected_here
from vostok.services.version_facts import was_shown
from vostok.services.views import base_of, derivation_of

_NAME_CHARACTERS_MAX = 500
_SEPARATORS = re.compile(r"[\s,|]+")
_NO_LIVE: frozenset[str] = frozenset()


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
    locals_ = local_sources(transaction, suite, names)
    sources = _newest_sources(transaction, base, names, locals_)
    continued: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, source_version, version in transaction.rebuildable.continued_versions(base, names):
        continued[name, source_version].append(version)
    numbers = transaction.campaigns.last_rebuild_numbers(archive.id)
    live = transaction.builds.live_slots(archive.id)
    made = _made_versions(transaction, archive)
    changes = transaction.deltas.local_changes(suite.id)
    is_shown = archive.scheme is not VersionScheme.SAME or was_shown(transaction, suite)
    exact = _exact_relations(transaction, base, [s for s in sources if s.name not in locals_])
    together = transaction.rebuildable.coinstallable(base, names) if is_for_a_part else frozenset()
    is_light = derivation_of(suite).mode is DerivationMode.LIGHT
    found = []
    for source in sources:
        is_ours = source.name in locals_
        parent_version = (changes[source.name].base_version or "") if is_ours else ""
        versions = continued.get((source.name, parent_version or source.version), ())
        own = made.built.get((source.name, source.version), ())
        there = _highest(() if is_ours else versions, source.version)
        found.append(
            Candidate(
                source=source,
                continued_versions=versions,
                version_before=own[-1] if own else there,
                last_rebuild_no=numbers.get(source.name, 0),
                live_architectures=live.get(source.name, _NO_LIVE),
                exact_relation=exact.get(source.name, ""),
                stays_parents=is_light and not is_ours,
                own_versions=own,
                issued=made.issued.get(source.name, ()),
                is_ours=is_ours,
                parent_version=parent_version,
                was_shown=is_shown,
                is_coinstallable=source.name in together,
            )
        )
    return found


class _Made(NamedTuple):
    """The versions that were made here."""

    built: Mapping[tuple[str, str], Sequence[str]]
    """(source, its version) -> those that were built, the newest last."""
    issued: Mapping[str, Sequence[str]]
    """Source -> all that ever were issued; only for schemes that count by them."""


def _made_versions(transaction: Transaction, archive: Archive) -> _Made:
    built: dict[tuple[str, str], list[str]] = defaultdict(list)
    issued: dict[str, list[str]] = defaultdict(list)
    is_counting = archive.scheme is not VersionScheme.SAFE
    for source, source_version, version, is_built in transaction.builds.made_versions(archive.id):
        if is_built:
            built[source, source_version].append(version)
        if is_counting:
            issued[source].append(version)
    if is_counting:
        for source, version in transaction.outgoing.versions(archive.id):
            issued[source].append(version)
    return _Made(built=built, issued=issued)


def local_sources(
    transaction: Transaction, suite: Suite, names: Collection[str]
) -> Mapping[str, CandidateSource]:
    """Somebody's own sources of these names that are current in a suite. O(own sources)."""
    changes = transaction.deltas.local_changes(suite.id)
    versions = {name: change.version for name, change in changes.items() if name in names}
    if not versions:
        return {}
    return {
        source.name: CandidateSource(source.id, source.name, source.version, source.architecture)
        for source in transaction.deltas.own_sources(suite.id)
        if versions.get(source.name) == source.version
    }


def _newest_sources(
    transaction: Transaction,
    base: Membership,
    names: Collection[str],
    local: Mapping[str, CandidateSource],
) -> Collection[CandidateSource]:
    """The current source of each name: somebody's own, if there is one, else the base's."""
    newest: dict[str, CandidateSource] = {}
    for row in transaction.rebuildable.current_sources(base, names):
        source = CandidateSource._make(row)
        known = newest.get(source.name)
        if known is None or Version.parse(source.version) > Version.parse(known.version):
            newest[source.name] = source
    newest |= local
    return newest.values()


def _exact_relations(
    transaction: Transaction, base: Membership, sources: Collection[CandidateSource]
) -> Mapping[str, str]:
    """Source -> an `all` package of it that wants another of its packages in one exact version.

    Such a source's `any` part cannot be rebuilt alone: the `all` package stays the parent's.
    Packages that are themselves `all` are wanted safely, for they stay as well. Only
    what names a package of the other part is parsed.
    """
    with_any_part = _with_any_part(sources)
    paragraphs = transaction.rebuildable.independent_with_exact_relations(base, with_any_part)
    changing: dict[str, set[str]] = defaultdict(set)
    for source, name in transaction.rebuildable.dependent_packages(
        base, {source for source, _, _ in paragraphs}
    ):
        changing[source].add(name)
    found: dict[str, str] = {}
    for source, name, text in paragraphs:
        if not changing[source].isdisjoint(_names_before_equals(text)):
            relation = _exact_relation(text, changing[source])
            if relation:
                found[source] = f"{name} depends on {relation}"
    return found


def _names_before_equals(paragraph: str) -> Iterator[str]:
    """The words before each `(=`, which may be relations: a tenth of what parsing takes."""
    for before in paragraph.split("(=")[:-1]:
        *_, word = _SEPARATORS.split(before[-_NAME_CHARACTERS_MAX:].rstrip())
        yield word.partition(":")[0]


def _exact_relation(paragraph: str, changing: Collection[str]) -> str:
    """The last relation of a package that only one version of a changing package satisfies."""
    stanza = parse_stanza(paragraph)
    found = ""
    for field in ("Pre-Depends", "Depends"):
        for group in parse_relations(stanza.get(field, "")):
            [relation, *others] = group
            if not others and relation.name in changing and relation.operator == "=":
                found = str(relation)
    return found


def _with_any_part(sources: Collection[CandidateSource]) -> set[str]:
    fields = {source.architecture for source in sources}  # a few hundred, of any many sources
    with_part = {field for field in fields if has_any_part(field)}
    return {source.name for source in sources if source.architecture in with_part}


def _highest(versions: Sequence[str], source_version: str) -> str:
    """The version of a source's binaries that are there now; the source's own without any."""
    if len(versions) > 1:
        return str(max(map(Version.parse, versions)))
    return versions[0] if versions else source_version
