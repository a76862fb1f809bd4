"""When builds end that must wait for one another, on so many builders at a time."""

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from vostok.errors import InvalidInputError

SIMULATED_BUILDS_MAX = 50_000
"""How many builds are gone through in the search for a shorter schedule with fewer builders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOrder:
    """Sources in components, each after all it needs; a cycle stands whole in one component."""

    components: tuple[tuple[str, ...], ...]
    needed_by: tuple[tuple[int, ...], ...]
    """For each component the later ones that wait for it."""

    @property
    def cycles(self) -> list[tuple[str, ...]]:
        """The components of more than one source: none of them can be built first."""
        return [members for members in self.components if len(members) > 1]


def build_order(needs: Mapping[str, Collection[str]]) -> BuildOrder:
    """The order in which sources can be built.

    Args:
        needs: source -> sources whose binaries it build-depends on. What is no key is not built
            here, so nobody waits for it.

    Source: Tarjan 1972 for the components. O(sources + dependencies), without recursion.
    """
    names = list(needs)
    number_of = {name: number for number, name in enumerate(names)}.get
    edges = [
        [number for needed in needs[name] if (number := number_of(needed)) is not None]
        for name in names
    ]
    components = _components(edges)
    return BuildOrder(
        components=tuple(
            (names[members[0]],)
            if len(members) == 1
            else tuple(sorted(names[member] for member in members))
            for members in components
        ),
        needed_by=_needed_by(edges, components),
    )


def _needed_by(
    edges: Sequence[Sequence[int]], components: Sequence[Sequence[int]]
) -> tuple[tuple[int, ...], ...]:
    """For each component those that point to it, in order and each once. In arrays."""
    count = len(components)
    component_of = np.zeros(len(edges), dtype=np.int64)
    sizes = np.fromiter(map(len, components), dtype=np.int64, count=count)
    component_of[np.fromiter(chain.from_iterable(components), dtype=np.int64)] = np.repeat(
        np.arange(count), sizes
    )
    widths = np.fromiter(map(len, edges), dtype=np.int64, count=len(edges))
    later = np.repeat(component_of, widths)
    earlier = component_of[np.fromiter(chain.from_iterable(edges), dtype=np.int64)]
    pairs = np.sort((earlier * count + later)[earlier != later])
    is_first = np.ones(len(pairs), dtype=np.bool_)
    is_first[1:] = pairs[1:] != pairs[:-1]
    pairs = pairs[is_first]
    ends = np.searchsorted(pairs, np.arange(1, count + 1) * count).tolist()
    found = (pairs % count).tolist() if count else []
    return tuple(tuple(found[start:end]) for start, end in pairwise([0, *ends]))


def _components(edges: Sequence[Sequence[int]]) -> list[list[int]]:
    """Strongly connected components, each after those that its members point to."""
    unseen, count = -1, 0
    index, low = [unseen] * len(edges), [0] * len(edges)
    is_open = [False] * len(edges)
    open_nodes: list[int] = []
    found: list[list[int]] = []
    for root in range(len(edges)):
        if index[root] != unseen:
            continue
        path = [(root, iter(edges[root]))]
        while path:
            node, following = path[-1]
            if index[node] == unseen:
                index[node] = low[node] = count
                count += 1
                open_nodes.append(node)
                is_open[node] = True
            deeper = _next_unseen(node, following, index, low, is_open)
            if deeper is not None:
                path.append((deeper, iter(edges[deeper])))
                continue
            path.pop()
            if path:
                low[path[-1][0]] = min(low[path[-1][0]], low[node])
            if low[node] == index[node]:
                found.append(_closed(node, open_nodes, is_open))
    return found


def _next_unseen(
    node: int,
    following: Iterable[int],
    index: Sequence[int],
    low: list[int],
    is_open: Sequence[bool],
) -> int | None:
    for other in following:
        if index[other] == -1:
            return other
        if is_open[other]:
            low[node] = min(low[node], index[other])
    return None


def _closed(root: int, open_nodes: list[int], is_open: list[bool]) -> list[int]:
    members: list[int] = []
    while True:
        member = open_nodes.pop()
        is_open[member] = False
        members.append(member)
        if member == root:
            return members


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Builds of which each waits for the one before: no number of builders makes it shorter."""

    sources: tuple[str, ...]
    seconds: float


