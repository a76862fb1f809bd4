"""The predicates that look at dependencies, with the relation that makes each source one of them.

For several architectures the answer is that of any of them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np

from vostok.domain.dependencies.graph import NONE, DependencyGraph, Numbers
from vostok.domain.dependencies.reach import (
    Reached,
    needed_sources,
    needing_sources,
    stating_sources,
)
from vostok.domain.selection.regular import glob
from vostok.domain.selection.syntax import Closure, Dependent, Option, Pattern, render

CONTEXT_CHARACTERS_MAX: Final = 60


def sources_needed(
    graph: DependencyGraph, begun: Iterable[str], closure: Closure
) -> dict[str, str]:
    """Source -> why sources that one begins with need it; those themselves only in a cycle."""
    numbers = graph.source_numbers
    some = np.array(sorted(numbers[name] for name in begun if name in numbers), dtype=np.int32)
    reached = needed_sources(
        graph,
        some,
        is_implicit=Option.IMPLICIT in closure.options,
        is_installed_only=Option.INSTALLED in closure.options,
    )
    text = render(closure)
    within = f" in {text}" if len(text) <= CONTEXT_CHARACTERS_MAX else ""
    names = _names(graph)
    return {
        graph.sources[source]: f"needed by {names(package)} ({_stated(field, relation)}){within}"
        for source, package, field, relation in _steps(graph, reached, reached.packages)
    }


def sources_needing(graph: DependencyGraph, asked: Dependent) -> dict[str, str] | None:
    """Source -> how it needs what is asked; None if no package and no relation is called so."""
    relations = _relations(graph, asked)
    if relations is None:
        return None
    is_implicit = Option.IMPLICIT in asked.options
    if not asked.is_transitive:
        reached = stating_sources(graph, relations, is_implicit=is_implicit)
    else:
        reached = needing_sources(
            graph,
            relations,
            is_implicit=is_implicit,
            is_installed_only=Option.INSTALLED in asked.options,
        )
    what = f"src:{asked.pattern.text}" if asked.of_source else asked.pattern.text
    verb = "needs" if asked.is_transitive else "build-depends on"
    names = _names(graph)
    found: dict[str, str] = {}
    packages = reached.packages.tolist()
    for place, (source, _, field, relation) in enumerate(_steps(graph, reached, reached.sources)):
        through = f" through {names(packages[place])}" if packages[place] != NONE else ""
        found[graph.sources[source]] = f"{verb} {what}{through} ({_stated(field, relation)})"
    return found


def _relations(graph: DependencyGraph, asked: Dependent) -> Numbers | None:
    """The relations that what is asked for satisfies; None if nothing is called so.

    Of a name that no package here has (a virtual package, or one that is missing) those that name
    it.
    """
    if asked.of_source:
        sources = _matching(asked.pattern, graph.source_numbers)
        if not len(sources):
            return None
        binaries = np.flatnonzero(np.isin(graph.source_of, sources)).astype(np.int32)
        named: list[int] = []
    else:
        wanted = _names_matching(asked.pattern, graph.binary_numbers)
        binaries = np.array(
            sorted(number for name in wanted for number in graph.binary_numbers[name]),
            dtype=np.int32,
        )
        named = []
        if asked.pattern.is_glob or not wanted:  # to read all relations takes a while
            virtual = set(_names_matching(asked.pattern, graph.named)) - set(wanted)
            named = sorted(number for name in virtual for number in graph.named[name])
        if not len(binaries) and not named:
            return None
    satisfied = [
        graph.satisfies.targets[graph.satisfies.starts[n] : graph.satisfies.starts[n + 1]]
        for n in binaries
    ]
    return np.unique(np.concatenate([np.array(named, dtype=np.int32), *satisfied]))


def _matching(pattern: Pattern, numbers: Mapping[str, int]) -> Numbers:
    return np.array(
        sorted(numbers[name] for name in _names_matching(pattern, numbers)), dtype=np.int32
    )


def _names_matching(pattern: Pattern, names: Mapping[str, object]) -> list[str]:
    if not pattern.is_glob:
        return [pattern.text] if pattern.text in names else []
    matches = glob(pattern.text)
    return [name for name in names if matches(name)]


def _steps(
    graph: DependencyGraph, reached: Reached, stating: Numbers
) -> Iterable[tuple[int, int, str, str]]:
    """(source, stating package, field, text of the relation) for each source reached."""
    return zip(
        reached.sources.tolist(),
        stating.tolist(),
        graph.field_names(stating, reached.relations),
        [graph.relations[number] for number in reached.relations.tolist()],
        strict=True,
    )


def _names(graph: DependencyGraph) -> Callable[[int], str]:
    return (graph.sources + graph.binaries).__getitem__


def _stated(field: str, relation: str) -> str:
    return f"{field}: {relation}" if field else f"implicitly {relation}"
