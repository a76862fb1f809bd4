"""Walks through the dependency graph, breadth first, that remember how each package was reached.

Each step takes all packages of one distance at once, as arrays: a walk over the whole of sid costs
some tens of milliseconds. Cycles cost nothing more, because what was reached is not entered again.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vostok.domain.dependencies.graph import NONE, DependencyGraph, Edges, Numbers

Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The sources that a walk reached, each with the step before it. NONE stands for no step.

    Attributes:
        sources: their numbers, ascending.
        packages: for each the package by whose relation it was reached: for needed sources who
            needs them, for needing ones whom they need.
        relations: for each that relation.
    """

    sources: Numbers
    packages: Numbers
    relations: Numbers


class _Walk:
    """The marks of one walk: who was reached, and from where."""

    def __init__(self, graph: DependencyGraph) -> None:
        packages = len(graph.sources) + len(graph.binaries)
        self.package_from: Final = np.full(packages, NONE, dtype=np.int32)
        self.relation_from: Final = np.full(len(graph.relations), NONE, dtype=np.int32)
        self.is_package: Final = np.zeros(packages, dtype=np.bool_)
        self.is_relation: Final = np.zeros(len(graph.relations), dtype=np.bool_)


def needed_sources(
    graph: DependencyGraph, sources: Numbers, *, is_implicit: bool, is_installed_only: bool
) -> Reached:
    """The sources that some sources need to be built. Those themselves only where a cycle leads.

    Args:
        graph: of the archive.
        sources: numbers of sources to begin with.
        is_implicit: every source needs build-essential too.
        is_installed_only: what is installed for their builds counts, but is not built itself.

    Returns:
        For each source the package that states the relation, and the relation. O(archive).
    """
    walk = _Walk(graph)
    count = len(graph.sources)
    reached_from = np.full(count, NONE, dtype=np.int32)
    packages = sources
    walk.is_package[sources] = True
    while len(packages):
        relations = _relations_of(graph, walk, packages, is_implicit=is_implicit)
        found = _enter(graph.satisfied_by, relations, walk.is_package[count:])
        binaries, walk.package_from[count + found[0]] = found
        origins = graph.source_of[binaries]
        known = origins != NONE
        fresh, first = np.unique(origins[known], return_index=True)
        is_new = reached_from[fresh] == NONE
        reached_from[fresh[is_new]] = binaries[known][first[is_new]]
        packages = (binaries + count).astype(np.int32)
        if not is_installed_only:
            entered = fresh[~walk.is_package[fresh]]
            walk.is_package[entered] = True
            packages = np.concatenate((packages, entered))
    numbers = np.flatnonzero(reached_from != NONE).astype(np.int32)
    relations = walk.package_from[count + reached_from[numbers]]
    return Reached(sources=numbers, packages=walk.relation_from[relations], relations=relations)


def needing_sources(
    graph: DependencyGraph, relations: Numbers, *, is_implicit: bool, is_installed_only: bool
) -> Reached:
    """The sources that need something to be built.

    Args:
        graph: of the archive.
        relations: numbers of those that ask for it.
        is_implicit: every source needs build-essential too.
        is_installed_only: counted are sources for whose build it is installed, not those that need
            another source which needs it.

    Returns:
        For each source its own relation that leads on, and the binary package that satisfies
        this (NONE where the relation is one of those given). O(archive).
    """
    walk = _Walk(graph)
    count = len(graph.sources)
    walk.is_relation[relations] = True
    while len(relations):
        packages = _stating(graph, walk, relations, is_implicit=is_implicit)
        binaries = packages[packages >= count] - np.int32(count)
        if not is_installed_only:
            built, _ = _enter(graph.builds, packages[packages < count], walk.is_package[count:])
            binaries = np.concatenate((binaries, built))
        relations, satisfying = _enter(graph.satisfies, binaries, walk.is_relation)
        walk.relation_from[relations] = satisfying
    return _reached(graph, walk)


def stating_sources(graph: DependencyGraph, relations: Numbers, *, is_implicit: bool) -> Reached:
    """The sources that state one of some relations themselves.

    Args:
        graph: of the archive.
        relations: their numbers.
        is_implicit: every source states build-essential too.
    """
    walk = _Walk(graph)
    _stating(graph, walk, relations, is_implicit=is_implicit)
    return _reached(graph, walk)


def _stating(
    graph: DependencyGraph, walk: _Walk, relations: Numbers, *, is_implicit: bool
) -> Numbers:
    """The packages that state relations and were not reached before; they are marked."""
    packages, stated = _enter(graph.stated_by, relations, walk.is_package)
    walk.package_from[packages] = stated
    if is_implicit and graph.implicit in relations:
        is_new = graph.is_built & ~walk.is_package[: len(graph.sources)]
        sources = np.flatnonzero(is_new).astype(np.int32)
        walk.is_package[sources] = True
        walk.package_from[sources] = graph.implicit
        packages = np.concatenate((packages, sources))
    return packages


def _reached(graph: DependencyGraph, walk: _Walk) -> Reached:
    count = len(graph.sources)
    numbers = np.flatnonzero(walk.is_package[:count]).astype(np.int32)
    relations = walk.package_from[numbers]
    satisfying = walk.relation_from[relations]
    packages = np.where(satisfying == NONE, NONE, satisfying + count).astype(np.int32)
    return Reached(sources=numbers, packages=packages, relations=relations)


def _relations_of(
    graph: DependencyGraph, walk: _Walk, packages: Numbers, *, is_implicit: bool
) -> Numbers:
    """The relations that packages state and that no package stated before; they are marked."""
    relations, stated_by = _enter(graph.stated, packages, walk.is_relation)
    walk.relation_from[relations] = stated_by
    if is_implicit and not walk.is_relation[graph.implicit]:
        sources = packages[packages < len(graph.sources)]
        sources = sources[graph.is_built[sources]]
        if len(sources):
            walk.is_relation[graph.implicit] = True
            walk.relation_from[graph.implicit] = sources[0]
            relations = np.append(relations, np.int32(graph.implicit))
    return relations


def _enter(edges: Edges, nodes: Numbers, is_marked: Marks) -> tuple[Numbers, Numbers]:
    """The unmarked targets of nodes, now marked, each with the first node that leads there."""
    starts = edges.starts[nodes]
    counts = edges.starts[nodes + 1] - starts
    ends = np.cumsum(counts)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + counts, counts)
    targets = edges.targets[places]
    origins = np.repeat(nodes, counts)
    is_new = ~is_marked[targets]
    found, first = np.unique(targets[is_new], return_index=True)
    is_marked[found] = True
    return found, origins[is_new][first]