def critical_chain(order: BuildOrder, seconds: Mapping[str, float]) -> Chain:
    """The longest chain. Of a cycle it goes through the longest build. O(sources + waits)."""
    tails, next_of = _tails(order, seconds)
    if not tails:
        return Chain(sources=(), seconds=0.0)
    component: int | None = max(range(len(tails)), key=tails.__getitem__)
    total = 0.0
    sources: list[str] = []
    while component is not None:
        longest = max(order.components[component], key=seconds.__getitem__)
        sources.append(longest)
        total += seconds[longest]
        component = next_of[component]
    return Chain(sources=tuple(sources), seconds=total)


def _tails(
    order: BuildOrder, seconds: Mapping[str, float]
) -> tuple[list[float], list[int | None]]:
    """For each component how long the longest chain from it takes, and where that goes on."""
    tails = [0.0] * len(order.components)
    next_of: list[int | None] = [None] * len(order.components)
    tail_of, seconds_of = tails.__getitem__, seconds.__getitem__
    for component in reversed(range(len(tails))):
        members, later = order.components[component], order.needed_by[component]
        tail = seconds[members[0]] if len(members) == 1 else max(map(seconds_of, members))
        if later:
            following = later[0] if len(later) == 1 else max(later, key=tail_of)
            next_of[component] = following
            tail += tails[following]
        tails[component] = tail
    return tails, next_of


def makespan_seconds(order: BuildOrder, seconds: Mapping[str, float], *, builders: int) -> float:
    """How long all builds take when free builders take the one with the longest chain behind it.

    A source is ready when all components that its own waits for are built; those of a cycle are
    ready together. Taking builds greedily can, rarely, end later with one builder more, so that
    shorter schedules which leave builders idle are looked for as well, as far as
    `SIMULATED_BUILDS_MAX` allows: the figure never grows with the builders in selections of a
    few hundred sources. O(sources · log sources + waits) for each schedule.

    Raises:
        InvalidInputError: there is less than one builder.

    Source: Graham 1969 for list scheduling, its bounds and its anomalies.
    """
    if builders < 1:
        raise InvalidInputError(f"{builders} builders build nothing", hint="--builders 1 or more")
    count = sum(len(members) for members in order.components)
    if not count:
        return 0.0
    tails, _ = _tails(order, seconds)
    work = sum(seconds[source] for members in order.components for source in members)
    longest = max(tails)
    usable = min(builders, count)
    best = _greedy(order, seconds, tails, usable)
    for fewer in range(usable - 1, max(0, usable - SIMULATED_BUILDS_MAX // count), -1):
        if best <= max(longest, work / fewer):
            break
        best = min(best, _greedy(order, seconds, tails, fewer))
    return best


def _greedy(
    order: BuildOrder, seconds: Mapping[str, float], tails: Sequence[float], builders: int
) -> float:
    waits = [0] * len(order.components)
    for later in order.needed_by:
        for component in later:
            waits[component] += 1
    unbuilt = [len(members) for members in order.components]
    ready: list[tuple[float, str, int]] = []
    running: list[tuple[float, int]] = []
    now = 0.0
    opened = [component for component, count in enumerate(waits) if not count]
    while True:
        for component in opened:
            for source in order.components[component]:
                heapq.heappush(ready, (-tails[component], source, component))
        while ready and len(running) < builders:
            _, source, component = heapq.heappop(ready)
            heapq.heappush(running, (now + seconds[source], component))
        if not running:
            return now
        now, component = heapq.heappop(running)
        unbuilt[component] -= 1
        opened = [] if unbuilt[component] else _released(order.needed_by[component], waits)


def _released(later: Iterable[int], waits: list[int]) -> list[int]:
    opened: list[int] = []
    for component in later:
        waits[component] -= 1
        if not waits[component]:
            opened.append(component)
    return opened
