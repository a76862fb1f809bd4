"""The model of build times and the quantiles of their sums."""

import math
import random
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.estimate import (
    LOAD_SIGMA,
    MACHINE_SIGMA,
    Expected,
    Measured,
    Speed,
    at_speed,
    machine_speed,
    measured,
    modelled,
    source_facts,
    total_seconds,
)

UNKNOWN = Speed(log_mean=0.0, log_sigma=MACHINE_SIGMA)

facts = st.builds(
    source_facts,
    st.just("hello"),
    section=st.sampled_from(["libs", "contrib/libs", "devel", "nowhere"]),
    size=st.integers(0, 10**10),
    relations=st.lists(st.sampled_from(["debhelper", "a, b (>= 1), c", "g++, qt6-base-dev", ""])),
    has_any_part=st.booleans(),
)
builds = facts.map(modelled) | st.integers(1, 10**6).map(
    lambda seconds: measured(Measured(seconds=seconds, log_bytes=1, file_bytes=1))
)


def hello(**changes: object) -> Expected:
    values: dict[str, object] = {
        "section": "devel",
        "size": 800_000,
        "relations": ["debhelper-compat (= 13), help2man, texinfo", "", ""],
        "has_any_part": True,
    }
    return modelled(source_facts("hello", **(values | changes)))  # type: ignore[arg-type]


def test_hello_takes_about_a_minute() -> None:
    assert 40 < hello().seconds < 90


@pytest.mark.parametrize(
    "change",
    [
        {"size": 8_000_000},
        {"relations": ["debhelper-compat (= 13), help2man, texinfo, bison"]},
        {"relations": ["debhelper-compat (= 13), help2man, qtbase5-dev"]},
    ],
)
def test_what_is_larger_takes_longer_and_is_less_certain(change: dict[str, object]) -> None:
    assert hello(**change).seconds > hello().seconds
    assert hello(**change).sigma > hello().sigma


def test_what_compiles_nothing_takes_less() -> None:
    assert hello(has_any_part=False).seconds < hello().seconds


@given(builds, builds)
def test_the_mean_of_a_build_is_not_below_its_median(one: Expected, other: Expected) -> None:
    assert one.mean_seconds >= one.seconds
    assert other.sigma < math.sqrt(math.log(5))  # for which adding a build cannot lower p50


@given(st.lists(builds, max_size=20), builds)
def test_a_build_more_never_makes_the_total_less(
    all_but_one: list[Expected], one: Expected
) -> None:
    fewer = total_seconds(all_but_one, UNKNOWN)
    more = total_seconds([*all_but_one, one], UNKNOWN)

    assert more.p50 >= fewer.p50
    assert more.p90 >= fewer.p90


@given(st.lists(builds, max_size=20))
def test_p50_is_not_above_p90(some: list[Expected]) -> None:
    total = total_seconds(some, UNKNOWN)

    assert 0 <= total.p50 <= total.p90


def test_one_build_has_its_own_quantiles() -> None:
    one = hello()

    total = total_seconds([one], UNKNOWN)

    sigma = math.hypot(one.sigma, MACHINE_SIGMA)
    assert total.p50 == pytest.approx(one.seconds)
    assert total.p90 == pytest.approx(one.seconds * math.exp(1.2816 * sigma), rel=1e-3)


@pytest.mark.parametrize("count", [2, 10, 200])
@pytest.mark.parametrize("share_measured", [0.0, 0.5])
def test_the_quantiles_are_those_of_drawn_sums(count: int, share_measured: float) -> None:
    chance = random.Random(3)  # noqa: S311 - the same draws each time
    some = []
    for number in range(count):
        size = round(10 ** chance.uniform(3, 7))
        one = hello(size=size)
        if number < share_measured * count:
            one = measured(Measured(seconds=one.seconds, log_bytes=1, file_bytes=1))
        some.append(one)

    total = total_seconds(some, UNKNOWN)

    drawn = []
    for _ in range(4_000):
        machine = {True: chance.lognormvariate(0, LOAD_SIGMA)}
        machine[False] = chance.lognormvariate(0, MACHINE_SIGMA)
        drawn.append(
            sum(
                machine[one.is_measured] * chance.lognormvariate(math.log(one.seconds), one.sigma)
                for one in some
            )
        )
    tenths = quantiles(drawn, n=10)
    assert total.p50 == pytest.approx(tenths[4], rel=0.08)
    assert total.p90 == pytest.approx(tenths[8], rel=0.08)


def test_without_history_the_speed_of_the_machine_is_uncertain() -> None:
    assert machine_speed([]) == UNKNOWN


def test_builds_made_here_tell_how_fast_the_machine_is() -> None:
    model = hello()

    speed = machine_speed([(model.seconds / 3, model)] * 40)

    assert speed.factor == pytest.approx(1 / 3, rel=0.1)
    assert speed.log_sigma < MACHINE_SIGMA / 4
    assert at_speed(model, speed).seconds == pytest.approx(model.seconds / 3, rel=0.1)


def test_no_number_of_builds_makes_the_speed_certain() -> None:
    model = hello()

    assert machine_speed([(model.seconds, model)] * 10_000).log_sigma == LOAD_SIGMA


def test_one_odd_build_moves_the_speed_less_than_it_says() -> None:
    model = hello()

    assert 1 < machine_speed([(model.seconds * 50, model)]).factor < 50


def test_the_speed_does_not_change_what_was_measured() -> None:
    known = measured(Measured(seconds=7.0, log_bytes=5, file_bytes=3))

    assert at_speed(known, Speed(log_mean=2.0, log_sigma=0.1)) == known
