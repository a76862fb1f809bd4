"""Build records: asked for, listed, handed out, moved."""

from dataclasses import replace

import pytest
from tests.adapters.database.stage import Stage, add_campaign, add_derived
from tests.builders import NOW, later, new_build, new_source

from vostok.adapters.database import SqlTransaction
from vostok.domain.archive import ArchiveState
from vostok.domain.build import (
    LIVE_STATES,
    STATE_SENTENCES,
    TRANSITIONS,
    Build,
    BuildEvent,
    BuildState,
    Fate,
    Part,
    Reach,
)
from vostok.domain.campaign import CampaignState
from vostok.errors import ConflictError, NotFoundError

S = BuildState
PATHS: dict[BuildState, tuple[BuildState, ...]] = {
    S.NEEDS_BUILD: (),
    S.DEP_WAIT: (S.DEP_WAIT,),
    S.BD_UNINSTALLABLE: (S.BUILDING, S.BD_UNINSTALLABLE),
    S.BUILDING: (S.BUILDING,),
    S.UPLOADING: (S.BUILDING, S.UPLOADING),
    S.BUILT: (S.BUILDING, S.UPLOADING, S.BUILT),
    S.FAILED: (S.BUILDING, S.FAILED),
    S.CHROOT_PROBLEM: (S.BUILDING, S.CHROOT_PROBLEM),
    S.SOURCE_UNAVAILABLE: (S.BUILDING, S.SOURCE_UNAVAILABLE),
    S.FAILED_TO_UPLOAD: (S.BUILDING, S.UPLOADING, S.FAILED_TO_UPLOAD),
    S.CANCELLING: (S.BUILDING, S.CANCELLING),
    S.CANCELLED: (S.CANCELLED,),
    S.SUPERSEDED: (S.SUPERSEDED,),
    S.NOT_FOR_US: (S.NOT_FOR_US,),
}
"""To each state a way from `needs-build`; none goes to `planned`."""


def request_all_states(stage: Stage) -> dict[BuildState, Build]:
    """A build in each state, each of a source of its own."""
    wanted = {}
    for state, path in PATHS.items():
        name = state.replace("-", "")
        [build] = stage.request(new_build(stage.hello_id, name, architecture=name))
        wanted[state] = stage.move(build, *path)
    return wanted


def test_a_new_record_is_what_was_asked_for_and_waits(stage: Stage) -> None:
    [build] = stage.request(new_build(stage.hello_id, rebuild_no=4), score=-100)

    assert build == stage.build(build.id)
    assert (build.archive, build.suite, build.campaign) == ("trial", "bookworm", 1)
    assert (build.archive_id, build.suite_id) == (stage.archive.id, stage.suite.id)
    assert (build.source_id, build.source, build.source_version) == (
        stage.hello_id,
        "hello",
        "2.10-3",
    )
    assert (build.architecture, build.builder_architecture, build.part) == (
        "amd64",
        "amd64",
        Part.ANY,
    )
    assert (build.rebuild_no, build.version) == (4, "2.10-3Xtrial4")
    assert build.version_before == "2.10-3"
    assert (build.state, build.fate) == (S.NEEDS_BUILD, Fate.NONE)
    assert build.sentence == STATE_SENTENCES[S.NEEDS_BUILD]
    assert (build.score, build.attempt) == (-100, 0)
    assert (build.created_at, build.finished_at) == (NOW, None)


def test_the_first_event_says_who_asked(stage: Stage) -> None:
    [build] = stage.request()

    with stage.read() as transaction:
        events = transaction.builds.events(build.id)

    assert events == [
        BuildEvent(
            at=NOW,
            actor="andrea",
            state_before="",
            state_after=S.NEEDS_BUILD,
            sentence="requested",
        )
    ]


def test_builds_added_later_to_a_campaign_do_not_repeat_the_events_of_the_first(
    stage: Stage,
) -> None:
    [first] = stage.request()
    assert first.campaign_id is not None
    with stage.write() as transaction:
        transaction.builds.add(
            stage.archive.id,
            stage.suite.id,
            first.campaign_id,
            [new_build(stage.hello_id, architecture="arm64")],
            score=0,
            actor="matthias",
            at=later(1),
            why="requested",
        )
        _, second = transaction.builds.of_campaign(first.campaign_id)

    with stage.read() as transaction:
        assert len(transaction.builds.events(first.id)) == 1
        assert [event.actor for event in transaction.builds.events(second.id)] == ["matthias"]


