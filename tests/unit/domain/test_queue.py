"""How long a queue lasts."""

from datetime import UTC, datetime, timedelta

from vostok.domain.queue import (
    PRESENT_SECONDS,
    BuildAtWork,
    Drain,
    Took,
    WaitingBuilds,
    drains,
    is_present,
)

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def waiting(builds: int, architecture: str = "amd64", score: int = 0) -> WaitingBuilds:
    return WaitingBuilds(
        archive="trial",
        campaign=1,
        reason="",
        is_ready=True,
        architecture=architecture,
        state="needs-build",
        score=score,
        builds=builds,
    )


def at_work(architecture: str = "amd64") -> BuildAtWork:
    return BuildAtWork(
        build_id=1,
        archive="trial",
        source="hello",
        version="1",
        rebuild_no=1,
        architecture=architecture,
        builder_architecture=architecture,
        state="building",
        score=0,
        builder="host-1",
        attempt=1,
        started_at=NOW,
        seen_at=NOW,
    )


def test_a_queue_lasts_as_many_rounds_as_its_builders_need() -> None:
    found = drains(
        [waiting(4), waiting(3, score=-100)],
        [at_work()],
        [("amd64", "i386"), ("amd64",)],
        {"amd64": Took(seconds=90.0, attempts=12)},
    )

    assert [each.architecture for each in found] == ["amd64", "i386"]
    assert found[0] == Drain(
        architecture="amd64",
        waiting=7,
        running=1,
        builders=2,
        took=Took(seconds=90.0, attempts=12),
        seconds=4 * 90.0,
    )


def test_nobody_knows_how_long_without_a_builder_or_without_a_build_before() -> None:
    took = {"amd64": Took(seconds=90.0, attempts=12)}

    without_builder = drains([waiting(1)], [], [], took)
    without_past = drains([waiting(1)], [], [("amd64",)], {})

    assert [each.seconds for each in without_builder + without_past] == [None, None]


def test_an_empty_queue_is_drained_at_once() -> None:
    [found] = drains([], [], [("amd64",)], {})

    assert (found.waiting, found.seconds) == (0, 0.0)


def test_a_builder_is_there_as_long_as_it_is_heard_of() -> None:
    assert is_present(NOW - timedelta(seconds=PRESENT_SECONDS), NOW)
    assert not is_present(NOW - timedelta(seconds=PRESENT_SECONDS + 1), NOW)
