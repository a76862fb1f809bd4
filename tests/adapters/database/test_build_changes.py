"""Changing many builds at once, on both databases."""

import pytest
import sqlalchemy as sa
from tests.adapters.database.stage import Stage
from tests.builders import NOW, new_build

from vostok.domain.build import Build, BuildState, Reach
from vostok.errors import ConflictError, NotFoundError

MANY = 2_000


def many(stage: Stage, count: int = MANY) -> list[Build]:
    return stage.request(
        *(
            new_build(stage.hello_id, f"s{number:05}", architecture=f"a{number}")
            for number in range(count)
        )
    )


def test_many_are_rescored_in_one_update(stage: Stage) -> None:
    builds = many(stage)
    updates = []
    sa.event.listen(
        stage.database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: updates.append(statement),
    )

    with stage.write() as transaction:
        count = transaction.builds.rescore(builds, 50, actor="ann", at=NOW)

    assert count == MANY
    assert {build.score for build in stage_builds(stage)} == {50}
    assert len([text for text in updates if text.startswith("UPDATE build")]) == 1
    assert len(updates) < 6


def test_many_are_moved_with_a_sentence_each_in_one_update(stage: Stage) -> None:
    builds = many(stage)
    moved_meanwhile = stage.move(builds[1], BuildState.SUPERSEDED)
    updates = []
    sa.event.listen(
        stage.database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: updates.append(statement),
    )

    with stage.write() as transaction:
        count = transaction.builds.move_each(
            [(build, f"because of {build.source}") for build in builds],
            BuildState.CANCELLED,
            actor="ann",
            at=NOW,
        )

    assert count == MANY - 1
    assert len([text for text in updates if text.startswith("UPDATE build")]) == 1
    assert len(updates) < 6
    with stage.read() as transaction:
        found = transaction.builds.of_ids([build.id for build in builds])
        events = {build.id: transaction.builds.events(build.id) for build in builds[:3]}
    assert found[moved_meanwhile.id] == moved_meanwhile
    assert {build.sentence for build in found.values() if build.id != moved_meanwhile.id} == {
        f"because of {build.source}" for build in builds if build.id != moved_meanwhile.id
    }
    last = events[builds[0].id][-1]
    assert (last.actor, last.state_before, last.state_after, last.sentence) == (
        "ann", "needs-build", "cancelled", "because of s00000",
    )  # fmt: skip
    assert [len(events[build.id]) for build in builds[:3]] == [2, 2, 2]
    assert found[builds[0].id].finished_at == NOW


def test_none_is_moved_if_one_of_them_cannot_be(stage: Stage) -> None:
    cancelled, other = (stage.move(build, BuildState.CANCELLED) for build in many(stage, 2))
    stage.request(new_build(stage.hello_id, "s00000", architecture="a0", rebuild_no=2))
    moves = [(other, "retried"), (cancelled, "retried")]

    with pytest.raises(ConflictError, match="asked for meanwhile"), stage.write() as transaction:
        transaction.builds.move_each(moves, BuildState.NEEDS_BUILD, actor="ann", at=NOW)
    with pytest.raises(ConflictError, match="cannot become"), stage.write() as transaction:
        transaction.builds.move_each(moves, BuildState.BUILT, actor="ann", at=NOW)

    assert [stage.build(build.id) for build in (cancelled, other)] == [cancelled, other]


def test_the_newest_records_can_be_asked_for_above_a_number(stage: Stage) -> None:
    [first] = stage.request(new_build(stage.hello_id))
    stage.move(first, BuildState.CANCELLED)
    [second] = stage.request(new_build(stage.hello_id, rebuild_no=2))

    with stage.read() as transaction:
        above_first = transaction.builds.newest_of_sources(stage.archive.id, above=1)
        above_second = transaction.builds.newest_of_sources(stage.archive.id, above=2)

    assert above_first == {"hello": (2, second.id)}
    assert above_second == {}


def stage_builds(stage: Stage) -> list[Build]:
    with stage.read() as transaction:
        return transaction.builds.unfinished(stage.archive.id)


