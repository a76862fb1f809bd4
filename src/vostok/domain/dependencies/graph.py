"""The dependency graph: sources, binary packages and relations as numbers in arrays.

Between packages stand *relations*: one group of alternatives (`libc6-dev | libc-dev`) as it is
written, which many packages share. A package leads to the relations it states, a relation to
every binary package that can satisfy one of its alternatives. So the graph of sid on one
architecture has 760,000 edges and fits into 8 MB.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vostok.debian.relations import parse_relations, relevant
from vostok.errors import InvalidInputError

Numbers: TypeAlias = NDArray[np.int32]
Ids: TypeAlias = NDArray[np.int64]

IMPLICIT: Final = "build-essential"
"""What every source needs to be built without saying so (Policy 4.2)."""

NONE: Final = -1


class RelationField(IntEnum):
    """The field in which a relation is stated. The numbers are stored: never change them."""

    PRE_DEPENDS = 0
    DEPENDS = 1
    BUILD_DEPENDS = 2
    BUILD_DEPENDS_ARCH = 3
    BUILD_DEPENDS_INDEP = 4

    @property
    def title(self) -> str:
        """The field's name."""
        return FIELD_NAMES[self]


FIELD_NAMES: Final[Mapping[RelationField, str]] = {
    RelationField.PRE_DEPENDS: "Pre-Depends",
    RelationField.DEPENDS: "Depends",
    RelationField.BUILD_DEPENDS: "Build-Depends",
    RelationField.BUILD_DEPENDS_ARCH: "Build-Depends-Arch",
    RelationField.BUILD_DEPENDS_INDEP: "Build-Depends-Indep",
}


_NAME: Final = re.compile(r"(?:^|\|)\s*([A-Za-z0-9][A-Za-z0-9+.-]*)")


def names_written(relation: str) -> list[str]:
    """The packages that a relation names, on whatever architecture."""
    return _NAME.findall(relation)


def names_in(relation: str, architecture: str) -> list[str]:
    """The packages that a relation names among the alternatives that count on an architecture."""
    if "[" not in relation and "<" not in relation:
        return names_written(relation)
    try:
        groups = relevant(parse_relations(relation), architecture=architecture)
    except InvalidInputError:
        return []
    return [alternative.name for group in groups for alternative in group]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Edges from a row of nodes: those of node n are `targets[starts[n] : starts[n + 1]]`."""

    starts: Numbers
    targets: Numbers

    def turned(self, targets_count: int) -> "Edges":
        """The same edges the other way round. O(edges)."""
        order = np.argsort(self.targets, kind="stable")
        origins = np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))
        counts = np.bincount(self.targets, minlength=targets_count)
        return Edges(starts=starts_of(counts), targets=origins[order])


def starts_of(counts: NDArray[np.int64]) -> Numbers:
    """Where the edges of each node begin, and at the end their number."""
    starts = np.zeros(len(counts) + 1, dtype=np.int32)
    np.cumsum(counts, out=starts[1:])
    return starts


@dataclass(frozen=True, kw_only=True)
class DependencyGraph:
    """The graph of one suite at one number on one architecture.

    A *package* is a source (numbers 0 to S-1, in the order of `sources`) or a binary package
    (S to S+B-1, in the order of `binaries`; a name comes once for each version).

    Attributes:
        architecture: whose binary packages and `all` ones these are.
        sources: names of the current sources.
        binaries: names of the binary packages.
        relations: the text of each group of alternatives, as stated.
        source_of: for each binary package its source, or NONE if that is not current here.
        is_built: for each source whether it builds something for the architecture, or for `all`.
        stated: package -> relations that count on this architecture.
        fields: for each edge of `stated` the `RelationField` it is stated in.
        satisfied_by: relation -> binary packages (0 to B-1) that satisfy an alternative.
        implicit: the relation `build-essential`.
    """

    architecture: str
    sources: tuple[str, ...]
    binaries: tuple[str, ...]
    relations: tuple[str, ...]
    source_of: Numbers
    is_built: NDArray[np.bool_]
    stated: Edges
    fields: NDArray[np.uint8]
    satisfied_by: Edges
    implicit: int

    @cached_property
    def source_numbers(self) -> Mapping[str, int]:
        """Source -> its number."""
        return {name: number for number, name in enumerate(self.sources)}

    @cached_property
    def binary_numbers(self) -> Mapping[str, list[int]]:
        """Binary package -> the numbers of its versions among the binary packages."""
        found: dict[str, list[int]] = {}
        for number, name in enumerate(self.binaries):
            found.setdefault(name, []).append(number)
        return found

    @cached_property
    def stated_by(self) -> Edges:
        """Relation -> packages that state it."""
        return self.stated.turned(len(self.relations))

    @cached_property
    def satisfies(self) -> Edges:
        """Binary package -> relations that it satisfies."""
        return self.satisfied_by.turned(len(self.binaries))

    @cached_property
    def builds(self) -> Edges:
        """Source -> its binary packages."""
        known = np.flatnonzero(self.source_of != NONE).astype(np.int32)
        order = np.argsort(self.source_of[known], kind="stable")
        counts = np.bincount(self.source_of[known], minlength=len(self.sources))
        return Edges(starts=starts_of(counts), targets=known[order])

    def name_of(self, package: int) -> str:
        """The name of a source or binary package by its number among all packages."""
        sources = len(self.sources)
        return self.sources[package] if package < sources else self.binaries[package - sources]

    def field_names(self, packages: Numbers, relations: Numbers) -> list[str]:
        """For each pair the field in which the package states the relation; else empty.

        O(pairs log edges), and O(edges log edges) the first time.
        """
        keys, order = self._stated_keys
        if not len(keys):
            return [""] * len(packages)
        wanted = packages.astype(np.int64) * len(self.relations) + relations
        places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        titles = [RelationField(number).title for number in sorted(RelationField)]
        return [
            titles[field] if is_there else ""
            for field, is_there in zip(
                self.fields[order[places]].tolist(),
                (keys[places] == wanted).tolist(),
                strict=True,
            )
        ]

    @cached_property
    def _stated_keys(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """One number for each edge of `stated`, ascending, and where that edge is."""
        packages = np.repeat(
            np.arange(len(self.stated.starts) - 1, dtype=np.int64), np.diff(self.stated.starts)
        )
        keys = packages * len(self.relations) + self.stated.targets
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    @cached_property
    def named(self) -> Mapping[str, list[int]]:
        """Name of a package, real or not -> relations that name it. O(relations)."""
        found: dict[str, list[int]] = {}
        for number, text in enumerate(self.relations):
            for name in names_in(text, self.architecture):
                found.setdefault(name, []).append(number)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPackages:
    """What is to be known of the packages of a graph besides, to make the next graph of it.

    Attributes:
        source_ids: ids of the releases, in the order of the sources.
        binary_ids: the same in the order of the binary packages.
        versions: of the binary packages.
        source_names: of the binary packages: what each is built from, current or not.
        provided: all that binary packages provide, each a name, a space, and a version or nothing.
        providers: for each of `provided` the number of its binary package.
    """

    source_ids: Ids
    binary_ids: Ids
    versions: tuple[str, ...]
    source_names: tuple[str, ...]
    provided: tuple[str, ...]
    providers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeGraph:
    """A dependency graph with what is needed to change it."""

    graph: DependencyGraph
    packages: GraphPackages
