"""What a base and its binaries say of rebuilding its sources: made once for a snapshot, and kept.

Reading it takes a third of a second for sid, of the half that a request for everything may take.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from vostok.debian.version import Version
from vostok.domain.package import Membership
from vostok.domain.plain_sources import (
    KnownSources,
    SourceRow,
    alike_rebuilt,
    known_sources,
)
from vostok.services.repositories import Transaction
from vostok.services.repositories.fact_cache import BaseFacts, BinaryFacts
from vostok.services.selection.exact_relations import exact_relations

FEW_NAMES_MAX: Final = 2_000
"""Of so many sources the binaries are read; of more, what is kept of all of them."""


def binary_facts(
    transaction: Transaction, base: Membership, names: Collection[str]
) -> BinaryFacts:
    """What the binaries of a base say of at least these of its sources.

    O(names) for few of them. For more, the time to read a file of 3 MB, or, the first time,
    O(archive), or O(difference) where facts of an earlier number are here.
    """
    if len(names) <= FEW_NAMES_MAX:
        return _facts_of(transaction, base, names)
    return facts_of_all(transaction, base).binaries


def facts_of_all(transaction: Transaction, base: Membership) -> BaseFacts:
    """What a base says of all its sources, and all its binaries; kept, if it was not yet."""
    fingerprint = transaction.paragraphs.fingerprint(base)
    found = transaction.facts.find(base, fingerprint)
    if found is None:
        found = _changed(transaction, base)
        if found is None:
            binaries = _facts_of(transaction, base, None)
            found = BaseFacts(_sources_of(transaction, base, None, binaries), binaries)
        transaction.facts.put(base, fingerprint, found)
    return found


def _sources_of(
    transaction: Transaction,
    base: Membership,
    names: Collection[str] | None,
    binaries: BinaryFacts,
) -> KnownSources:
    rows = newest_sources(transaction.rebuildable.current_sources(base, names))
    return known_sources(rows, alike_rebuilt(binaries.continued))


def newest_sources(sources: Sequence[SourceRow]) -> Sequence[SourceRow]:
    """Each name once, the newest of those of one name; several parents may have one."""
    newest: dict[str, SourceRow] = {}
    for source in sources:
        _, name, version, _ = source
        known = newest.setdefault(name, source)
        if known is not source and Version.parse(version) > Version.parse(known[2]):
            newest[name] = source
    return sources if len(newest) == len(sources) else list(newest.values())


def _changed(transaction: Transaction, base: Membership) -> BaseFacts | None:
    """The facts of the newest earlier number that is here, with what came since; or None."""
    for number in transaction.facts.numbers(base.suite_id):
        if number >= base.number:
            continue
        earlier = Membership(suite_id=base.suite_id, number=number)
        known = transaction.facts.find(earlier, transaction.paragraphs.fingerprint(earlier))
        if known is not None:
            names = transaction.rebuildable.changed_names(base, after=number)
            new, old = _facts_of(transaction, base, names), known.binaries
            return BaseFacts(
                known.sources.replaced(names, _sources_of(transaction, base, names, new)),
                BinaryFacts(
                    _replaced(old.breaking, names, new.breaking),
                    _replaced(old.unclear, names, new.unclear),
                    _replaced(old.continued, names, new.continued),
                ),
            )
    return None


def _facts_of(
    transaction: Transaction, base: Membership, names: Collection[str] | None
) -> BinaryFacts:
    """What the binaries of these sources say, or of all."""
    exact = exact_relations(transaction, base, names)
    continued: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for source, of, version in transaction.rebuildable.continued_versions(base, names):
        continued[source][of] = (*continued[source].get(of, ()), version)
    return BinaryFacts(exact.breaking, exact.unclear, dict(continued))


def _replaced(
    known: Mapping[str, Any], names: Collection[str], new: Mapping[str, Any]
) -> Mapping[str, Any]:
    return {name: fact for name, fact in known.items() if name not in names} | dict(new)
