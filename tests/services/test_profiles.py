"""Builds under profiles: for builds to see, never for clients, and followed by full ones."""

import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.test_events import told

from vostok.domain.attempt import Outcome
from vostok.domain.build import Build, BuildState, Fate, Reach, RebuildForm
from vostok.domain.build_change import BuildChange
from vostok.domain.rebuild_form import FormChoice
from vostok.domain.rebuild_request import SourceTests
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.domain.toolchain import parse_spec
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.building.build_changes import BuildChoice
from vostok.services.rebuilding.planning import RebuildRequest

STAGE1 = RebuildRequest(
    archive="trial", selection="hello", reason="a loop", build_profiles=["stage1", "nocheck"]
)


def asked(world: Installation, request: RebuildRequest = STAGE1) -> tuple[Build, Build]:
    """The build under the profile and the full one after it."""
    campaign, job, _ = world.rebuilding.request(ADMINISTRATOR, request)
    world.done(job)
    by_number = sorted(world.builds_of(campaign), key=lambda build: build.rebuild_no)
    first, second = by_number
    return first, second


def again(world: Installation, build: Build) -> Build:
    with world.database.read() as transaction:
        return transaction.builds.by_id(build.id)


def is_above(higher: str, lower: str) -> bool:
    done = subprocess.run(
        ["/usr/bin/dpkg", "--compare-versions", higher, "gt", lower], check=False, timeout=10
    )
    return done.returncode == 0


def test_a_build_under_a_profile_is_followed_by_its_full_one(
    derived: Installation, machine: BuildMachine
) -> None:
    first, full = asked(derived)

    assert (first.state, first.reach) == (BuildState.NEEDS_BUILD, Reach.VIEW)
    assert (full.state, full.reach) == (BuildState.PLANNED, Reach.PUBLICATION)
    assert full.rebuild_no == first.rebuild_no + 1
    assert is_above(full.version, first.version)
    claim = machine.claim()
    assert claim.build_id == first.id
    assert (claim.build_profiles, claim.build_options) == (("stage1", "nocheck"), ("nocheck",))
    assert machine.find_claim() is None


@pytest.mark.parametrize("scheme", sorted(set(VersionScheme) - {VersionScheme.SAME}))
@pytest.mark.parametrize("form", [FormChoice.BINARY_ONLY, FormChoice.SOURCE])
def test_under_every_scheme_the_full_version_is_above_that_of_the_profile(
    derived: Installation, scheme: VersionScheme, form: FormChoice
) -> None:
    with derived.database.write() as transaction:
        archive = transaction.archives.named("trial")
        vendor = "acme" if scheme is VersionScheme.VENDOR else ""
        transaction.archives.set_scheme(archive.id, scheme=scheme, vendor=vendor)
        parent = transaction.archives.named("debian")
        transaction.archives.set_makes_binnmus(parent.id, makes_binnmus=False)

    plan = derived.rebuilding.plan(ADMINISTRATOR, replace(STAGE1, form=form))

    assert not plan.refused
    first, full = plan.accepted
    assert is_above(full.version, first.version)
    assert (first.is_planned, full.is_planned) == (False, True)


def test_clients_see_nothing_of_it_and_then_the_full_one(
    derived: Installation, machine: BuildMachine
) -> None:
    first, full = asked(derived)
    index = "main/binary-amd64/Packages"
    before = derived.plain_index("trial", index)

    machine.build_next()
    derived.publish()

    assert derived.plain_index("trial", index) == before
    assert (again(derived, first).state, again(derived, first).fate) == (
        BuildState.BUILT, Fate.NONE,
    )  # fmt: skip
    assert told(derived, first)[0][-1] == (
        "requested in campaign 1, under a profile, with a full build to follow: a loop"
    )
    assert told(derived, full)[-1] == (
        "vostok",
        "needs-build",
        f"build {first.id}, under a profile, was built, so that this one can start",
    )
    claim = machine.build_next()
    derived.publish()
    assert (claim.build_id, claim.build_profiles) == (full.id, ("nocheck",))
    shown = derived.plain_index("trial", index).decode()
    assert f"Version: {full.version}\n" in shown
    assert first.version not in shown
    assert again(derived, full).fate is Fate.PUBLISHED


