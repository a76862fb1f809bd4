"""The dependency graph of a membership: made once, kept, and made again where it was lost."""

from collections.abc import Iterator

from vostok.debian.stanza import fields_of
from vostok.domain.dependencies.building import BinaryRelations, SourceRelations, build_graph
from vostok.domain.dependencies.graph import DependencyGraph
from vostok.domain.package import Membership
from vostok.services.graph_cache import GraphKey
from vostok.services.repositories import Transaction

_OF_SOURCES = ("Architecture", "Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep")
_OF_BINARIES = ("Pre-Depends", "Depends", "Provides")


def dependency_graph(
    transaction: Transaction, members: Membership, architecture: str
) -> DependencyGraph:
    """Who needs whom in a suite on an architecture.

    The first time O(archive), about three CPU seconds for sid; then the time to read a file of
    some megabytes, or nothing while this process still has it.

    Args:
        transaction: to read in.
        members: the packages.
        architecture: one that the suite was imported with.
    """
    fingerprint = transaction.paragraphs.fingerprint(members)
    key = GraphKey(members=members, architecture=architecture, fingerprint=fingerprint)
    graph = transaction.graphs.find(key)
    if graph is None:
        graph = build_graph(
            _sources(transaction, members),
            _binaries(transaction, members, architecture),
            architecture,
        )
        transaction.graphs.put(key, graph)
    return graph


def _sources(transaction: Transaction, members: Membership) -> Iterator[SourceRelations]:
    for source in transaction.paragraphs.sources(members):
        yield SourceRelations(source.name, *fields_of(source.stanza, _OF_SOURCES))


def _binaries(
    transaction: Transaction, members: Membership, architecture: str
) -> Iterator[BinaryRelations]:
    for binary in transaction.paragraphs.binaries(members, [architecture]):
        fields = fields_of(binary.stanza, _OF_BINARIES)
        yield BinaryRelations(binary.name, binary.version, binary.source_name, *fields)
