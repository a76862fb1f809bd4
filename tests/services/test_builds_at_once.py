"""Requests, retries, cancels, claims, syncs and ends of builds at the same moment."""

import threading

import pytest
from tests.adapters.database.race import SECONDS_MAX, outcomes_at_once
from tests.services.build_machine import NAME, BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR, EDITION_SECONDS, Installation
from tests.services.test_profiles import again, asked
from tests.services.test_uploading_at_once import parents_hello_moves

from vostok.domain.attempt import Outcome
from vostok.domain.build import LIVE_STATES, Build, BuildState, Fate
from vostok.domain.build_change import BuildChange
from vostok.domain.builder import BuilderState
from vostok.errors import ConflictError, GoneError
from vostok.services.building.build_changes import BuildChoice
from vostok.services.building.builders import BuilderService
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.rebuilding.requests import Requested

S = BuildState
WAIT_SECONDS = 0.3
"""In which a thread that can go on does so."""


@pytest.fixture(
    params=["derived", pytest.param("derived_on_postgresql", marks=pytest.mark.database)]
)
def world(request: pytest.FixtureRequest) -> Installation:
    """`trial` on SQLite, and on PostgreSQL, where writers run beside each other."""
    found: Installation = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def builder(world: Installation) -> BuildMachine:
    return BuildMachine(world)


def has_row_locks(world: Installation) -> bool:
    return world.database.engine.dialect.name == "postgresql"


def request(world: Installation, selection: str) -> Requested:
    return world.rebuilding.request(
        ADMINISTRATOR, RebuildRequest(archive="trial", selection=selection, reason="a race")
    )


def failed(world: Installation, builder: BuildMachine) -> Build:
    """A build of hello that failed."""
    world.rebuild("hello")
    builder.report(builder.claim(), Outcome.FAILED)
    world.engine.run_all()
    return world.build("hello")


def steps_of(world: Installation, build: Build) -> list[str]:
    with world.database.read() as transaction:
        return [event.state_after for event in transaction.builds.events(build.id)]


def refusals(outcomes: list[object]) -> list[str | None]:
    """The codes of what was refused; anything else that was raised fails the test."""
    raised = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(error, ConflictError) for error in raised), raised
    return [error.reason for error in raised if isinstance(error, ConflictError)]


def test_of_equal_requests_one_makes_the_campaign_and_the_others_join(
    world: Installation,
) -> None:
    outcomes = outcomes_at_once([lambda: request(world, "hello,only")] * 4)

    found = [outcome for outcome in outcomes if isinstance(outcome, Requested)]
    assert len(found) == 4, outcomes
    assert sorted(each.is_joined for each in found) == [False, True, True, True]
    assert {each.campaign.number for each in found} == {1}


def test_of_requests_that_overlap_each_source_is_built_once(world: Installation) -> None:
    outcomes = outcomes_at_once(
        [lambda: request(world, "hello,only"), lambda: request(world, "only,static")]
    )

    assert refusals(list(outcomes)) == []
    with world.database.read() as transaction:
        builds = transaction.builds.unfinished(world.archive().id)
    assert sorted(build.source for build in builds) == ["hello", "only", "static"]
    assert {build.rebuild_no for build in builds} == {1}


def test_a_build_is_claimed_once(world: Installation) -> None:
    world.rebuild("hello")
    machines = [BuildMachine(world, name=f"host-{number}") for number in range(3)]

    outcomes = outcomes_at_once([machine.find_claim for machine in machines])

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    assert len([claim for claim in outcomes if claim is not None]) == 1
    assert steps_of(world, world.build("hello")).count("building") == 1


def test_a_failed_build_is_retried_once(world: Installation, builder: BuildMachine) -> None:
    build = failed(world, builder)

    outcomes = outcomes_at_once([lambda: world.builds.retry(ADMINISTRATOR, build.id)] * 3)

    assert refusals(list(outcomes)) == ["wrong-state"] * 2
    assert steps_of(world, build).count("needs-build") == 2
    assert world.build("hello").state is S.NEEDS_BUILD


def test_a_retry_and_a_request_leave_one_live_build(
    world: Installation, builder: BuildMachine
) -> None:
    build = failed(world, builder)

    outcomes = outcomes_at_once(
        [lambda: world.builds.retry(ADMINISTRATOR, build.id), lambda: request(world, "hello")]
    )

    assert len(refusals(list(outcomes))) == 1, outcomes
    with world.database.read() as transaction:
        builds = transaction.builds.of_source(world.archive().id, "hello")
    assert len([each for each in builds if each.state in LIVE_STATES]) == 1


def test_a_retry_while_the_build_is_being_cancelled_waits_for_nothing_and_loses_nothing(
    world: Installation, builder: BuildMachine
) -> None:
    world.rebuild("hello")
    claim = builder.claim()
    world.builds.cancel(ADMINISTRATOR, claim.build_id)
    builder.report(claim, Outcome.CANCELLED)

    _, retried = outcomes_at_once(
        [
            lambda: world.settling.settle(claim.attempt_id, "result"),
            lambda: world.builds.retry(ADMINISTRATOR, claim.build_id),
        ]
    )

    build = world.build("hello")
    if isinstance(retried, Exception):
        assert isinstance(retried, ConflictError)
        assert build.state is S.CANCELLED
        world.builds.retry(ADMINISTRATOR, build.id)
    assert steps_of(world, build)[-2:] == ["cancelled", "needs-build"]
    assert builder.claim().attempt == 2


