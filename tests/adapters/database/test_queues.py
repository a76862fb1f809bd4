"""The queue, counted by the database."""

from datetime import timedelta

from tests.adapters.database.stage import Stage
from tests.builders import NOW, new_build

from vostok.domain.build import BuildState
from vostok.domain.campaign import CampaignState
from vostok.domain.queue import WaitingBuilds


def test_what_waits_is_counted_by_campaign_and_score_what_is_built_first_at_the_top(
    stage: Stage,
) -> None:
    stage.request(
        new_build(stage.hello_id), new_build(stage.add_source("tree"), source="tree"), score=-100
    )
    stage.request(
        new_build(stage.add_source("urgent"), source="urgent"),
        score=5,
        state=CampaignState.PREPARING,
    )

    with stage.read() as transaction:
        found = transaction.queues.waiting(())

    assert found == [
        WaitingBuilds(
            archive="trial", campaign=2, reason=found[0].reason, is_ready=False,
            architecture="amd64", state="needs-build", score=5, builds=1,
        ),
        WaitingBuilds(
            archive="trial", campaign=1, reason=found[0].reason, is_ready=True,
            architecture="amd64", state="needs-build", score=-100, builds=2,
        ),
    ]  # fmt: skip


def test_what_runs_is_told_with_its_builder(stage: Stage) -> None:
    [build] = stage.request()
    stage.begin_attempt(build, builder="host-7")

    with stage.read() as transaction:
        [found] = transaction.queues.at_work(())
        waiting = transaction.queues.waiting(())

    assert (found.build_id, found.builder, found.state) == (build.id, "host-7", "building")
    assert (found.archive, found.source, found.started_at) == ("trial", "hello", NOW)
    assert waiting == []


def test_nothing_of_a_hidden_archive_is_counted(stage: Stage) -> None:
    hello, tree = stage.request(
        new_build(stage.hello_id), new_build(stage.add_source("tree"), source="tree")
    )
    stage.begin_attempt(hello)
    del tree

    with stage.read() as transaction:
        found = (
            transaction.queues.waiting(["trial"]),
            transaction.queues.at_work(["trial"]),
            transaction.queues.took(["trial"]),
        )

    assert found == ([], [], {})


def test_the_mean_is_that_of_successful_attempts(stage: Stage) -> None:
    [build] = stage.request()
    _, attempt = stage.begin_attempt(build)
    with stage.write() as transaction:
        transaction.builds.finish_attempt(
            attempt.id, outcome="built", at=NOW + timedelta(seconds=40)
        )
    stage.move(stage.build(build.id), BuildState.UPLOADING, BuildState.BUILT)

    with stage.read() as transaction:
        found = transaction.queues.took(())

    assert {name: tuple(each) for name, each in found.items()} == {"amd64": (40.0, 1)}
