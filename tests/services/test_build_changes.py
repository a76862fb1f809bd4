"""Retry, cancel and rescore of many builds: by id, state, selection and campaign."""

from collections.abc import Sequence

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation

from vostok.domain.archive import RebuildPolicy
from vostok.domain.attempt import Outcome
from vostok.domain.build import Build, BuildState
from vostok.domain.build_change import SCORE_MAX, BuildChange, RefusedBuild
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.syncing import SyncRequest

SEVERAL = "hello,only,static,libfoo"


def fail(world: Installation, machine: BuildMachine, selection: str = SEVERAL) -> None:
    """A campaign all of whose builds fail."""
    world.rebuild(selection)
    while (claim := machine.find_claim()) is not None:
        machine.report(claim, Outcome.FAILED)
        world.engine.run_all()


def sources(builds: Sequence[Build]) -> set[str]:
    return {build.source for build in builds}


def codes(refused: Sequence[RefusedBuild]) -> dict[str, str]:
    return {item.build.source: item.code for item in refused}


def last_event(world: Installation, build: Build) -> tuple[str, str]:
    with world.database.read() as transaction:
        event = transaction.builds.events(build.id)[-1]
    return event.actor, event.sentence


def test_the_failures_of_a_campaign_are_retried_together(
    derived: Installation, machine: BuildMachine
) -> None:
    fail(derived, machine)

    retried = derived.build_changes.retry(ADMINISTRATOR, BuildChoice(archive="trial", campaign=1))

    assert sources(retried.changed) == {"hello", "only", "static", "libfoo"}
    assert not retried.refused
    assert derived.build("only").state is BuildState.NEEDS_BUILD
    assert last_event(derived, derived.build("only")) == (
        "ann",
        "ann retried it, with all of campaign 1, in the newest edition of the view (0 as yet)",
    )
    assert machine.claim().attempt == 2


def test_a_dry_run_says_the_same_and_changes_nothing(
    derived: Installation, machine: BuildMachine
) -> None:
    fail(derived, machine)
    choice = BuildChoice(archive="trial", states=[BuildState.FAILED], selection="lib*")

    planned = derived.build_changes.plan(ADMINISTRATOR, BuildChange.RETRY, choice)
    before = derived.build("libfoo").state
    done = derived.build_changes.retry(ADMINISTRATOR, choice)

    assert planned == done
    assert before is BuildState.FAILED
    assert sources(done.changed) == {"libfoo"}


def test_builds_named_by_id_that_cannot_be_retried_are_refused_with_a_code(
    derived: Installation, machine: BuildMachine
) -> None:
    fail(derived, machine, "hello,only")
    derived.rebuild("hello")
    first, second = derived.build("only"), derived.build("hello")
    with derived.database.read() as transaction:
        old = transaction.builds.of_slot(derived.archive().id, "hello", "amd64")[-1]

    done = derived.build_changes.retry(
        ADMINISTRATOR, BuildChoice(archive="trial", ids=[first.id, second.id, old.id])
    )

    assert sources(done.changed) == {"only"}
    assert {item.build.id: item.code for item in done.refused} == {
        second.id: "wrong-state",
        old.id: "followed",
    }


def test_what_a_campaign_has_in_other_states_is_only_counted(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild(SEVERAL)
    machine.report(machine.claim(), Outcome.FAILED)
    derived.engine.run_all()

    done = derived.build_changes.retry(ADMINISTRATOR, BuildChoice(archive="trial", campaign=1))

    assert len(done.changed) == 1
    assert not done.refused
    assert done.left_alone == 3


def test_sources_that_are_not_there_any_more_are_not_retried(
    derived: Installation, machine: BuildMachine
) -> None:
    fail(derived, machine, "hello,only")
    derived.done(
        derived.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="hello"))
    )

    done = derived.build_changes.retry(ADMINISTRATOR, BuildChoice(archive="trial", campaign=1))

    assert sources(done.changed) == {"only"}
    assert codes(done.refused) == {"hello": "not-current"}


def test_builds_are_chosen_by_architecture_and_by_a_part_of_the_name(
    derived: Installation, machine: BuildMachine
) -> None:
    fail(derived, machine)

    def chosen(architecture: str | None, text: str) -> set[str]:
        choice = BuildChoice(archive="trial", campaign=1, architecture=architecture, text=text)
        return sources(
            derived.build_changes.plan(ADMINISTRATOR, BuildChange.RETRY, choice).changed
        )

    assert chosen("amd64", "L") == {"hello", "only", "libfoo"}
    assert chosen(None, "foo") == {"libfoo"}
    assert chosen("vax", "") == set()


def test_a_policy_against_rebuilds_forbids_no_retry(
    derived: Installation, machine: BuildMachine
) -> None:
    fail(derived, machine, "hello")
    derived.set(policy=RebuildPolicy.NEVER)

    with pytest.raises(ConflictError, match="allows no rebuilds: it is never") as caught:
        derived.rebuild("only")
    retried = derived.builds.retry(ADMINISTRATOR, derived.build("hello").id)

    assert caught.value.reason == "policy-never"
    assert retried.state is BuildState.NEEDS_BUILD


def test_a_campaign_that_is_not_there_is_said(derived: Installation) -> None:
    with pytest.raises(NotFoundError, match="no campaign 99"):
        derived.build_changes.retry(ADMINISTRATOR, BuildChoice(archive="trial", campaign=99))


def test_a_campaign_is_cancelled_with_what_is_running(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild(SEVERAL)
    running = machine.claim()

    done = derived.build_changes.cancel(ADMINISTRATOR, BuildChoice(archive="trial", campaign=1))

    states = {
        build.source: build.state for build in map(derived.build, ["hello", "only", "static"])
    }
    assert len(done.changed) == 4
    assert states.pop(running.source.name, BuildState.CANCELLING) is BuildState.CANCELLING
    assert set(states.values()) == {BuildState.CANCELLED}
    assert last_event(derived, derived.build("static")) == (
        "ann",
        "ann cancelled it, with all of campaign 1",
    )


def test_a_higher_score_is_built_first(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild(SEVERAL)

    done = derived.build_changes.rescore(
        ADMINISTRATOR, BuildChoice(archive="trial", selection="static"), 50
    )

    assert sources(done.changed) == {"static"}
    assert machine.claim().source.name == "static"


def test_what_has_ended_for_good_is_not_rescored(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    machine.build_all()

    done = derived.build_changes.rescore(
        ADMINISTRATOR, BuildChoice(archive="trial", ids=[derived.build("hello").id]), 50
    )

    assert codes(done.refused) == {"hello": "wrong-state"}
    assert derived.build("hello").score == -100


def test_builds_must_be_named_and_scores_have_a_bound(derived: Installation) -> None:
    with pytest.raises(InvalidInputError, match="no builds are named"):
        derived.build_changes.cancel(ADMINISTRATOR, BuildChoice(archive="trial"))
    with pytest.raises(InvalidInputError, match="not between"):
        derived.build_changes.rescore(
            ADMINISTRATOR, BuildChoice(archive="trial", selection="all"), SCORE_MAX + 1
        )


def test_builders_change_nothing(derived: Installation) -> None:
    choice = BuildChoice(archive="trial", selection="all")

    for change in BuildChange:
        with pytest.raises(NotAllowedError):
            derived.build_changes.plan(BUILDER, change, choice)