def test_nothing_asked_for_is_nothing_stored(stage: Stage) -> None:
    with stage.write() as transaction:
        campaign = add_campaign(transaction, stage.archive.id)
        transaction.builds.add(
            stage.archive.id,
            stage.suite.id,
            campaign.id,
            [],
            score=0,
            actor="andrea",
            at=NOW,
            why="requested",
        )

        assert transaction.builds.of_campaign(campaign.id) == []


def test_a_build_that_is_not_there_is_named(stage: Stage) -> None:
    with stage.read() as transaction, pytest.raises(NotFoundError, match="no build 999999"):
        transaction.builds.by_id(999_999)


def test_a_campaign_lists_its_builds_by_source_and_architecture(stage: Stage) -> None:
    builds = stage.request(
        new_build(stage.add_source("world"), "world"),
        new_build(stage.hello_id, "hello", architecture="arm64"),
        new_build(stage.hello_id, "hello"),
    )
    stage.request(new_build(stage.add_source("other"), "other"))

    assert [(build.source, build.architecture) for build in builds] == [
        ("hello", "amd64"),
        ("hello", "arm64"),
        ("world", "amd64"),
    ]


def test_a_slot_lists_all_its_records_newest_first(stage: Stage) -> None:
    for number in range(1, 4):
        [build] = stage.request(new_build(stage.hello_id, rebuild_no=number))
        stage.move(build, S.CANCELLED)
    stage.request(new_build(stage.hello_id, architecture="arm64", rebuild_no=4))

    with stage.read() as transaction:
        found = transaction.builds.of_slot(stage.archive.id, "hello", "amd64")

    assert [build.rebuild_no for build in found] == [3, 2, 1]


def test_live_builds_are_those_that_still_move_by_themselves(stage: Stage) -> None:
    builds = request_all_states(stage)
    live = {state.replace("-", "") for state in LIVE_STATES}

    with stage.read() as transaction:
        slots = transaction.builds.live_slots(stage.archive.id)
        unfinished = transaction.builds.unfinished(stage.archive.id)
        elsewhere = transaction.builds.live_slots(stage.parent.id)

    assert {build.state for build in builds.values()} == set(PATHS)
    assert slots == {name: frozenset({name}) for name in live}
    assert {build.state for build in unfinished} == LIVE_STATES
    assert elsewhere == {}


@pytest.mark.parametrize("state", list(PATHS))
def test_an_archive_is_at_work_while_something_is_built_or_uploaded(
    stage: Stage, state: BuildState
) -> None:
    [build] = stage.request()
    stage.move(build, *PATHS[state])

    with stage.read() as transaction:
        is_running = transaction.builds.running(stage.archive.id)

    assert is_running is (state in {S.BUILDING, S.UPLOADING})


def test_what_is_planned_is_found_by_the_build_before_it_and_is_unfinished(stage: Stage) -> None:
    [first, other] = stage.request(
        new_build(stage.hello_id)._replace(reach=Reach.VIEW),
        new_build(stage.hello_id, architecture="arm64"),
    )
    with stage.write() as transaction:
        transaction.builds.add(
            stage.archive.id,
            stage.suite.id,
            first.campaign_id,
            [new_build(stage.hello_id, rebuild_no=2)._replace(is_planned=True)],
            score=0,
            actor="andrea",
            at=NOW,
            why="to follow it",
            state=S.PLANNED,
        )
        found = transaction.builds.full_after([first.id, other.id])
        newest = transaction.builds.newest_of_sources(stage.archive.id)
        unfinished = transaction.builds.unfinished(stage.archive.id)
        of_sources = transaction.builds.unfinished_of_sources(stage.archive.id)

    [(before, planned)] = found
    assert (before, planned.state, planned.rebuild_no) == (first.id, S.PLANNED, 2)
    assert newest["hello"] == (1, first.id)
    assert planned in unfinished
    assert of_sources == {"hello": (other.id, 1)}  # one of them
    with pytest.raises(ConflictError, match="is not finished yet"):  # I2
        stage.move(planned, S.NEEDS_BUILD)
    stage.move(first, S.CANCELLED)
    started = stage.move(planned, S.NEEDS_BUILD)
    again = stage.move(started, S.PLANNED)
    assert (started.state, again.state, again.finished_at) == (S.NEEDS_BUILD, S.PLANNED, None)