def test_a_cancel_beside_the_end_of_the_build_is_one_or_the_other(
    world: Installation, builder: BuildMachine
) -> None:
    world.rebuild("hello")
    claim = builder.claim()
    builder.send(claim, upload_for(claim).files)

    outcomes = outcomes_at_once(
        [
            lambda: builder.report(claim),
            lambda: world.builds.cancel(ADMINISTRATOR, claim.build_id),
        ]
    )
    world.engine.run_all()

    build = world.build("hello")
    ends = {True: S.BUILT, False: S.CANCELLED}
    assert build.state is ends[isinstance(outcomes[1], ConflictError)], outcomes
    assert outcomes[0] is None or isinstance(outcomes[0], ConflictError)


def test_a_sync_beside_the_end_of_a_build_shows_nothing_of_the_old_version(
    world: Installation, builder: BuildMachine
) -> None:
    world.rebuild("hello")
    claim = builder.claim()
    builder.send(claim, upload_for(claim).files)
    parents_hello_moves(world)
    job = world.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", moves=True))

    outcomes = outcomes_at_once([lambda: builder.report(claim), lambda: world.done(job)])
    world.engine.run_all()
    world.publish()

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    build = world.build("hello")
    assert (build.state, build.fate) in {
        (S.BUILT, Fate.REPLACED), (S.SUPERSEDED, Fate.NONE),
    }  # fmt: skip
    shown = world.plain_index("trial", "main/binary-amd64/Packages").decode()
    assert build.version not in shown


def test_a_retry_under_a_profile_beside_a_claim_of_the_full_build_leaves_one_of_them(
    world: Installation, builder: BuildMachine
) -> None:
    first, full = asked(world)
    builder.report(builder.claim(), Outcome.FAILED)
    world.engine.run_all()

    outcomes = outcomes_at_once(
        [lambda: world.builds.retry(ADMINISTRATOR, first.id), builder.find_claim]
    )

    states = (again(world, first).state, again(world, full).state)
    assert states in {
        (S.FAILED, S.BUILDING), (S.NEEDS_BUILD, S.PLANNED), (S.BUILDING, S.PLANNED),
    }, outcomes  # fmt: skip
    refusals(list(outcomes))


def test_a_claim_that_waits_for_a_suite_holds_no_build_of_it(
    world: Installation, builder: BuildMachine
) -> None:
    world.rebuild("only")
    world.rebuild("hello")
    builder.build_next()  # what it made waits for the next edition
    world.clock.advance(EDITION_SECONDS)
    suite, archive = world.suite(), world.archive()
    outcomes: list[object] = []
    claimer = threading.Thread(target=lambda: outcomes.append(builder.find_claim()), daemon=True)

    with world.database.write() as transaction:
        transaction.deltas.lock(suite.id)  # as whoever syncs or uploads
        claimer.start()
        claimer.join(WAIT_SECONDS)
        is_waiting = claimer.is_alive()
        world.builds.supersede(transaction, archive.id, {"hello"}, actor="ann", reason="a sync")
    claimer.join(SECONDS_MAX)

    assert (is_waiting, outcomes) == (True, [None])
    assert world.build("hello").state is S.SUPERSEDED
    assert world.suite().edition == suite.edition + (1 if has_row_locks(world) else 0)


def test_a_removed_builder_beside_its_report_loses_no_verdict(
    world: Installation, builder: BuildMachine
) -> None:
    world.rebuild("hello")
    claim = builder.claim()
    builders = BuilderService(world.database, world.engine, world.clock)

    outcomes = outcomes_at_once(
        [
            lambda: builders.remove(ADMINISTRATOR, NAME, "it was returned"),
            lambda: builder.report(claim, Outcome.FAILED, "foo.c:1: error"),
        ]
    )
    world.engine.run_all()

    removed, reported = outcomes
    assert not isinstance(removed, Exception), removed
    assert reported is None or isinstance(reported, GoneError)
    assert steps_of(world, world.build("hello"))[-1] in {S.FAILED, S.NEEDS_BUILD}
    assert builders.one(ADMINISTRATOR, NAME).builder.state is BuilderState.REMOVED


def test_builders_are_removed_beside_a_sync_that_overtakes_what_they_build(
    world: Installation, builder: BuildMachine
) -> None:
    world.rebuild("hello,only,static")
    claims = [builder.claim() for _ in range(3)]
    builders = BuilderService(world.database, world.engine, world.clock)
    job = world.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", selection="libfoo"))

    outcomes = outcomes_at_once(
        [
            lambda: builders.remove(ADMINISTRATOR, NAME, "it was returned"),
            lambda: world.done(job),
        ]
    )
    world.engine.run_all()

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    ends = {world.build(claim.source.name).state for claim in claims}
    assert ends == {S.SUPERSEDED}


def test_two_changes_of_all_builds_at_once_change_each_once(
    world: Installation, builder: BuildMachine
) -> None:
    build = failed(world, builder)
    choice = BuildChoice(archive="trial", campaign=1)

    outcomes = outcomes_at_once(
        [
            lambda: world.build_changes.retry(ADMINISTRATOR, choice),
            lambda: world.build_changes.retry(ADMINISTRATOR, choice),
        ]
    )

    refusals(list(outcomes))
    assert steps_of(world, build).count("needs-build") == 2
    planned = world.build_changes.plan(ADMINISTRATOR, BuildChange.RETRY, choice)
    assert (planned.changed, planned.left_alone) == ([], 1)
