"""A graph that is changed is the graph that would have been made from nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.dependencies.building import (
    BinaryRelations,
    PackageChange,
    SourceRelations,
    changed_graph,
    empty_graph,
)
from vostok.domain.dependencies.graph import NONE, DependencyGraph, MadeGraph

NAMES = ("a", "b", "c", "build-essential")
RELATIONS = (
    "", "a", "b (>= 2)", "a | c (<< 2)", "v", "v (= 1)", "c:any, a (= 1)", "b [arm64], v | a",
    "build-essential", "c <!nocheck>, b <cross>", "x (", "a:arm64", "b:native (>> 1) | v",
)  # fmt: skip
PROVIDED = ("", "", "v", "v (= 1)", "a (= 3), v", "c", "v (= no version)")

relations = st.sampled_from(RELATIONS)
sources = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        SourceRelations,
        st.just(""),
        st.sampled_from(["any", "all", "arm64"]),
        relations,
        relations,
        relations,
    ),
)
binaries = st.lists(
    st.builds(
        BinaryRelations,
        st.sampled_from(NAMES),
        st.sampled_from(["1", "2", "3~a", "not a version"]),
        st.sampled_from(NAMES),
        relations,
        relations,
        st.sampled_from(PROVIDED),
    ),
    max_size=6,
    unique=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The packages of a suite at one number; equal ones have one id at all numbers."""

    sources: Sequence[SourceRelations]
    binaries: Sequence[BinaryRelations]


def histories() -> st.SearchStrategy[list[Suite]]:
    return st.lists(st.tuples(sources, binaries), min_size=1, max_size=4).map(_with_ids)


def _with_ids(
    history: list[tuple[dict[str, SourceRelations], list[BinaryRelations]]],
) -> list[Suite]:
    ids: dict[object, int] = {}

    def number(package: object) -> int:
        return ids.setdefault(package, len(ids) + 1)

    return [
        Suite(
            sources=[
                one._replace(name=name, package_id=number((name, one)))
                for name, one in some_sources.items()
            ],
            binaries=[one._replace(package_id=number(one)) for one in some_binaries],
        )
        for some_sources, some_binaries in history
    ]


def from_nothing(suite: Suite) -> MadeGraph:
    change = PackageChange(sources=suite.sources, binaries=suite.binaries)
    return changed_graph(empty_graph("amd64"), change)


def change_between(before: Suite, after: Suite) -> PackageChange:
    return PackageChange(
        gone_sources={one.package_id for one in set(before.sources) - set(after.sources)},
        gone_binaries={one.package_id for one in set(before.binaries) - set(after.binaries)},
        sources=[one for one in after.sources if one not in before.sources],
        binaries=[one for one in after.binaries if one not in before.binaries],
    )


def meaning(graph: DependencyGraph) -> object:
    """All that a graph says, with relations by their text: their numbers say nothing."""
    stated = graph.stated
    satisfied = graph.satisfied_by
    return (
        graph.sources,
        graph.binaries,
        sorted(graph.relations),
        graph.source_of.tolist(),
        graph.is_built.tolist(),
        graph.relations[graph.implicit],
        [
            [
                (graph.relations[relation], field)
                for relation, field in zip(
                    stated.targets[start:end].tolist(),
                    graph.fields[start:end].tolist(),
                    strict=True,
                )
            ]
            for start, end in zip(stated.starts[:-1], stated.starts[1:], strict=True)
        ],
        {
            text: satisfied.targets[satisfied.starts[n] : satisfied.starts[n + 1]].tolist()
            for n, text in enumerate(graph.relations)
        },
    )


def packages_of(made: MadeGraph) -> object:
    packages = made.packages
    return (
        packages.source_ids.tolist(),
        packages.binary_ids.tolist(),
        packages.versions,
        packages.source_names,
        sorted(zip(packages.providers.tolist(), packages.provided, strict=True)),
    )


@given(histories())
def test_a_graph_that_is_changed_again_and_again_says_what_one_from_nothing_says(
    history: list[Suite],
) -> None:
    made, before = empty_graph("amd64"), Suite(sources=[], binaries=[])
    for suite in history:
        made = changed_graph(made, change_between(before, suite))
        before = suite

        assert meaning(made.graph) == meaning(from_nothing(suite).graph)
        assert packages_of(made) == packages_of(from_nothing(suite))


def test_a_relation_is_satisfied_by_what_came_later_and_no_more_by_what_went() -> None:
    source = SourceRelations("a", "any", "v", "", "", 1)
    old = BinaryRelations("x", "1", "a", "", "", "v", 2)
    new = BinaryRelations("y", "1", "gone", "", "", "v (= 2)", 3)
    made = from_nothing(Suite(sources=[source], binaries=[old]))

    graph = changed_graph(made, PackageChange(gone_binaries={2}, sources=[], binaries=[new])).graph

    assert graph.binaries == ("y",)
    assert graph.satisfied_by.targets.tolist() == [0]
    assert graph.source_of.tolist() == [NONE]


def test_a_relation_that_nobody_states_any_more_is_forgotten() -> None:
    stating = SourceRelations("a", "any", "x, y", "", "", 1)
    made = from_nothing(Suite(sources=[stating], binaries=[]))

    graph = changed_graph(
        made,
        PackageChange(
            gone_sources={1},
            sources=[stating._replace(build_depends="y", package_id=2)],
            binaries=[],
        ),
    ).graph

    assert graph.relations == ("build-essential", "y")
