"""Makes the dependency graph from what the packages of a suite say.

What counts: all alternatives of a relation, each with its version and architectures; Provides, for
a relation with a version only those that name one, for `:any` none. No build profile is active. As
there is one architecture, `:any` and `:native` otherwise mean what has no qualifier, and a package
of another architecture is nowhere. Recommends, Suggests and conflicts do not count: the graph
tells who may be needed, not what can be installed together. It is what dose-ceve counts.

A graph from nothing is the change of an empty one in which every package comes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vostok.debian.architecture import builds_on, has_all_part
from vostok.domain.dependencies.candidates import Candidates, provided_by
from vostok.domain.dependencies.graph import (
    IMPLICIT,
    NONE,
    DependencyGraph,
    Edges,
    GraphPackages,
    Ids,
    MadeGraph,
    Numbers,
    RelationField,
)
from vostok.domain.dependencies.rows import kept_and_come, places, texts_at
from vostok.domain.dependencies.stating import Relations, Stated
from vostok.errors import InvalidInputError

PACKAGES_MAX: Final = 10_000_000


class SourceRelations(NamedTuple):
    """What a source says of itself that matters here."""

    name: str
    architecture: str
    build_depends: str
    build_depends_arch: str
    build_depends_indep: str
    package_id: int = 0


class BinaryRelations(NamedTuple):
    """What a binary package says of itself that matters here."""

    name: str
    version: str
    source_name: str
    pre_depends: str
    depends: str
    provides: str
    package_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChange:
    """How the packages of a suite differ from those of a graph.

    Attributes:
        gone_sources: ids of sources that are not there any more, or come anew.
        gone_binaries: the same of binary packages.
        sources: that come; with those that stay, each name once.
        binaries: that come, of one Packages file with its `all` ones.
    """

    gone_sources: Collection[int] = ()
    gone_binaries: Collection[int] = ()
    sources: Iterable[SourceRelations]
    binaries: Iterable[BinaryRelations]


def build_graph(
    sources: Iterable[SourceRelations],
    binaries: Iterable[BinaryRelations],
    architecture: str,
) -> DependencyGraph:
    """The graph of these packages, as `changed_graph` makes it of none."""
    change = PackageChange(sources=sources, binaries=binaries)
    return changed_graph(empty_graph(architecture), change).graph


def empty_graph(architecture: str) -> MadeGraph:
    """The graph of no packages: it has the implicit relation only."""
    none = np.zeros(0, dtype=np.int32)
    no_edges = Edges(starts=np.zeros(1, dtype=np.int32), targets=none)
    return MadeGraph(
        graph=DependencyGraph(
            architecture=architecture,
            sources=(),
            binaries=(),
            relations=(IMPLICIT,),
            source_of=none,
            is_built=np.zeros(0, dtype=np.bool_),
            stated=no_edges,
            fields=np.zeros(0, dtype=np.uint8),
            satisfied_by=Edges(starts=np.zeros(2, dtype=np.int32), targets=none),
            implicit=0,
        ),
        packages=GraphPackages(
            source_ids=np.zeros(0, dtype=np.int64),
            binary_ids=np.zeros(0, dtype=np.int64),
            versions=(),
            source_names=(),
            provided=(),
            providers=none,
        ),
    )


def changed_graph(former: MadeGraph, change: PackageChange) -> MadeGraph:
    """The graph of the packages of another, but for what differs.

    About one CPU second for all of sid from nothing, a third of one for one per cent of it:
    relations are read again only where a package came or went that they name.

    Raises:
        InvalidInputError: there are more packages or relations than the bounds.
    """
    before, architecture = former.graph, former.graph.architecture
    kept = _Kept(former, change)
    relations = Relations(before, kept.packages)
    come, implicit = _Come(change, relations, architecture), relations.number(IMPLICIT)
    sources = _source_rows(before, kept, come)
    binaries = _binary_rows(former, kept, come)
    if len(sources) + len(binaries) > PACKAGES_MAX:
        raise InvalidInputError(f"an archive has more than {PACKAGES_MAX} packages")
    packages = _packages(former, come, sources, binaries)
    names = texts_at(binaries, before.binaries, come.binaries)
    source_names = texts_at(sources, before.sources, come.sources)
    stated, fields = come.stated.edges(before, _package_rows(before, come, sources, binaries))
    relations.end_numbering()
    satisfied_by = relations.satisfied_by(
        Candidates(architecture, names, packages.versions, _provisions(packages)),
        _touched(former, change, come),
        places(binaries, len(before.binaries) + len(come.binaries))[: len(before.binaries)],
    )
    graph = DependencyGraph(
        architecture=architecture,
        sources=source_names,
        binaries=names,
        relations=tuple(relations.texts),
        source_of=_source_numbers(source_names, packages.source_names),
        is_built=np.concatenate((before.is_built, np.array(come.is_built, np.bool_)))[sources],
        stated=stated,
        fields=fields,
        satisfied_by=satisfied_by,
        implicit=implicit,
    )
    return MadeGraph(graph=graph, packages=packages)


class _Kept:
    """The packages of the former graph that stay, by their numbers in it."""

    def __init__(self, former: MadeGraph, change: PackageChange) -> None:
        packages = former.packages
        self.sources = _staying(packages.source_ids, change.gone_sources)
        self.binaries = _staying(packages.binary_ids, change.gone_binaries)
        behind = np.int32(len(former.graph.sources))
        self.packages = np.concatenate((self.sources, self.binaries + behind))


class _Come:
    """The packages that come. What they state goes into the edges at once: it is much text."""

    def __init__(self, change: PackageChange, relations: Relations, architecture: str) -> None:
        self.stated = Stated(relations)
        self.sources: list[str] = []
        self.source_ids: list[int] = []
        self.is_built: list[bool] = []
        self.binaries: list[str] = []
        self.binary_ids: list[int] = []
        self.versions: list[str] = []
        self.source_names: list[str] = []
        self.provided: list[str] = []
        self.providers: list[int] = []
        for source in change.sources:
            self._add_source(source, is_built=_is_built(source, architecture))
        for binary in change.binaries:
            self._add_binary(binary)

    def _add_source(self, source: SourceRelations, *, is_built: bool) -> None:
        self.sources.append(source.name)
        self.source_ids.append(source.package_id)
        self.is_built.append(is_built)
        self.stated.add(_of_source(source) if is_built else ())

    def _add_binary(self, binary: BinaryRelations) -> None:
        self.binaries.append(binary.name)
        self.binary_ids.append(binary.package_id)
        self.versions.append(binary.version)
        self.source_names.append(binary.source_name)
        if binary.provides:
            texts = [f"{one.name} {one.version}" for one in provided_by(binary.provides)]
            self.provided += texts
            self.providers += [len(self.binaries) - 1] * len(texts)
        self.stated.add(
            (
                (RelationField.PRE_DEPENDS, binary.pre_depends),
                (RelationField.DEPENDS, binary.depends),
            )
        )


def _source_rows(before: DependencyGraph, kept: _Kept, come: _Come) -> Numbers:
    names = before.sources
    return kept_and_come(
        kept.sources,
        [names[n] for n in kept.sources.tolist()],
        come.sources,
        len(names),
    )


def _binary_rows(former: MadeGraph, kept: _Kept, come: _Come) -> Numbers:
    names, versions = former.graph.binaries, former.packages.versions
    ids = former.packages.binary_ids[kept.binaries].tolist()
    return kept_and_come(
        kept.binaries,
        [(names[n], versions[n], i) for n, i in zip(kept.binaries.tolist(), ids, strict=True)],
        list(zip(come.binaries, come.versions, come.binary_ids, strict=True)),
        len(names),
    )


def _staying(ids: Ids, gone: Collection[int]) -> Numbers:
    return np.flatnonzero(~_is_among(ids, gone)).astype(np.int32)


def _is_among(ids: Ids, some: Collection[int]) -> NDArray[np.bool_]:
    return np.isin(ids, np.fromiter(some, dtype=np.int64, count=len(some)))


def _package_rows(
    graph: DependencyGraph, come: _Come, sources: Numbers, binaries: Numbers
) -> Numbers:
    """The rows of all packages: before those that come stand the graph's sources and binaries."""
    before = np.int32(len(graph.binaries))
    behind = np.int32(len(graph.sources))
    is_new_source, is_new_binary = (
        sources >= len(graph.sources),
        binaries >= len(graph.binaries),
    )
    return np.concatenate(
        (
            sources + before * is_new_source,
            binaries + behind + np.int32(len(come.sources)) * is_new_binary,
        )
    ).astype(np.int32)


