"""The relations of a graph that is being made: which there are, who states them, who satisfies.

Each is read and satisfied once, however many packages state it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vostok.domain.dependencies.candidates import Candidates
from vostok.domain.dependencies.graph import (
    NONE,
    DependencyGraph,
    Edges,
    Numbers,
    RelationField,
    names_written,
    starts_of,
)
from vostok.domain.dependencies.rows import (
    counts_at,
    edges_from,
    edges_of,
    places,
    stacked,
)
from vostok.errors import InvalidInputError

EDGES_MAX: Final = 200_000_000


class Relations:
    """Relations by their text: those of a former graph that are still stated, and new ones."""

    def __init__(self, former: DependencyGraph, packages: Numbers, candidates: Candidates) -> None:
        """Take over what packages that stay state.

        Args:
            former: the graph before.
            packages: their numbers in it.
            candidates: the binary packages of the new graph.
        """
        is_stated = np.zeros(len(former.relations), dtype=np.bool_)
        is_stated[former.stated.targets[edges_of(packages, former.stated)]] = True
        is_stated[former.implicit] = True
        self._former = former
        self._kept = np.flatnonzero(is_stated).astype(np.int32)
        self._candidates = candidates
        self.texts = [former.relations[number] for number in self._kept.tolist()]
        self._numbers = {text: number for number, text in enumerate(self.texts)}
        self._found: list[Sequence[int]] = []

    def number(self, text: str) -> int:
        """The number of a relation, or NONE if it does not apply on the architecture."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = self._new(text)
        return found

    def numbers(self, texts: Sequence[str]) -> list[int]:
        """The numbers of those relations that apply on the architecture."""
        found = list(map(self._numbers.get, texts))  # most are known: one call for all of them
        if None in found or NONE in found:
            return [number for number in map(self.number, texts) if number != NONE]
        return found  # type: ignore[return-value]  # None is not among them

    def numbers_now(self) -> Numbers:
        """For each relation of the former graph its number in this one, or NONE."""
        return places(self._kept, len(self._former.relations))

    def satisfied_by(self, touched: frozenset[str], binaries: Numbers) -> Edges:
        """The edges from relations to binary packages.

        Args:
            touched: what those are called, or provide, that come or go. Only relations that name
                one of them are read again.
            binaries: for each binary package of the former graph its number in this one, or NONE.
        """
        former = self._former.satisfied_by
        again = [
            n for n, text in enumerate(self.texts[: len(self._kept)]) if _names(text, touched)
        ]
        found = [self._candidates.satisfying(self.texts[number]) or () for number in again]
        found += self._found
        nodes = stacked(
            Edges(starts=former.starts, targets=_renumbered(former.targets, binaries)),
            edges_from([len(some) for some in found], [n for some in found for n in some]),
        )
        behind = len(self._former.relations)
        rows = np.concatenate(
            (self._kept, np.arange(behind + len(again), behind + len(found), dtype=np.int32))
        )
        rows[again] = np.arange(behind, behind + len(again))
        return Edges(
            starts=starts_of(counts_at(rows, nodes)), targets=nodes.targets[edges_of(rows, nodes)]
        )

    def _new(self, text: str) -> int:
        shown = " ".join(text.split())
        if shown != text:
            return self.number(shown) if shown else NONE
        found = self._candidates.satisfying(shown)
        if found is None:
            return NONE
        self.texts.append(shown)
        self._found.append(found)
        return len(self.texts) - 1


class Stated:
    """The edges from packages that come to relations, package after package."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._counts: list[int] = []
        self._targets: list[int] = []
        self._fields: list[int] = []

    def add(self, fields: Iterable[tuple[RelationField, str]]) -> None:
        """The relations of the next package."""
        before = len(self._targets)
        for field, text in fields:
            if text:
                found = self._relations.numbers(text.split(","))
                self._targets += found
                self._fields += [field] * len(found)
        if len(self._targets) > EDGES_MAX:
            raise InvalidInputError(f"an archive has more than {EDGES_MAX} relations")
        self._counts.append(len(self._targets) - before)

    def edges(self, former: DependencyGraph, rows: Numbers) -> tuple[Edges, NDArray[np.uint8]]:
        """The edges of all packages, and the field of each edge.

        Args:
            former: the graph before.
            rows: of each package in it, or behind it the place among those that were added.
        """
        kept = _renumbered(former.stated.targets, self._relations.numbers_now())
        nodes = stacked(
            Edges(starts=former.stated.starts, targets=kept),
            edges_from(self._counts, self._targets),
        )
        at = edges_of(rows, nodes)
        fields = np.concatenate((former.fields, np.array(self._fields, dtype=np.uint8)))
        return Edges(starts=starts_of(counts_at(rows, nodes)), targets=nodes.targets[at]), fields[
            at
        ]


def _renumbered(targets: Numbers, numbers: Numbers) -> Numbers:
    return numbers[targets] if len(targets) else targets


def _names(text: str, touched: frozenset[str]) -> bool:
    return not touched.isdisjoint(names_written(text))
