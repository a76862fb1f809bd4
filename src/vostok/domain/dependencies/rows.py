"""Rows of a new graph, each named by where it was in the former one.

A row is the number of a package or relation in the former graph, or, behind all of those, the
place of one among those that come.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vostok.domain.dependencies.graph import NONE, Edges, Numbers, starts_of


def kept_and_come(
    kept: Numbers,
    kept_keys: Sequence[object],
    come_keys: Sequence[object],
    former_count: int,
) -> Numbers:
    """The rows of those that stay and of those that come, in the order of their keys."""
    come = np.arange(former_count, former_count + len(come_keys), dtype=np.int32)
    keys: list[Any] = [*kept_keys, *come_keys]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return np.concatenate((kept, come))[np.array(order, dtype=np.int32)]


def places(rows: Numbers, count: int) -> Numbers:
    """For each possible row, of which there are so many, where it is; NONE for those left out."""
    found = np.full(count, NONE, dtype=np.int32)
    found[rows] = np.arange(len(rows), dtype=np.int32)
    return found


def texts_at(rows: Numbers, former: Sequence[str], come: Iterable[str]) -> tuple[str, ...]:
    """The text of each row."""
    return tuple(map([*former, *come].__getitem__, rows.tolist()))


def edges_of(rows: Numbers, edges: Edges) -> Numbers:
    """Where the targets of these nodes are among all targets, node after node."""
    starts = edges.starts[rows]
    counts = edges.starts[rows + 1] - starts
    ends = np.cumsum(counts, dtype=np.int32)
    first = np.repeat(starts - ends + counts, counts)
    first += np.arange(len(first), dtype=np.int32)
    return first


def edges_from(counts: "array[int]", targets: "array[int]") -> Edges:
    """Edges from how many each node has, and all targets."""
    return Edges(
        starts=starts_of(np.frombuffer(counts, dtype=np.int32).astype(np.int64)),
        targets=np.frombuffer(targets, dtype=np.int32),
    )


def stacked(first: Edges, second: Edges) -> Edges:
    """The nodes of both with their edges, one after the other."""
    return Edges(
        starts=np.concatenate((first.starts, second.starts[1:] + first.starts[-1])),
        targets=np.concatenate((first.targets, second.targets)),
    )


def counts_at(rows: Numbers, edges: Edges) -> NDArray[np.int64]:
    """How many edges each of these nodes has."""
    return (edges.starts[rows + 1] - edges.starts[rows]).astype(np.int64)
