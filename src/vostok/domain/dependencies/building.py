"""Makes the dependency graph from what the packages of a suite say.

What counts: all alternatives of a relation, each with its version and architectures; Provides, for
a relation with a version only those that name one, for `:any` none. No build profile is active. As
there is one architecture, `:any` and `:native` otherwise mean what has no qualifier, and a package
of another architecture is nowhere. Recommends, Suggests and conflicts do not count: the graph
tells who may be needed, not what can be installed together. It is what dose-ceve counts.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

import numpy as np

from vostok.debian.architecture import builds_on, has_all_part
from vostok.debian.relations import Group, Relation, parse_relations, relevant
from vostok.debian.version import Version, check_version
from vostok.domain.dependencies.graph import (
    IMPLICIT,
    NONE,
    DependencyGraph,
    Edges,
    RelationField,
    starts_of,
)
from vostok.errors import InvalidInputError

PACKAGES_MAX: Final = 10_000_000
EDGES_MAX: Final = 200_000_000

_PROVIDED: Final = re.compile(
    r"\s*([A-Za-z0-9][A-Za-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*=\s*([^\s()]+)\s*\))?\s*"
)


_PLAIN: Final = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9+.-]*)(?: \((<<|<=|=|>=|>>) ([A-Za-z0-9][^\s()]*)\))?"
)
"""What most relations are: one name, perhaps with a version. Read without `parse_relations`."""


class SourceRelations(NamedTuple):
    """What a source says of itself that matters here."""

    name: str
    architecture: str
    build_depends: str
    build_depends_arch: str
    build_depends_indep: str


class BinaryRelations(NamedTuple):
    """What a binary package says of itself that matters here."""

    name: str
    version: str
    source_name: str
    pre_depends: str
    depends: str
    provides: str


def build_graph(
    sources: Iterable[SourceRelations], binaries: Iterable[BinaryRelations], architecture: str
) -> DependencyGraph:
    """The graph of these packages. O(archive): about 1.5 CPU seconds for all of sid.

    Args:
        sources: the current ones, each name once.
        binaries: of one Packages file, with its `all` ones.
        architecture: for which relations are read.

    Raises:
        InvalidInputError: there are more packages or relations than the bounds.
    """
    some_sources = sorted(sources)
    some_binaries = sorted(binaries)
    if len(some_sources) + len(some_binaries) > PACKAGES_MAX:
        raise InvalidInputError(f"an archive has more than {PACKAGES_MAX} packages")
    relations = _Relations(architecture, _Candidates(some_binaries, architecture))
    implicit = relations.number(IMPLICIT)
    stated = _Stated(relations)
    is_built = [_is_built(source, architecture) for source in some_sources]
    for source, is_built_here in zip(some_sources, is_built, strict=True):
        stated.add(_of_source(source) if is_built_here else ())
    for binary in some_binaries:
        stated.add(
            (
                (RelationField.PRE_DEPENDS, binary.pre_depends),
                (RelationField.DEPENDS, binary.depends),
            )
        )
    numbers = {source.name: number for number, source in enumerate(some_sources)}
    return DependencyGraph(
        architecture=architecture,
        sources=tuple(source.name for source in some_sources),
        binaries=tuple(binary.name for binary in some_binaries),
        relations=tuple(relations.texts),
        source_of=np.array(
            [numbers.get(binary.source_name, NONE) for binary in some_binaries], dtype=np.int32
        ),
        is_built=np.array(is_built, dtype=np.bool_),
        stated=stated.edges(),
        fields=np.array(stated.fields, dtype=np.uint8),
        satisfied_by=relations.satisfied_by(),
        implicit=implicit,
    )


def _is_built(source: SourceRelations, architecture: str) -> bool:
    return builds_on(source.architecture, architecture) or has_all_part(source.architecture)


def _of_source(source: SourceRelations) -> tuple[tuple[RelationField, str], ...]:
    return (
        (RelationField.BUILD_DEPENDS, source.build_depends),
        (RelationField.BUILD_DEPENDS_ARCH, source.build_depends_arch),
        (RelationField.BUILD_DEPENDS_INDEP, source.build_depends_indep),
    )


class _Candidates:
    """The binary packages that satisfy a relation, by name or because they provide it."""

    def __init__(self, binaries: Sequence[BinaryRelations], architecture: str) -> None:
        self._architecture = architecture
        self._versions: dict[str, Version | None] = {}
        self._found: dict[tuple[str, bool, str | None, str], Sequence[int]] = {}
        self._real: dict[str, list[tuple[int, str]]] = {}
        self._provided: dict[str, list[tuple[int, str]]] = {}
        for number, binary in enumerate(binaries):
            self._real.setdefault(binary.name, []).append((number, binary.version))
            if binary.provides:
                for name, version in _provided(binary.provides):
                    self._provided.setdefault(name, []).append((number, version))

    def of_any(self, group: Group) -> Sequence[int]:
        """Numbers of the binary packages that satisfy one of some relations, in their order."""
        if len(group) == 1:
            return self._of(group[0])
        return sorted({number for relation in group for number in self._of(relation)})

    def of_plain(self, name: str, operator: str | None, wanted: str | None) -> Sequence[int]:
        """The same for one name, perhaps with a version.

        Raises:
            InvalidInputError: what is wanted is no version.
        """
        if operator is None or wanted is None:
            return self._of(Relation(name=name))
        if operator == "=" and self._is_alone(name, check_version(wanted)):
            return (self._real[name][0][0],)
        return self._of(Relation(name=name, operator=operator, version=Version.parse(wanted)))

    def _is_alone(self, name: str, version: str) -> bool:
        """Whether nobody else has or provides the name of one package of just this version."""
        real = self._real.get(name, ())
        return len(real) == 1 and real[0][1] == version and name not in self._provided

    def _of(self, relation: Relation) -> Sequence[int]:
        if relation.qualifier not in (None, "any", "native", self._architecture):
            return ()
        wanted = relation.version.text if relation.version is not None else ""
        key = (relation.name, relation.qualifier == "any", relation.operator, wanted)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._search(relation)
        return found

    def _search(self, relation: Relation) -> Sequence[int]:
        real = self._real.get(relation.name, ())
        # Nobody provides a name for all architectures.
        provided = () if relation.qualifier == "any" else self._provided.get(relation.name, ())
        if relation.version is None:
            found = {number for number, _ in chain(real, provided)}
        else:
            found = {
                number
                for number, text in chain(real, provided)
                if (version := self._version(text)) is not None
                and relation.is_satisfied_by(version)
            }
        return tuple(sorted(found))

    def _version(self, text: str) -> Version | None:
        """A version; None if it is none, or a Provides names none."""
        if text not in self._versions:
            try:
                self._versions[text] = Version.parse(text) if text else None
            except InvalidInputError:
                self._versions[text] = None
        return self._versions[text]


def _provided(field: str) -> Iterable[tuple[str, str]]:
    """Name and version (or nothing) of what a Provides field names; what is no name is left."""
    for item in field.split(","):
        match = _PROVIDED.fullmatch(item)
        if match:
            yield match[1], match[2] or ""


def provided_names(field: str) -> frozenset[str]:
    """The names in a Provides field."""
    return frozenset(name for name, _ in _provided(field))


class _Relations:
    """Relations by their text: each is read and satisfied once, however many state it."""

    def __init__(self, architecture: str, candidates: _Candidates) -> None:
        self._architecture = architecture
        self._candidates = candidates
        self._numbers: dict[str, int] = {}
        self.texts: list[str] = []
        self._counts: list[int] = []
        self._targets: list[int] = []

    def number(self, text: str) -> int:
        """The number of a relation, or NONE if it does not apply on the architecture."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = self._new(text)
        return found

    def satisfied_by(self) -> Edges:
        """The edges from relations to binary packages."""
        return Edges(
            starts=starts_of(np.array(self._counts, dtype=np.int64)),
            targets=np.array(self._targets, dtype=np.int32),
        )

    def _new(self, text: str) -> int:
        shown = " ".join(text.split())
        if shown != text:
            return self.number(shown) if shown else NONE
        try:
            found = self._satisfying(shown)
        except InvalidInputError:
            found = ()  # nothing satisfies what nobody can read
        if found is None:
            return NONE
        self.texts.append(shown)
        self._counts.append(len(found))
        self._targets += found
        return len(self.texts) - 1

    def _satisfying(self, text: str) -> Sequence[int] | None:
        """The binary packages that satisfy a relation; None if it does not apply here."""
        if plain := _PLAIN.fullmatch(text):
            return self._candidates.of_plain(*plain.groups())
        groups = relevant(parse_relations(text), architecture=self._architecture)
        return self._candidates.of_any(groups[0]) if groups else None


class _Stated:
    """The edges from packages to relations, package after package."""

    def __init__(self, relations: _Relations) -> None:
        self._relations = relations
        self._counts: list[int] = []
        self._targets: list[int] = []
        self.fields: list[int] = []

    def add(self, fields: Iterable[tuple[RelationField, str]]) -> None:
        """The relations of the next package."""
        before = len(self._targets)
        number = self._relations.number
        for field, text in fields:
            if not text:
                continue
            found = [n for n in map(number, text.split(",")) if n != NONE]
            self._targets += found
            self.fields += [field] * len(found)
        if len(self._targets) > EDGES_MAX:
            raise InvalidInputError(f"an archive has more than {EDGES_MAX} relations")
        self._counts.append(len(self._targets) - before)

    def edges(self) -> Edges:
        """All of them."""
        return Edges(
            starts=starts_of(np.array(self._counts, dtype=np.int64)),
            targets=np.array(self._targets, dtype=np.int32),
        )
