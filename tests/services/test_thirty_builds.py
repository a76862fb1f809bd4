"""Builds of all kinds, and what the events of all of them have in common."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, LEASE_SECONDS, Installation
from tests.services.signed_upload import Uploader, local
from tests.services.test_profiles import STAGE1, again, asked

from vostok.domain.attempt import Outcome
from vostok.domain.build import CAUSES, RESERVED, Build, BuildEvent, BuildState
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.syncing import SyncRequest

S = BuildState
MADE = {(before, after) for before, causes in CAUSES.items() for after in causes} - RESERVED
OF_NO_CHANGE_SOURCES = {
    (before, after) for before in (S.PLANNED, S.NEEDS_BUILD)
    for after in (S.FAILED, S.SOURCE_UNAVAILABLE)
}  # fmt: skip
"""Made where such sources cannot be made: in `test_no_change_requests`."""
LEAST = 30


def tried(world: Installation, machine: BuildMachine, outcome: Outcome) -> Build:
    """The next build, after an attempt that ended so; built, but without files, for `built`."""
    claim = machine.claim()
    machine.report(claim, outcome, "it is so")
    world.engine.run_all()
    with world.database.read() as transaction:
        return transaction.builds.by_id(claim.build_id)


def every_failure_is_retried_and_built(world: Installation, machine: BuildMachine) -> None:
    world.rebuild("hello")
    for outcome in (
        Outcome.FAILED, Outcome.BD_UNINSTALLABLE, Outcome.CHROOT_PROBLEM,
        Outcome.SOURCE_UNAVAILABLE, Outcome.BUILT,
    ):  # fmt: skip
        build = tried(world, machine, outcome)
        world.builds.retry(ADMINISTRATOR, build.id, reason="it is mended")
    world.builds.cancel(ADMINISTRATOR, build.id)
    world.builds.retry(ADMINISTRATOR, build.id)
    machine.build_next()
    world.publish()


def what_never_had_a_verdict_is_tried_again_and_given_up(
    world: Installation, machine: BuildMachine
) -> None:
    world.rebuild("only")
    tried(world, machine, Outcome.BUILDER_PROBLEM)
    machine.claim()
    world.clock.advance(LEASE_SECONDS + 1)
    world.builds.sweep()
    world.engine.run_all()
    assert tried(world, machine, Outcome.BUILDER_PROBLEM).state is S.FAILED


def what_stopped_without_a_verdict_is_cancelled(
    world: Installation, machine: BuildMachine
) -> None:
    world.rebuild("hello,only,static")
    for outcome in (Outcome.BD_UNINSTALLABLE, Outcome.CHROOT_PROBLEM, Outcome.SOURCE_UNAVAILABLE):
        world.builds.cancel(ADMINISTRATOR, tried(world, machine, outcome).id, reason="enough")


def what_is_built_is_stopped(world: Installation, machine: BuildMachine) -> None:
    world.rebuild("hello,only")
    claim = machine.claim()
    world.build_changes.rescore(ADMINISTRATOR, BuildChoice(archive="trial", campaign=1), 9)
    choice = BuildChoice(archive="trial", selection="hello,only")
    world.build_changes.cancel(ADMINISTRATOR, choice, reason="wrong flags")
    machine.report(claim, Outcome.CANCELLED, "stopped")
    world.engine.run_all()


def full_builds_follow_again(world: Installation, machine: BuildMachine) -> None:
    """From each state that the full build can have when the one before it is retried."""
    for outcome in (
        None, Outcome.FAILED, Outcome.BD_UNINSTALLABLE, Outcome.CHROOT_PROBLEM,
        Outcome.SOURCE_UNAVAILABLE, Outcome.BUILT,
    ):  # fmt: skip
        first, full = asked(world)
        tried(world, machine, Outcome.FAILED)
        if outcome is not None:
            tried(world, machine, outcome)
        world.builds.retry(ADMINISTRATOR, first.id)
        machine.build_next()
        machine.build_next()
        world.publish()
        assert again(world, full).state is S.BUILT
    first, full = asked(world)
    world.builds.cancel(ADMINISTRATOR, first.id)
    world.builds.retry(ADMINISTRATOR, first.id)
    assert again(world, full).state is S.PLANNED
    world.builds.cancel(ADMINISTRATOR, first.id)


def what_is_overtaken_is_superseded(world: Installation, machine: BuildMachine) -> None:
    asked(world, replace(STAGE1, selection="static"))
    tried(world, machine, Outcome.CHROOT_PROBLEM)
    world.rebuild("only")
    claim = machine.claim()
    for source in ("static", "only"):
        removal = SyncRequest(archive="trial", remove=source)
        world.done(world.syncing.request(ADMINISTRATOR, removal))
    machine.report(claim, Outcome.CANCELLED, "stopped")
    world.engine.run_all()
    world.rebuild("hello")
    Uploader(world).upload(local())
    machine.build_all()
    world.publish()


def what_was_built_is_rebuilt(world: Installation, machine: BuildMachine) -> None:
    for _ in range(2):
        world.rebuild("libfoo,indep,ownversion")
        machine.build_all()
        world.publish()


SCENES: tuple[Callable[[Installation, BuildMachine], None], ...] = (
    every_failure_is_retried_and_built,
    what_never_had_a_verdict_is_tried_again_and_given_up,
    what_stopped_without_a_verdict_is_cancelled,
    what_is_built_is_stopped,
    full_builds_follow_again,
    what_was_built_is_rebuilt,
    what_is_overtaken_is_superseded,
)


def events_of_all(world: Installation) -> dict[int, list[BuildEvent]]:
    with world.database.read() as transaction:
        builds = transaction.builds.chosen(
            world.archive().id, ids=None, states=[], campaign=None, sources=None
        )
        return {build.id: transaction.builds.events(build.id) for build in builds}


def test_builds_walk_every_arrow_of_the_table_and_each_event_says_who_and_why(
    derived: Installation, machine: BuildMachine
) -> None:
    for scene in SCENES:
        scene(derived, machine)

    found = events_of_all(derived)

    steps = {
        (BuildState(event.state_before), BuildState(event.state_after))
        for events in found.values()
        for event in events
        if event.state_before not in ("", event.state_after)
    }
    assert len(found) >= LEAST
    assert steps == MADE - OF_NO_CHANGE_SOURCES
    for events in found.values():
        first, *_ = events
        assert (first.state_before, first.actor) in {("", "ann"), ("", "richard")}
        assert all(event.actor and event.sentence for event in events)
        assert all(one.state_after == next_.state_before for one, next_ in pairwise(events))
        assert all(one.at <= next_.at for one, next_ in pairwise(events))
        assert all(
            (one.state_after, one.sentence) != (next_.state_after, next_.sentence)
            for one, next_ in pairwise(events)
        )
