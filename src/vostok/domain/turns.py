"""Whose turn it is: between persons, between the archives of each, between their receivers.

Whoever has many receivers gets no more turns than whoever has one, as long as both have something
to be sent.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

SERVED_REMEMBERED_MAX: Final = 20_000
"""Of persons, archives and receivers; who was served longest ago is forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A receiver for which something is to be sent.

    Attributes:
        owner: its id.
        groups: in what it takes turns together with others, from the outside in: the person who
            wanted it, then the archive.
    """

    owner: int
    groups: tuple[Hashable, ...] = ()

    def ways(self) -> Iterator[tuple[Hashable, ...]]:
        """Its groups from the outside in, each with those around it, and last itself."""
        path = (*self.groups, self.owner)
        return (path[: depth + 1] for depth in range(len(path)))


@dataclass(slots=True)
class Turns:
    """Who was served when, in the order of serving."""

    _count: int = 0
    _served: OrderedDict[tuple[Hashable, ...], int] = field(default_factory=OrderedDict)

    def take(self, waiting: Sequence[Waiting], turns_max: int) -> list[int]:
        """The receivers whose turn it is now, each once; they count as served.

        Of the persons the one who was served longest ago, of their archives the same, of its
        receivers the same; then so again. O(turns x waiting).
        """
        left = list(waiting)
        taken: list[int] = []
        while left and len(taken) < turns_max:
            found = min(left, key=self._rank)
            left.remove(found)
            taken.append(found.owner)
            self._note(found)
        return taken

    def _rank(self, waiting: Waiting) -> list[int]:
        return [self._served.get(way, 0) for way in waiting.ways()]

    def _note(self, served: Waiting) -> None:
        self._count += 1
        for way in served.ways():
            self._served[way] = self._count
            self._served.move_to_end(way)
        while len(self._served) > SERVED_REMEMBERED_MAX:
            self._served.popitem(last=False)