def _packages(
    former: MadeGraph, come: _Come, sources: Numbers, binaries: Numbers
) -> GraphPackages:
    before, count = former.packages, len(former.graph.binaries)
    now = places(binaries, count + len(come.binaries))
    behind = np.array(come.providers, dtype=np.int32) + count
    providers = now[np.concatenate((before.providers, behind.astype(np.int32)))]
    is_there = (providers != NONE).tolist()
    return GraphPackages(
        source_ids=_with_ids(before.source_ids, come.source_ids)[sources],
        binary_ids=_with_ids(before.binary_ids, come.binary_ids)[binaries],
        versions=texts_at(binaries, before.versions, come.versions),
        source_names=texts_at(binaries, before.source_names, come.source_names),
        provided=tuple(compress(chain(before.provided, come.provided), is_there)),
        providers=providers[providers != NONE],
    )


def _with_ids(ids: Ids, come: Sequence[int]) -> Ids:
    return np.concatenate((ids, np.array(come, dtype=np.int64)))


def _touched(former: MadeGraph, change: PackageChange, come: _Come) -> frozenset[str]:
    """What those binary packages are called, or provide, that come or go."""
    if len(former.graph.relations) == 1:  # the implicit one: nothing was asked of anything
        return frozenset({IMPLICIT})
    is_gone = _is_among(former.packages.binary_ids, change.gone_binaries)
    gone = [former.graph.binaries[number] for number in np.flatnonzero(is_gone).tolist()]
    provided = former.packages.provided
    lost_at = np.flatnonzero(is_gone[former.packages.providers]).tolist()
    lost = [provided[place].partition(" ")[0] for place in lost_at]
    return frozenset(
        chain(
            gone,
            lost,
            come.binaries,
            (text.partition(" ")[0] for text in come.provided),
        )
    )


def _provisions(packages: GraphPackages) -> Iterable[tuple[int, tuple[str, str]]]:
    """(number of a binary package, the name that it provides with a version or "")."""
    for number, text in zip(packages.providers.tolist(), packages.provided, strict=True):
        name, _, version = text.partition(" ")
        yield number, (name, version)


def _source_numbers(sources: Sequence[str], source_names: Sequence[str]) -> Numbers:
    numbers = {name: number for number, name in enumerate(sources)}
    return np.array([numbers.get(name, NONE) for name in source_names], dtype=np.int32)


def _is_built(source: SourceRelations, architecture: str) -> bool:
    return builds_on(source.architecture, architecture) or has_all_part(source.architecture)


def _of_source(source: SourceRelations) -> tuple[tuple[RelationField, str], ...]:
    return (
        (RelationField.BUILD_DEPENDS, source.build_depends),
        (RelationField.BUILD_DEPENDS_ARCH, source.build_depends_arch),
        (RelationField.BUILD_DEPENDS_INDEP, source.build_depends_indep),
    )