def test_what_holds_the_publication_of_a_rebuild_is_named(stage: Stage) -> None:
    amd64, _ = stage.request(
        new_build(stage.hello_id), new_build(stage.hello_id, architecture="arm64")
    )
    stage.move(amd64, *PATHS[S.BUILT])
    [not_for_us] = stage.request(new_build(stage.hello_id, "world"))
    stage.move(not_for_us, S.NOT_FOR_US)

    with stage.read() as transaction:
        found = transaction.builds.unaccepted_siblings(stage.archive.id)

    assert found == {("hello", 1): "arm64"}


def test_the_versions_that_were_made_are_known_with_whether_they_were_built(stage: Stage) -> None:
    for number, state in ((1, S.BUILT), (2, S.BUILT), (3, S.FAILED)):
        [build] = stage.request(new_build(stage.hello_id, rebuild_no=number))
        stage.move(build, *PATHS[state])

    with stage.read() as transaction:
        versions = transaction.builds.made_versions(stage.archive.id)

    assert versions == [
        ("hello", "2.10-3", "2.10-3Xtrial1", True),
        ("hello", "2.10-3", "2.10-3Xtrial2", True),
        ("hello", "2.10-3", "2.10-3Xtrial3", False),
    ]


def test_the_newest_that_was_built_is_known_for_each_architecture(stage: Stage) -> None:
    for number, architecture, state in (
        (1, "amd64", S.BUILT),
        (1, "arm64", S.BUILT),
        (2, "amd64", S.BUILT),
        (2, "arm64", S.FAILED),
    ):
        [build] = stage.request(
            new_build(stage.hello_id, rebuild_no=number, architecture=architecture)
        )
        stage.move(build, *PATHS[state])

    with stage.read() as transaction:
        newest = transaction.builds.newest_built(stage.archive.id)

    assert newest == {
        ("hello", "2.10-3", "amd64"): "2.10-3Xtrial2",
        ("hello", "2.10-3", "arm64"): "2.10-3Xtrial1",
    }


def test_fates_are_set_and_found_and_leave_one_event(stage: Stage) -> None:
    first, second = stage.request(
        new_build(stage.hello_id), new_build(stage.hello_id, architecture="arm64")
    )
    with stage.write() as transaction:
        for _ in range(2):  # the second time it is so already
            transaction.builds.set_fate(
                {first.id: "it waits"}, Fate.PENDING, actor="vostok", at=later(3)
            )
        transaction.builds.set_fate({}, Fate.REPLACED, actor="vostok", at=later(4))
        events = transaction.builds.events(first.id)
        pending = transaction.builds.with_fate(stage.archive.id, Fate.PENDING)
        none = transaction.builds.with_fate(stage.archive.id, Fate.NONE)

    assert [build.id for build in pending] == [first.id]
    assert [build.id for build in none] == [second.id]
    assert [event.sentence for event in events] == ["requested", "it waits"]
    assert events[-1].state_after == first.state
    assert (events[-1].actor, events[-1].at) == ("vostok", later(3))


# Handing out -----------------------------------------------------------------------------------


def next_of(stage: Stage, *architectures: str) -> Build | None:
    with stage.write() as transaction:
        return transaction.builds.next_to_build(architectures)


def has_next(stage: Stage, *architectures: str) -> bool:
    """What a builder's question is answered by first, without a writing transaction."""
    with stage.read() as transaction:
        return transaction.builds.has_next(architectures)


def test_whether_there_is_work_can_be_asked_without_writing(stage: Stage) -> None:
    before = has_next(stage, "amd64")
    stage.request(new_build(stage.hello_id))

    assert (before, has_next(stage, "amd64"), has_next(stage, "arm64")) == (False, True, False)


