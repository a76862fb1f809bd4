"""The relations of a graph that is being made: which there are, who states them, who satisfies.

Each is read and satisfied once, however many packages state it.
"""

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vostok.domain.dependencies.candidates import Candidates, applies
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
    """Relations by their text: those of a former graph that are still stated, and new ones.

    They are numbered while packages are read, and satisfied when all packages are known.
    """

    def __init__(self, former: DependencyGraph, packages: Numbers) -> None:
        """Take over what packages that stay state.

        Args:
            former: the graph before.
            packages: their numbers in it.
        """
        is_stated = np.zeros(len(former.relations), dtype=np.bool_)
        is_stated[former.stated.targets[edges_of(packages, former.stated)]] = True
        is_stated[former.implicit] = True
        self._former = former
        self._kept = np.flatnonzero(is_stated).astype(np.int32)
        self.texts = [former.relations[number] for number in self._kept.tolist()]
        self._numbers = {text: number for number, text in enumerate(self.texts)}

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

    def end_numbering(self) -> None:
        """Forget which number a text has: nothing is numbered any more, and it is much memory."""
        self._numbers.clear()

    def numbers_now(self) -> Numbers:
        """For each relation of the former graph its number in this one, or NONE."""
        return places(self._kept, len(self._former.relations))

    def satisfied_by(
        self, candidates: Candidates, touched: frozenset[str], binaries: Numbers
    ) -> Edges:
        """The edges from relations to binary packages.

        Args:
            candidates: the binary packages of the new graph.
            touched: what those are called, or provide, that come or go. Only relations that name
                one of them are read again.
            binaries: for each binary package of the former graph its number in this one, or NONE.
        """
        former, kept = self._former.satisfied_by, len(self._kept)
        again = [n for n, text in enumerate(self.texts[:kept]) if _names(text, touched)]
        read = satisfied(candidates, chain((self.texts[n] for n in again), self.texts[kept:]))
        nodes = stacked(
            Edges(starts=former.starts, targets=_renumbered(former.targets, binaries)),
            read,
        )
        behind, count = len(self._former.relations), len(read.starts) - 1
        rows = np.concatenate(
            (self._kept, np.arange(behind + len(again), behind + count, dtype=np.int32))
        )
        rows[again] = np.arange(behind, behind + len(again))
        return Edges(
            starts=starts_of(counts_at(rows, nodes)),
            targets=nodes.targets[edges_of(rows, nodes)],
        )

    def _new(self, text: str) -> int:
        is_restricted = "[" in text or "<" in text
        if not text or (is_restricted and not applies(text, self._former.architecture)):
            return NONE
        self.texts.append(text)
        return len(self.texts) - 1


def satisfied(candidates: Candidates, texts: Iterable[str]) -> Edges:
    """The edges from relations, by their texts, to the binary packages that satisfy them."""
    counts, targets = array("i"), array("i")
    for text in texts:
        found = candidates.satisfying(text)
        counts.append(len(found))
        targets.extend(found)
    return edges_from(counts, targets)


class Stated:
    """The edges from packages that come to relations, package after package."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._counts = array("i")
        self._targets = array("i")
        self._fields = array("B")

    def add(self, fields: Iterable[tuple[RelationField, str]]) -> None:
        """The relations of the next package."""
        before = len(self._targets)
        for field, text in fields:
            if text:
                found = self._relations.numbers(_relations_in(text))
                self._targets.extend(found)
                self._fields.extend([field] * len(found))
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
        fields = np.concatenate((former.fields, np.frombuffer(self._fields, dtype=np.uint8)))
        return Edges(starts=starts_of(counts_at(rows, nodes)), targets=nodes.targets[at]), fields[
            at
        ]


def _relations_in(text: str) -> list[str]:
    """The groups of alternatives in a field, each in one line without needless spaces."""
    line = " ".join(text.split())
    found = line.split(", ")
    return found if len(found) > line.count(",") else [one.strip() for one in line.split(",")]


def _renumbered(targets: Numbers, numbers: Numbers) -> Numbers:
    return numbers[targets] if len(targets) else targets


def _names(text: str, touched: frozenset[str]) -> bool:
    return not touched.isdisjoint(names_written(text))
