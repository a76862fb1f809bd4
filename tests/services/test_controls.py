"""Failures built again with the parent's toolchain: what they see, say, and leave behind."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.builders import new_build
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.parent import INDEP

from vostok.domain.attempt import Claim, Outcome
from vostok.domain.build import Build, BuildState, Fate, Part, Reach, RebuildForm
from vostok.domain.campaign import Campaign, CampaignKind
from vostok.domain.control import control_words
from vostok.domain.job import JobState
from vostok.domain.publication import View
from vostok.domain.rebuild_request import SourceTests
from vostok.domain.toolchain import parse_spec
from vostok.errors import ConflictError, InvalidInputError, NotFoundError
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.rebuilding.planning import RebuildRequest

REQUEST = RebuildRequest(archive="trial", selection="all", reason="is it gcc?", control=1)


@pytest.fixture
def swapped(imported: Installation) -> Installation:
    """An archive `trial` that builds with gcc 11 and says so in the environment."""
    spec = parse_spec(compilers={"gcc": "gcc-11"}, environment={"TRIED": "gcc-11"})
    imported.toolchains.create(ADMINISTRATOR, "gcc-11", spec)
    imported.derive(toolchain="gcc-11")
    return imported


@pytest.fixture
def machine(swapped: Installation) -> BuildMachine:
    return BuildMachine(swapped)


def fail(world: Installation, machine: BuildMachine, claim: Claim) -> None:
    machine.report(claim, Outcome.FAILED, "foo.c:1: error")
    world.engine.run_all()


def failed(world: Installation, machine: BuildMachine, source: str = "hello") -> Build:
    """A build of that source that failed, in campaign 1."""
    world.rebuild(source)
    fail(world, machine, machine.claim())
    return next(b for b in world.builds_of(_campaign(world, 1)) if b.source == source)


def asked(world: Installation, request: RebuildRequest = REQUEST) -> Campaign:
    campaign, job, _ = world.rebuilding.request(ADMINISTRATOR, request)
    world.done(job)
    return campaign


def refusals(world: Installation, request: RebuildRequest) -> Mapping[str, str]:
    plan = world.rebuilding.plan(ADMINISTRATOR, request)
    return {refusal.code: refusal.sentence for refusal in plan.refused}


def view_of(world: Installation, build_id: int) -> View:
    with world.database.read() as transaction:
        attempt = transaction.builds.attempts([build_id])[build_id][-1]
        return transaction.publications.view(attempt.view_id)


def _campaign(world: Installation, number: int) -> Campaign:
    with world.database.read() as transaction:
        return transaction.campaigns.numbered(world.archive().id, number)


def _own(world: Installation) -> list[object]:
    suite = world.suite()
    with world.database.read() as transaction:
        accepted = transaction.deltas.accepted_binaries(suite.id)
        return [*accepted, *transaction.deltas.own_sources(suite.id)]


def test_a_control_is_the_failed_build_again_with_a_number_of_its_own(
    swapped: Installation, machine: BuildMachine
) -> None:
    build = failed(swapped, machine)

    campaign = asked(swapped)

    [control] = swapped.builds_of(campaign)
    assert (campaign.kind, campaign.toolchain_id) == (CampaignKind.CONTROL, None)
    assert (control.control_of, control.reach) == (build.id, Reach.NOWHERE)
    assert (control.version, control.rebuild_no) == (build.version, build.rebuild_no + 1)
    assert (control.source_id, control.form) == (build.source_id, build.form)


def test_it_sees_the_same_edition_without_the_toolchain(
    swapped: Installation, machine: BuildMachine
) -> None:
    build = failed(swapped, machine)
    swapped.rebuild("only")
    machine.build_all()  # what the archive has now is not what the build saw
    asked(swapped)

    claim = machine.claim()

    then, now = view_of(swapped, build.id), view_of(swapped, claim.build_id)
    assert (now.edition, now.derivation) == (then.edition, then.derivation)
    assert now.dependencies == then.dependencies
    assert then.toolchain_id is not None
    assert (now.toolchain_id, claim.toolchain) == (None, None)
    assert dict(claim.environment) == {}


def test_tests_run_or_not_as_they_did_when_it_failed(
    swapped: Installation, machine: BuildMachine
) -> None:
    first = replace(REQUEST, selection="hello", control=None, tests=SourceTests.OFF)
    asked(swapped, first)
    fail(swapped, machine, machine.claim())

    asked(swapped)

    claim = machine.claim()
    assert (claim.build_options, claim.build_profiles) == (("nocheck",), ("nocheck",))


def test_what_only_builds_may_see_is_in_the_next_edition_and_in_no_publication(
    swapped: Installation, machine: BuildMachine
) -> None:
    build = failed(swapped, machine)
    suite = swapped.suite()
    like = new_build(build.source_id, "hello", source_version=build.source_version, rebuild_no=2)
    with swapped.database.write() as transaction:
        transaction.builds.add(
            build.archive_id, suite.id, build.campaign_id, [like._replace(reach=Reach.VIEW)],
            score=0, actor="ann", at=swapped.clock.now(), why="requested",
        )  # fmt: skip

    claim = machine.build_next()

    assert swapped.build("hello").fate is Fate.NONE
    assert swapped.build("hello").sentence.startswith("built 1 package, which builds see")
    swapped.publish()
    suite = swapped.suite()
    with swapped.database.write() as transaction:
        edition = transaction.deltas.cut_edition(suite.id, swapped.clock.now())
        seen = transaction.deltas.binaries_in_edition(suite.id, edition, None)
        shown = transaction.deltas.published_binaries(suite.id, suite.publication)
    assert claim.version in {binary.version for binary in seen}
    assert claim.version not in {binary.version for binary in shown}


def test_a_control_that_is_built_keeps_and_publishes_nothing(
    swapped: Installation, machine: BuildMachine
) -> None:
    build = failed(swapped, machine)
    asked(swapped)
    before, publication = _own(swapped), swapped.suite().publication

    machine.build_next()

    control = swapped.build("hello")
    assert (control.state, control.fate) == (BuildState.BUILT, Fate.NONE)
    assert control.sentence.startswith("built 1 package, only to see whether it builds")
    assert control_words(control) == (
        f"control of build {build.id}: built, so the failure comes with the toolchain"
    )
    assert (_own(swapped), swapped.suite().publication) == (before, publication)
    assert swapped.publish().result is not None
    assert _own(swapped) == before


def test_a_control_that_fails_says_that_it_is_not_the_toolchain(
    swapped: Installation, machine: BuildMachine
) -> None:
    build = failed(swapped, machine)
    asked(swapped)

    fail(swapped, machine, machine.claim())

    assert control_words(swapped.build("hello")) == (
        f"control of build {build.id}: failed here as well, so the failure is not the toolchain's"
    )
    assert control_words(build) is None


def test_a_control_is_retried_though_the_archive_has_no_such_source_any_more(
    swapped: Installation, machine: BuildMachine
) -> None:
    failed(swapped, machine)
    asked(swapped)
    first = machine.claim()
    fail(swapped, machine, first)
    control = swapped.build("hello")
    job = swapped.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="hello"))
    assert swapped.done(job).state is JobState.SUCCEEDED

    swapped.builds.retry(ADMINISTRATOR, control.id)

    again = machine.claim()
    assert (again.build_id, again.attempt, again.source) == (control.id, 2, first.source)
    with swapped.database.read() as transaction:
        attempts = transaction.builds.attempts([control.id])[control.id]
    assert attempts[0].view_id == attempts[1].view_id


def test_after_a_control_the_source_is_rebuilt_as_if_there_had_been_none(
    swapped: Installation, machine: BuildMachine
) -> None:
    build = failed(swapped, machine)
    asked(swapped)
    machine.build_next()

    swapped.rebuild("hello")

    newer = swapped.build("hello")
    assert (newer.rebuild_no, newer.version_before) == (3, build.version_before)


def test_a_no_change_source_is_built_again_as_it_was_made(
    swapped: Installation, machine: BuildMachine
) -> None:
    swapped.rebuild(INDEP.name)
    first = machine.claim()
    fail(swapped, machine, first)
    [build] = swapped.builds_of(_campaign(swapped, 1))
    before = _own(swapped)

    asked(swapped)
    claim = machine.claim()

    assert (build.form, build.part) == (RebuildForm.SOURCE, Part.ALL)
    assert claim.source == first.source
    machine.finish(claim)
    assert swapped.build(INDEP.name, "all").state is BuildState.BUILT
    assert _own(swapped) == before


def test_what_cannot_be_controlled_is_refused_with_a_code(
    swapped: Installation, machine: BuildMachine
) -> None:
    swapped.rebuild("hello, static")
    claim = machine.claim()
    fail(swapped, machine, claim)
    other = machine.build_next()
    named = replace(REQUEST, selection="hello, static")

    assert refusals(swapped, named) == {
        "not-failed": f"build {other.build_id} of {other.source.name} is built, not failed"
    }
    assert refusals(swapped, REQUEST) == {}

    asked(swapped)
    control = swapped.build(claim.source.name)
    about = f"build {control.id} of campaign 2"
    assert refusals(swapped, REQUEST) == {
        "has-control": f"{about} is its control, and is not finished yet"
    }
    fail(swapped, machine, machine.claim())
    assert refusals(swapped, REQUEST) == {"has-control": f"{about} was its control: failed"}
    assert "parents-toolchain" in refusals(swapped, replace(REQUEST, control=2))


def test_a_build_in_the_slot_keeps_a_control_away(
    swapped: Installation, machine: BuildMachine
) -> None:
    failed(swapped, machine)
    swapped.rebuild("hello")

    [(code, sentence)] = refusals(swapped, REQUEST).items()

    assert code == "already-building"
    assert f"build {swapped.build('hello').id} of campaign 2" in sentence


def test_after_a_retry_there_may_be_another_control(
    swapped: Installation, machine: BuildMachine
) -> None:
    build = failed(swapped, machine)
    asked(swapped)
    fail(swapped, machine, machine.claim())
    swapped.clock.advance(10)
    swapped.builds.retry(ADMINISTRATOR, build.id)
    fail(swapped, machine, machine.claim())

    campaign = asked(swapped)

    assert [control.control_of for control in swapped.builds_of(campaign)] == [build.id]


def test_a_dry_run_of_controls_decides_as_the_real_one_and_stores_nothing(
    swapped: Installation, machine: BuildMachine
) -> None:
    failed(swapped, machine)

    plan = swapped.rebuilding.plan(ADMINISTRATOR, REQUEST)
    again = swapped.rebuilding.plan(ADMINISTRATOR, REQUEST)
    campaign = asked(swapped)

    assert plan == again
    assert [(b.source, b.rebuild_no, b.version) for b in plan.accepted] == [
        (b.source, b.rebuild_no, b.version) for b in swapped.builds_of(campaign)
    ]
    assert [b.form_reason for b in plan.accepted] == [
        f"as build {b.control_of}, which it repeats" for b in plan.accepted
    ]


def test_a_request_for_controls_that_cannot_be_is_refused(
    swapped: Installation, machine: BuildMachine
) -> None:
    with pytest.raises(NotFoundError):
        swapped.rebuilding.plan(ADMINISTRATOR, REQUEST)
    swapped.rebuild("hello")
    machine.build_next()

    with pytest.raises(ConflictError, match="no failed build") as caught:
        swapped.rebuilding.plan(ADMINISTRATOR, REQUEST)
    assert caught.value.reason == "nothing-meant"
    with pytest.raises(InvalidInputError, match="the parent's toolchain"):
        swapped.rebuilding.plan(ADMINISTRATOR, replace(REQUEST, toolchain="gcc-11"))