def test_no_change_sources_are_made_for_both(derived: Installation) -> None:
    first, full = asked(derived, replace(STAGE1, form=FormChoice.SOURCE))

    assert {first.form, full.form} == {RebuildForm.SOURCE}
    assert first.new_source_id is not None
    assert full.new_source_id not in (None, first.new_source_id)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.BD_UNINSTALLABLE])
def test_the_full_build_starts_also_when_the_one_before_it_fails(
    derived: Installation, machine: BuildMachine, outcome: Outcome
) -> None:
    first, full = asked(derived)
    machine.report(machine.claim(), outcome, "no")
    derived.engine.run_all()

    state = again(derived, first).state
    assert told(derived, full)[-1] == (
        "vostok",
        "needs-build",
        f"build {first.id}, under a profile, ended as {state}; this one is wanted anyway",
    )
    assert machine.build_next().build_id == full.id
    assert again(derived, full).state is BuildState.BUILT
    with pytest.raises(ConflictError, match="build 1 was followed by rebuild 2"):
        derived.builds.retry(ADMINISTRATOR, first.id)


def full_waits(_: Installation, _machine: BuildMachine, _full: Build) -> None:
    """Nobody has taken the full build yet."""


def full_fails(world: Installation, machine: BuildMachine, _: Build) -> None:
    machine.report(machine.claim(), Outcome.BD_UNINSTALLABLE, "no libloop-dev")
    world.engine.run_all()


def full_is_cancelled(world: Installation, _: BuildMachine, full: Build) -> None:
    world.builds.cancel(ADMINISTRATOR, full.id)


@pytest.mark.parametrize("then", [full_waits, full_fails, full_is_cancelled])
def test_a_failed_build_under_a_profile_is_retried_and_its_full_one_follows_again(
    derived: Installation,
    machine: BuildMachine,
    then: Callable[[Installation, BuildMachine, Build], None],
) -> None:
    first, full = asked(derived)
    machine.report(machine.claim(), Outcome.FAILED, "no")
    derived.engine.run_all()
    then(derived, machine, full)

    derived.builds.retry(ADMINISTRATOR, first.id, reason="a bug is mended")

    assert again(derived, first).state is BuildState.NEEDS_BUILD
    assert (again(derived, full).state, again(derived, full).finished_at) == (
        BuildState.PLANNED, None,
    )  # fmt: skip
    assert told(derived, full)[-1] == (
        "ann",
        "planned",
        "ann retried the build under a profile before it: a bug is mended",
    )
    assert [machine.build_next().build_id for _ in range(2)] == [first.id, full.id]
    assert again(derived, full).state is BuildState.BUILT


def test_a_build_under_a_profile_waits_while_its_full_one_is_being_built(
    derived: Installation, machine: BuildMachine
) -> None:
    first, full = asked(derived)
    machine.report(machine.claim(), Outcome.FAILED, "no")
    derived.engine.run_all()
    claim = machine.claim()

    with pytest.raises(ConflictError, match="is not finished yet") as caught:
        derived.builds.retry(ADMINISTRATOR, first.id)

    assert (claim.build_id, caught.value.reason) == (full.id, "already-building")


def test_the_failures_of_a_campaign_are_retried_with_the_profile_first(
    derived: Installation, machine: BuildMachine
) -> None:
    first, full = asked(derived)
    for _ in range(2):
        machine.report(machine.claim(), Outcome.FAILED, "no")
        derived.engine.run_all()
    choice = BuildChoice(archive="trial", campaign=1)

    planned = derived.build_changes.plan(ADMINISTRATOR, BuildChange.RETRY, choice)
    done = derived.build_changes.retry(ADMINISTRATOR, choice)

    assert planned == done
    assert ([build.id for build in done.changed], done.refused) == ([first.id, full.id], [])
    assert [again(derived, build).state for build in (first, full)] == [
        BuildState.NEEDS_BUILD, BuildState.PLANNED,
    ]  # fmt: skip


