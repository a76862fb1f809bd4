"""Reads from the database what an expression asks for, and nothing else."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from vostok.debian.stanza import field_of, fields_of
from vostok.domain.package import Membership
from vostok.domain.selection.facts import Facts, Wanted
from vostok.services.repositories import Transaction
from vostok.services.selection.dependency_graphs import dependency_graph
from vostok.services.selection.local_packages import LocalPackages

FIELDS_BY_NAME_MAX: Final = 2
"""Of more fields the whole paragraph is parsed."""


def selection_facts(
    transaction: Transaction,
    members: Membership,
    wanted: Wanted,
    architectures: Sequence[str],
    local: LocalPackages | None = None,
) -> Facts:
    """What is wanted of the current sources of a membership.

    O(sources) for names and versions; O(archive) where a field or a dependency graph is asked.

    Args:
        transaction: to read in.
        members: the packages.
        wanted: what the expression needs.
        architectures: whose binary packages and dependencies count.
        local: somebody's own sources that stand over the members.
    """
    paragraphs = transaction.paragraphs
    versions = paragraphs.versions(members)
    components = paragraphs.components(members) if wanted.components else {}
    binaries: dict[str, set[str]] = defaultdict(set)
    if wanted.binaries:
        for binary, source in paragraphs.builders_of(members, architectures):
            if local is None or source not in local.built:
                binaries[binary].add(source)
    if local is not None:
        versions |= {source.name: source.version for source in local.sources}
        components |= {source.name: source.component for source in local.sources}
        for own in local.of_architectures(architectures):
            binaries[own.name].add(own.source_name)
    return Facts(
        names=frozenset(versions),
        versions=versions,
        components=components,
        source_fields=_source_fields(transaction, members, sorted(wanted.source_fields), local),
        binary_fields=_binary_fields(
            transaction, members, architectures, sorted(wanted.binary_fields), local
        ),
        binaries={binary: frozenset(sources) for binary, sources in binaries.items()},
        graphs=[
            dependency_graph(transaction, members, architecture, local)
            for architecture in architectures
        ]
        if wanted.graphs
        else (),
    )


def _source_fields(
    transaction: Transaction,
    members: Membership,
    names: Sequence[str],
    local: LocalPackages | None,
) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    if names:
        present = _reader(names)
        sources = transaction.paragraphs.sources(members)
        for source in sources if local is None else local.put_over_sources(sources):
            for name, value in present(source.stanza):
                found[name][source.name] = value
    return found


def _binary_fields(
    transaction: Transaction,
    members: Membership,
    architectures: Sequence[str],
    names: Sequence[str],
    local: LocalPackages | None,
) -> Mapping[str, Mapping[str, frozenset[str]]]:
    found: dict[str, dict[str, set[str]]] = {name: {} for name in names}
    if names:
        present = _reader(names)
        binaries = transaction.paragraphs.binaries(members, architectures)
        if local is not None:
            binaries = local.put_over_binaries(binaries, architectures)
        for binary in binaries:
            for name, value in present(binary.stanza):
                found[name].setdefault(binary.source_name, set()).add(value)
    return {
        name: {source: frozenset(values) for source, values in of_sources.items()}
        for name, of_sources in found.items()
    }


def _reader(names: Sequence[str]) -> Callable[[str], Iterable[tuple[str, str]]]:
    """What finds, of the fields of these names, those that a stanza has: (name, value)."""
    if len(names) > FIELDS_BY_NAME_MAX:

        def of_many(stanza: str) -> Iterable[tuple[str, str]]:
            values = fields_of(stanza, names)
            return [(name, value) for name, value in zip(names, values, strict=True) if value]

        return of_many
    written = [(name, "-".join(map(str.capitalize, name.split("-")))) for name in names]

    def of_few(stanza: str) -> Iterable[tuple[str, str]]:
        return [(name, value) for name, w in written if (value := field_of(stanza, w))]

    return of_few