def test_the_highest_score_comes_first_and_then_the_oldest(stage: Stage) -> None:
    stage.request(new_build(stage.add_source("low"), "low"), score=-100)
    older = stage.request(new_build(stage.add_source("high"), "high"), score=0)[0]
    stage.request(new_build(stage.add_source("younger"), "younger"), score=0)

    assert next_of(stage, "amd64") == older


def test_a_builder_gets_only_what_it_can_build(stage: Stage) -> None:
    stage.request(new_build(stage.hello_id, architecture="arm64"))
    independent = stage.request(new_build(stage.hello_id, "data", architecture="all"), score=-1)[0]

    assert next_of(stage, "riscv64") is None
    assert next_of(stage) is None
    assert next_of(stage, "amd64") == independent
    found = next_of(stage, "riscv64", "arm64", "amd64")
    assert found is not None
    assert found.architecture == "arm64"


def test_only_what_needs_a_build_is_handed_out(stage: Stage) -> None:
    builds = request_all_states(stage)
    architectures = [build.builder_architecture for build in builds.values()]

    waiting = next_of(stage, *architectures)
    stage.move(builds[S.NEEDS_BUILD], S.BUILDING)

    assert waiting == builds[S.NEEDS_BUILD]
    assert next_of(stage, *architectures) is None


@pytest.mark.parametrize("state", [CampaignState.PREPARING, CampaignState.FAILED])
def test_nothing_of_a_campaign_that_is_not_ready_is_handed_out(
    stage: Stage, state: CampaignState
) -> None:
    stage.request(state=state)

    assert next_of(stage, "amd64") is None


def test_nothing_of_an_archive_that_is_being_deleted_is_handed_out(stage: Stage) -> None:
    stage.request()
    with stage.write() as transaction:
        transaction.archives.set_state(stage.archive.id, ArchiveState.DELETING)

    assert next_of(stage, "amd64") is None


# Moving ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", list(PATHS))
def test_a_record_moves_exactly_as_the_table_allows(stage: Stage, before: BuildState) -> None:
    [build] = stage.request()
    build = stage.move(build, *PATHS[before])
    reached = set()

    for after in BuildState:
        with stage.database.engine.connect() as connection:
            builds = SqlTransaction(connection).builds
            try:
                moved = builds.move(build, after, actor="vostok", at=NOW)
            except ConflictError:
                continue
            assert moved.state is after
            reached.add(after)  # not committed: each tries from the same state

    assert reached == TRANSITIONS[before]
    assert stage.build(build.id) == build


def test_many_records_move_at_once_each_with_its_event(stage: Stage) -> None:
    builds = stage.request(
        new_build(stage.hello_id, architecture="amd64"),
        new_build(stage.hello_id, architecture="arm64"),
    )
    waiting = stage.move(builds[1], S.DEP_WAIT)

    with stage.write() as transaction:
        count = transaction.builds.move_all(
            [builds[0], waiting], S.CANCELLED, actor="ann", at=later(5), sentence="enough"
        )

    assert count == 2
    for build, before in ((builds[0], S.NEEDS_BUILD), (waiting, S.DEP_WAIT)):
        now = stage.build(build.id)
        with stage.read() as transaction:
            event = transaction.builds.events(build.id)[-1]
        assert (now.state, now.sentence, now.finished_at) == (S.CANCELLED, "enough", later(5))
        assert (event.at, event.actor, event.state_before, event.state_after, event.sentence) == (
            later(5), "ann", before, S.CANCELLED, "enough",
        )  # fmt: skip


def test_of_many_one_that_has_moved_meanwhile_stays_where_it_is(stage: Stage) -> None:
    builds = stage.request(
        new_build(stage.hello_id, architecture="amd64"),
        new_build(stage.hello_id, architecture="arm64"),
    )
    running, _ = stage.begin_attempt(builds[0])

    with stage.write() as transaction:
        count = transaction.builds.move_all(
            builds, S.CANCELLED, actor="ann", at=NOW, sentence="enough"
        )

    assert count == 1
    assert stage.build(running.id) == running
    assert stage.build(builds[1].id).state is S.CANCELLED