def test_the_full_build_starts_when_what_the_one_before_it_made_is_refused(
    derived: Installation, machine: BuildMachine
) -> None:
    first, full = asked(derived)
    machine.report(machine.claim())  # without any file
    derived.engine.run_all()

    assert again(derived, first).state is BuildState.FAILED_TO_UPLOAD
    assert again(derived, full).state is BuildState.NEEDS_BUILD


def test_the_full_build_starts_when_judging_the_one_before_it_ran_into_a_fault(
    derived: Installation, machine: BuildMachine
) -> None:
    first, full = asked(derived)
    claim = machine.claim()
    machine.report(claim)

    derived.settling.crash(claim.attempt_id, "ValueError: a bug")

    assert again(derived, first).state is BuildState.FAILED_TO_UPLOAD
    assert again(derived, full).state is BuildState.NEEDS_BUILD
    derived.engine.run_all()
    assert again(derived, first).state is BuildState.FAILED_TO_UPLOAD


def test_what_follows_stays_planned_when_the_build_before_it_had_no_chroot(
    derived: Installation, machine: BuildMachine
) -> None:
    first, full = asked(derived)
    machine.report(machine.claim(), Outcome.CHROOT_PROBLEM, "no chroot")
    derived.engine.run_all()

    assert again(derived, full).state is BuildState.PLANNED
    assert machine.find_claim() is None
    derived.builds.retry(ADMINISTRATOR, first.id)
    machine.build_next()
    assert again(derived, full).state is BuildState.NEEDS_BUILD


def test_cancelling_the_first_ends_what_follows_and_says_so(derived: Installation) -> None:
    first, full = asked(derived)

    derived.builds.cancel(ADMINISTRATOR, first.id)

    assert told(derived, full)[-1] == (
        "vostok",
        "cancelled",
        f"build {first.id}, under a profile, is cancelled: ann cancelled it",
    )


def test_a_campaign_is_cancelled_with_what_it_plans(derived: Installation) -> None:
    first, full = asked(derived)

    derived.build_changes.cancel(ADMINISTRATOR, BuildChoice(archive="trial", campaign=1))

    assert {again(derived, build).state for build in (first, full)} == {BuildState.CANCELLED}


def test_a_later_request_takes_the_place_of_what_was_planned(
    derived: Installation, machine: BuildMachine
) -> None:
    _, full = asked(derived)
    machine.report(machine.claim(), Outcome.CHROOT_PROBLEM, "no")
    derived.engine.run_all()

    derived.rebuild("hello")

    assert again(derived, full).state is BuildState.SUPERSEDED
    assert derived.build("hello").rebuild_no == full.rebuild_no + 1


def test_a_profile_of_the_toolchain_counts_as_one_of_the_request(
    derived: Installation, machine: BuildMachine
) -> None:
    spec = parse_spec(build_profiles=["nodoc"])
    derived.toolchains.create(ADMINISTRATOR, "plain", spec)
    request = replace(STAGE1, build_profiles=[], toolchain="plain")

    first, full = asked(derived, request)

    assert (first.reach, full.state) == (Reach.VIEW, BuildState.PLANNED)
    assert machine.claim().build_options == ("nodoc",)


def test_without_tests_packages_are_the_same_and_are_published(derived: Installation) -> None:
    request = replace(STAGE1, build_profiles=["nocheck"], build_options=["parallel=2"])

    plan = derived.rebuilding.plan(ADMINISTRATOR, request)

    assert [build.reach for build in plan.accepted] == [Reach.PUBLICATION]
    assert request.document()["build_options"] == ["parallel=2"]


def test_tests_and_no_tests_at_once_are_refused(derived: Installation) -> None:
    with pytest.raises(InvalidInputError, match="tests are asked for, and nocheck too"):
        derived.rebuilding.plan(ADMINISTRATOR, replace(STAGE1, tests=SourceTests.ON))