def test_a_new_score_leaves_an_event_that_says_both(stage: Stage) -> None:
    [build] = stage.request(score=-100)

    with stage.write() as transaction:
        transaction.builds.rescore([build], 7, actor="ann", at=NOW)
        transaction.builds.rescore([stage.build(build.id)], 7, actor="ann", at=NOW)

    with stage.read() as transaction:
        last = transaction.builds.events(build.id)[-1]
    assert (last.actor, last.state_before) == ("ann", "needs-build")
    assert last.state_after == "needs-build"
    assert last.sentence == "ann gave it the score 7; it was -100"


def test_what_moved_since_it_was_read_is_not_rescored(stage: Stage) -> None:
    [build] = stage.request(score=0)
    stage.begin_attempt(build)

    with stage.write() as transaction:
        count = transaction.builds.rescore([build], 7, actor="ann", at=NOW)

    assert count == 0
    assert stage.build(build.id).score == 0


def test_records_are_chosen_by_everything_that_is_given(stage: Stage) -> None:
    world = stage.add_source("world")
    [hello] = stage.request(new_build(stage.hello_id))
    [waiting] = stage.request(new_build(world, "world"))
    failed, _ = stage.begin_attempt(hello)
    failed = stage.move(failed, BuildState.FAILED)

    def chosen(**more: object) -> list[str]:
        meant: dict[str, object] = {
            "ids": None, "states": [], "campaign": None, "sources": None, **more,
        }  # fmt: skip
        with stage.read() as transaction:
            found = transaction.builds.chosen(stage.archive.id, **meant)  # type: ignore[arg-type]
        return [build.source for build in found]

    assert chosen() == ["hello", "world"]
    assert chosen(ids=[failed.id, waiting.id]) == ["hello", "world"]
    assert chosen(ids=[]) == []
    assert chosen(states=[BuildState.FAILED]) == ["hello"]
    assert chosen(campaign=2) == ["world"]
    assert chosen(sources={"world"}, campaign=1) == []
    with pytest.raises(NotFoundError, match="this archive has no build 999"):
        chosen(ids=[999])


def test_the_newest_record_of_a_source_is_no_control(stage: Stage) -> None:
    [build] = stage.request(new_build(stage.hello_id))
    building, _ = stage.begin_attempt(build)
    failed = stage.move(building, BuildState.FAILED)
    control = new_build(stage.hello_id, rebuild_no=2)._replace(
        reach=Reach.NOWHERE, control_of=failed.id
    )
    stage.request(control)

    with stage.read() as transaction:
        assert transaction.builds.newest_of_sources(stage.archive.id) == {"hello": (1, failed.id)}


def test_controls_are_found_by_what_they_repeat_and_count_for_no_later_version(
    stage: Stage,
) -> None:
    [build] = stage.request(new_build(stage.hello_id))
    building, _ = stage.begin_attempt(build)
    failed = stage.move(building, BuildState.FAILED)
    [control] = stage.request(
        new_build(stage.hello_id, rebuild_no=2)._replace(reach=Reach.NOWHERE, control_of=failed.id)
    )
    begun, _ = stage.begin_attempt(control)
    stage.move(begun, BuildState.UPLOADING, BuildState.BUILT)

    with stage.read() as transaction:
        found = transaction.builds.controls_of([failed.id, control.id])
        assert [build.id for build in found] == [control.id]
        assert transaction.builds.controls_of([]) == []
        made = transaction.builds.made_versions(stage.archive.id)
    assert not any(is_built for _, _, _, is_built in made)


def test_a_slot_that_was_taken_meanwhile_is_not_moved_into(stage: Stage) -> None:
    [build] = stage.request(new_build(stage.hello_id))
    building, _ = stage.begin_attempt(build)
    failed = stage.move(building, BuildState.FAILED)
    stage.request(new_build(stage.hello_id, rebuild_no=2))

    with (
        pytest.raises(ConflictError, match="asked for meanwhile"),
        stage.write() as transaction,
    ):
        transaction.builds.move_all(
            [failed], BuildState.NEEDS_BUILD, actor="ann", at=NOW, sentence="again"
        )