def test_of_many_none_moves_where_the_table_forbids_it(stage: Stage) -> None:
    [build] = stage.request()

    with stage.read() as transaction, pytest.raises(ConflictError):
        transaction.builds.move_all([build], S.BUILT, actor="ann", at=NOW, sentence="no")


def test_a_move_is_remembered_with_who_when_and_why(stage: Stage) -> None:
    [build] = stage.request()
    with stage.write() as transaction:
        moved = transaction.builds.move(
            build, S.BUILDING, actor="host-1", at=later(5), sentence="on host-1"
        )
        ended = transaction.builds.move(
            moved, S.FAILED, actor="vostok", at=later(9), fate=Fate.WITHDRAWN
        )

    with stage.read() as transaction:
        events = transaction.builds.events(build.id)
    assert (moved.sentence, moved.finished_at) == ("on host-1", None)
    assert (ended.sentence, ended.finished_at) == (STATE_SENTENCES[S.FAILED], later(9))
    assert (moved.fate, ended.fate) == (Fate.NONE, Fate.WITHDRAWN)
    assert [(e.at, e.actor, e.state_before, e.state_after, e.sentence) for e in events[1:]] == [
        (later(5), "host-1", S.NEEDS_BUILD, S.BUILDING, "on host-1"),
        (later(9), "vostok", S.BUILDING, S.FAILED, STATE_SENTENCES[S.FAILED]),
    ]


def test_a_retry_takes_the_end_away(stage: Stage) -> None:
    [build] = stage.request()

    failed = stage.move(build, S.BUILDING, S.FAILED)
    again = stage.move(failed, S.NEEDS_BUILD)

    assert failed.finished_at == NOW
    assert again.finished_at is None


def test_a_record_that_moved_since_it_was_read_does_not_move(stage: Stage) -> None:
    [stale] = stage.request()
    current = stage.move(stale, S.BUILDING)

    with pytest.raises(ConflictError, match="moved on from needs-build"):
        stage.move(stale, S.CANCELLED)

    assert stage.build(stale.id) == current
    with stage.read() as transaction:
        assert len(transaction.builds.events(stale.id)) == 2


def test_a_stale_attempt_does_not_move_the_record_of_a_newer_one(stage: Stage) -> None:
    [build] = stage.request()
    stale, _ = stage.begin_attempt(build)
    lost = stage.move(stale, S.NEEDS_BUILD)
    current, _ = stage.begin_attempt(lost, builder="host-2")

    with pytest.raises(ConflictError, match="moved on from building"):
        stage.move(stale, S.UPLOADING)

    assert (stale.state, stale.attempt, current.attempt) == (S.BUILDING, 1, 2)
    assert stage.build(build.id) == current


def test_a_refused_move_leaves_the_transaction_usable(stage: Stage) -> None:
    cancelled = stage.move(stage.request()[0], S.CANCELLED)
    stage.request(new_build(stage.hello_id, rebuild_no=2))

    with stage.write() as transaction:
        with pytest.raises(ConflictError, match="another build of hello for amd64"):
            transaction.builds.move(cancelled, S.NEEDS_BUILD, actor="v", at=NOW)
        transaction.archives.set_key(stage.archive.id, "0123456789ABCDEF")

    with stage.read() as transaction:
        assert transaction.archives.named("trial").key_fingerprint == "0123456789ABCDEF"


def test_builds_of_different_slots_live_beside_each_other(stage: Stage) -> None:
    stage.take_snapshot([new_source("hello", "2.10-4")], [])
    with stage.read() as transaction:
        [newer] = transaction.packages.sources_named(replace(stage.base, number=2), ["hello"])
    with stage.write() as transaction:
        other, other_suite = add_derived(transaction, "other", stage.parent_suite)
        campaign = add_campaign(transaction, other.id)
        transaction.builds.add(
            other.id, other_suite.id, campaign.id, [new_build(stage.hello_id)],
            score=0, actor="andrea", at=NOW, why="requested",
        )  # fmt: skip

    builds = stage.request(
        new_build(stage.hello_id),
        new_build(stage.hello_id, architecture="arm64"),
        new_build(newer.id, source_version="2.10-4", rebuild_no=2),
    )

    assert {build.state for build in builds} == {S.NEEDS_BUILD}
    assert len(builds) == 3
