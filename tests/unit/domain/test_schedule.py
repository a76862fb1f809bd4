"""When builds end on so many builders: bounds that hold for every schedule, and small cases."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.schedule import (
    BuildOrder,
    build_order,
    critical_chain,
    makespan_seconds,
)
from vostok.errors import InvalidInputError

NAMES = [f"s{number}" for number in range(9)]


@st.composite
def selections(draw: st.DrawFn) -> tuple[dict[str, frozenset[str]], dict[str, float]]:
    """Sources with what they need, cycles among them, and how long each takes."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1))
    needs = {name: draw(st.frozensets(st.sampled_from(NAMES), max_size=3)) for name in names}
    seconds = {name: float(draw(st.integers(1, 50))) for name in names}
    return needs, seconds


def reached(needs: dict[str, frozenset[str]], start: str) -> set[str]:
    """Everything that a source needs, directly or not."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for needed in needs[waiting.pop()] & needs.keys():
            if needed not in found:
                found.add(needed)
                waiting.append(needed)
    return found


def component_of(order: BuildOrder) -> dict[str, int]:
    return {name: n for n, members in enumerate(order.components) for name in members}


@given(selections())
def test_components_are_the_sources_that_need_each_other(
    selection: tuple[dict[str, frozenset[str]], dict[str, float]],
) -> None:
    needs, _ = selection

    order = build_order(needs)

    place = component_of(order)
    assert sorted(place) == sorted(needs)
    for one, other in permutations(needs, 2):
        is_mutual = other in reached(needs, one) and one in reached(needs, other)
        assert (place[one] == place[other]) == is_mutual


@given(selections())
def test_each_component_comes_after_all_that_it_needs(
    selection: tuple[dict[str, frozenset[str]], dict[str, float]],
) -> None:
    needs, _ = selection

    order = build_order(needs)

    place = component_of(order)
    for name, needed in needs.items():
        for other in needed & needs.keys():
            assert place[other] <= place[name]
            assert place[other] == place[name] or place[name] in order.needed_by[place[other]]


@given(selections(), st.integers(1, 12))
def test_the_makespan_is_between_its_lower_bounds_and_building_one_after_another(
    selection: tuple[dict[str, frozenset[str]], dict[str, float]], builders: int
) -> None:
    needs, seconds = selection
    order = build_order(needs)
    chain, work = critical_chain(order, seconds), sum(seconds.values())

    makespan = makespan_seconds(order, seconds, builders=builders)

    assert max(chain.seconds, work / builders) <= makespan + 1e-6
    assert makespan <= work / builders + chain.seconds * (1 - 1 / builders) + 1e-6  # Graham


@given(selections(), st.integers(1, 12))
def test_one_builder_more_never_makes_it_longer(
    selection: tuple[dict[str, frozenset[str]], dict[str, float]], builders: int
) -> None:
    needs, seconds = selection
    order = build_order(needs)

    more = makespan_seconds(order, seconds, builders=builders + 1)

    assert more <= makespan_seconds(order, seconds, builders=builders)


@given(selections())
def test_one_builder_builds_one_after_another(
    selection: tuple[dict[str, frozenset[str]], dict[str, float]],
) -> None:
    needs, seconds = selection

    alone = makespan_seconds(build_order(needs), seconds, builders=1)

    assert alone == pytest.approx(sum(seconds.values()))


@given(selections())
def test_the_chain_is_in_build_order_and_takes_what_its_sources_take(
    selection: tuple[dict[str, frozenset[str]], dict[str, float]],
) -> None:
    needs, seconds = selection
    order = build_order(needs)

    chain = critical_chain(order, seconds)

    place = component_of(order)
    assert sum(seconds[source] for source in chain.sources) == pytest.approx(chain.seconds)
    for earlier, later in zip(chain.sources, chain.sources[1:], strict=False):
        assert place[later] in order.needed_by[place[earlier]]


def test_a_chain_bounds_any_number_of_builders() -> None:
    order = build_order({"a": [], "b": ["a"], "c": ["b"], "d": []})
    seconds = {"a": 5.0, "b": 20.0, "c": 5.0, "d": 12.0}

    assert critical_chain(order, seconds).sources == ("a", "b", "c")
    assert [makespan_seconds(order, seconds, builders=n) for n in (1, 2, 100)] == [42, 30, 30]


def test_the_sources_of_a_cycle_are_ready_together_and_awaited_together() -> None:
    order = build_order({"x": ["y"], "y": ["x"], "first": [], "last": ["x"]})
    seconds = {"x": 3.0, "y": 7.0, "first": 1.0, "last": 2.0}

    assert order.cycles == [("x", "y")]
    assert critical_chain(order, seconds).sources == ("y", "last")
    assert makespan_seconds(order, seconds, builders=3) == 9


def test_a_long_chain_needs_no_recursion() -> None:
    needs = {f"s{n}": [f"s{n - 1}"] for n in range(20_000)}

    order = build_order(needs)

    assert critical_chain(order, dict.fromkeys(needs, 1.0)).seconds == 20_000


def test_nothing_takes_no_time() -> None:
    order = build_order({})

    assert critical_chain(order, {}).sources == ()
    assert makespan_seconds(order, {}, builders=3) == 0


def test_no_builder_builds_nothing() -> None:
    with pytest.raises(InvalidInputError, match="0 builders build nothing"):
        makespan_seconds(build_order({"a": []}), {"a": 1.0}, builders=0)


def test_a_schedule_that_graham_made_longer_by_a_builder_more_is_not_taken() -> None:
    # Graham 1969: with the list in this order three processors end at 12, four at 15.
    needs = {"t1": [], "t2": [], "t3": [], "t4": [], "t9": ["t1"]}
    needs |= {name: ["t4"] for name in ("t5", "t6", "t7", "t8")}
    seconds = {"t1": 3.0, "t2": 2.0, "t3": 2.0, "t4": 2.0, "t9": 9.0}
    seconds |= dict.fromkeys(("t5", "t6", "t7", "t8"), 4.0)
    order = build_order(needs)

    ends = [makespan_seconds(order, seconds, builders=n) for n in range(1, 10)]

    assert ends == sorted(ends, reverse=True)
    assert ends[2] == 12
