"""Which sources wait for which when many are built: the direct build dependencies."""

from collections.abc import Collection
from itertools import pairwise

import numpy as np

from vostok.domain.dependencies.graph import (
    NONE,
    DependencyGraph,
    Numbers,
    RelationField,
    names_in,
)


def awaited_sources(graph: DependencyGraph, sources: Collection[str]) -> dict[str, list[str]]:
    """Source -> the sources of the packages that its build relations name, itself left out.

    Of alternatives the first counts that some package has the name of, else any that provides it.
    build-essential does not count unless it is stated. O(archive), in arrays but for relations
    that several packages satisfy.
    """
    producers = _producers(graph)
    count = len(graph.sources)
    starts = graph.stated.starts
    origins = np.repeat(np.arange(count, dtype=np.int32), np.diff(starts[: count + 1]))
    of_sources = slice(0, int(starts[count]))
    awaited = producers[graph.stated.targets[of_sources]]
    counts = (
        (graph.fields[of_sources] >= RelationField.BUILD_DEPENDS)
        & (awaited != NONE)
        & (awaited != origins)
    )
    wanted = np.zeros(count, dtype=np.bool_)
    wanted[[graph.source_numbers[name] for name in sources if name in graph.source_numbers]] = True
    counts &= wanted[origins]
    pairs = np.sort(origins[counts].astype(np.int64) * count + awaited[counts])
    is_first = np.ones(len(pairs), dtype=np.bool_)
    is_first[1:] = pairs[1:] != pairs[:-1]  # np.unique hashes, which takes twenty times as long
    pairs = pairs[is_first]
    if not len(pairs):
        return {}
    waiting = pairs // count
    begins = np.flatnonzero(np.diff(waiting, prepend=NONE)).tolist()
    name_of = graph.sources.__getitem__
    awaited_names = list(map(name_of, (pairs % count).tolist()))
    return {
        name_of(source): awaited_names[begin:end]
        for source, (begin, end) in zip(
            waiting[begins].tolist(), pairwise([*begins, len(pairs)]), strict=True
        )
    }


def _producers(graph: DependencyGraph) -> Numbers:
    """For each relation the source of the package that would be installed for it, or NONE."""
    starts, targets = graph.satisfied_by.starts, graph.satisfied_by.targets
    widths = np.diff(starts)
    chosen = np.full(len(graph.relations), NONE, dtype=np.int32)
    is_any = widths > 0
    chosen[is_any] = targets[starts[:-1][is_any]]
    for relation in np.flatnonzero(widths > 1).tolist():
        offered = {
            graph.binaries[binary]: binary
            for binary in targets[starts[relation] : starts[relation + 1]].tolist()
        }
        for name in names_in(graph.relations[relation], graph.architecture):
            if name in offered:
                chosen[relation] = offered[name]
                break
    producers = np.full(len(chosen), NONE, dtype=np.int32)
    producers[chosen != NONE] = graph.source_of[chosen[chosen != NONE]]
    return producers
