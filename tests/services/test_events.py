"""What the record of a build tells somebody who was not there."""

from collections.abc import Callable, Mapping

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, LEASE_SECONDS, Installation

from vostok.domain.attempt import Outcome
from vostok.domain.audit import AuditFilter
from vostok.domain.build import Build, Fate
from vostok.domain.build_change import REASON_CHARACTERS_MAX, BuildChange
from vostok.domain.campaign import CampaignState
from vostok.domain.toolchain import parse_spec
from vostok.errors import InvalidInputError
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.rebuilding.planning import RebuildRequest


def told(world: Installation, build: Build) -> list[tuple[str, str, str]]:
    with world.database.read() as transaction:
        events = transaction.builds.events(build.id)
    return [(event.actor, event.state_after, event.sentence) for event in events]


def built(world: Installation, machine: BuildMachine, source: str) -> Build:
    """A build of a source that is accepted and published."""
    world.rebuild(source)
    machine.build_all()
    world.publish()
    return world.build(source)


def test_a_record_tells_its_story_from_the_request_until_its_binaries_are_replaced(
    derived: Installation, machine: BuildMachine
) -> None:
    first = built(derived, machine, "hello")
    second = built(derived, machine, "hello")

    assert told(derived, first) == [
        ("ann", "needs-build", "requested in campaign 1: a test"),
        ("host-1", "building", "is being built by host-1, attempt 1, in edition 0 of the view"),
        ("host-1", "uploading", "was built by attempt 1; its files are being checked"),
        ("host-1", "built", "built 1 package"),
        ("vostok", "built", "its binaries wait for the next publication"),
        ("vostok", "built", "published in publication 2"),
        ("vostok", "built", f"replaced in publication 3 by rebuild 2, {second.version}"),
    ]
    assert derived.build("hello") == second
    assert second.fate is Fate.PUBLISHED


def test_what_the_archive_takes_no_more_is_withdrawn(
    derived: Installation, machine: BuildMachine
) -> None:
    build = built(derived, machine, "hello")

    derived.done(
        derived.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="hello"))
    )

    assert derived.build("hello").fate is Fate.WITHDRAWN
    assert told(derived, build)[-1] == (
        "vostok", "built", "withdrawn in publication 3: the archive takes hello no more",
    )  # fmt: skip


def test_an_unfinished_build_says_which_derivation_ended_it(derived: Installation) -> None:
    derived.rebuild("hello")

    job = derived.done(
        derived.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="hello"))
    )

    assert told(derived, derived.build("hello"))[-1] == (
        "ann", "superseded", f"derivation 2, removed hello (job {job.id}), has it no more",
    )  # fmt: skip


def test_who_changed_a_build_is_said_with_what_else_was_meant(derived: Installation) -> None:
    derived.rebuild("hello")
    build = derived.build("hello")

    derived.build_changes.rescore(ADMINISTRATOR, BuildChoice(archive="trial", campaign=1), 7)
    derived.builds.cancel(ADMINISTRATOR, build.id, reason=" wrong\nflags ")
    derived.builds.retry(ADMINISTRATOR, build.id, reason="right flags")
    derived.build_changes.rescore(
        ADMINISTRATOR, BuildChoice(archive="trial", ids=[build.id]), 8, reason="in a hurry"
    )
    derived.build_changes.cancel(
        ADMINISTRATOR,
        BuildChoice(archive="trial", selection="hel*", states=[build.state]),
        reason="gcc is broken",
    )

    assert [sentence for _, _, sentence in told(derived, build)[1:]] == [
        "ann gave it the score 7; it was -100, with all of campaign 1",
        "ann cancelled it: wrong flags",
        "ann retried it, in the newest edition of the view (0 as yet): right flags",
        "ann gave it the score 8; it was 7: in a hurry",
        "ann cancelled it, with all of hel* in state needs-build: gcc is broken",
    ]


def test_the_audit_log_says_why_builds_were_changed(derived: Installation) -> None:
    derived.rebuild("hello")
    build = derived.build("hello")
    chosen = BuildChoice(archive="trial", campaign=1)

    derived.builds.cancel(ADMINISTRATOR, build.id, reason="no disk")
    derived.builds.retry(ADMINISTRATOR, build.id, reason="more disk")
    derived.build_changes.rescore(ADMINISTRATOR, chosen, 7, reason="in a hurry")
    derived.build_changes.cancel(ADMINISTRATOR, chosen, reason="no disk")
    derived.build_changes.retry(ADMINISTRATOR, chosen, reason="more disk")

    with derived.database.read() as transaction:
        entries = transaction.audit.entries(AuditFilter(archive="trial", count=5))
    what = f"hello {build.version} on amd64"
    which = f"with all of campaign 1; {build.id} ({what})"
    assert [(entry.action, entry.subject, entry.detail) for entry in reversed(entries)] == [
        ("cancel-build", f"build {build.id}", f"{what}, needs-build: no disk"),
        ("retry-build", f"build {build.id}", f"{what}, cancelled: more disk"),
        ("rescore-build", "1 build", f"rescore to 7: in a hurry; {which}"),
        ("cancel-build", "1 build", f"cancel: no disk; {which}"),
        ("retry-build", "1 build", f"retry: more disk; {which}"),
    ]


def test_a_retry_says_what_its_attempt_will_see(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.toolchains.create(ADMINISTRATOR, "fast", parse_spec(build_options=["parallel=2"]))
    request = RebuildRequest(
        archive="trial", selection="static", reason="a test", toolchain="fast"
    )
    derived.done(derived.rebuilding.request(ADMINISTRATOR, request)[1])
    machine.report(machine.claim(), Outcome.FAILED)
    built(derived, machine, "hello")
    with derived.database.write() as transaction:
        transaction.deltas.cut_edition(derived.suite().id, derived.clock.now())

    build = derived.builds.retry(ADMINISTRATOR, derived.build("static").id)

    edition = derived.suite().edition
    assert edition > 0
    assert build.sentence == (
        f"ann retried it, in the newest edition of the view ({edition} as yet), "
        "with toolchain fast, revision 1"
    )
    machine.claim()
    assert told(derived, build)[-1][-1] == (
        f"is being built by host-1, attempt 2, in edition {edition} of the view, "
        "with toolchain fast, revision 1"
    )


@pytest.mark.parametrize("reason", ["", "  ", "x" * (REASON_CHARACTERS_MAX + 1)])
@pytest.mark.parametrize("change", BuildChange)
def test_a_reason_says_something_and_not_too_much(
    derived: Installation, change: BuildChange, reason: str
) -> None:
    derived.rebuild("hello")
    build = derived.build("hello")
    choice = BuildChoice(archive="trial", campaign=1)
    changes = derived.build_changes
    make: Mapping[BuildChange, Callable[[], object]] = {
        BuildChange.RETRY: lambda: changes.retry(ADMINISTRATOR, choice, reason=reason),
        BuildChange.CANCEL: lambda: derived.builds.cancel(ADMINISTRATOR, build.id, reason=reason),
        BuildChange.RESCORE: lambda: changes.rescore(ADMINISTRATOR, choice, 1, reason=reason),
    }

    with pytest.raises(InvalidInputError):
        changes.plan(ADMINISTRATOR, change, choice, reason=reason)
    with pytest.raises(InvalidInputError):
        make[change]()

    assert derived.build("hello") == build


def test_failures_say_which_attempt_it_was(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    for _ in range(2):
        machine.report(machine.claim(), Outcome.FAILED, "foo.c:1: error")
        derived.engine.run_all()
        derived.builds.retry(ADMINISTRATOR, derived.build("hello").id)
    claim = machine.claim()
    machine.report(claim)
    derived.engine.run_all()
    build = derived.build("hello")

    sentences = [sentence for _, after, sentence in told(derived, build) if "fail" in after]

    assert sentences == [
        "attempt 1: foo.c:1: error",
        "attempt 2: foo.c:1: error",
        "what attempt 3 made was refused: 0 .changes files were sent, one is needed",
    ]
    assert build.sentence == "0 .changes files were sent, one is needed"


def test_who_stopped_an_attempt_and_which_is_said(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    derived.builds.cancel(ADMINISTRATOR, claim.build_id, reason="wrong flags")

    machine.report(claim, Outcome.CANCELLED, "stopped")
    derived.engine.run_all()

    assert told(derived, derived.build("hello"))[-2:] == [
        ("ann", "cancelling", "ann cancelled it: wrong flags"),
        ("host-1", "cancelled", "attempt 1 was stopped: ann cancelled it: wrong flags"),
    ]


def test_what_is_overtaken_while_it_is_built_is_superseded_once_it_has_stopped(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    job = derived.done(
        derived.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="hello"))
    )

    machine.report(claim, Outcome.CANCELLED, "stopped")
    derived.engine.run_all()

    why = f"derivation 2, removed hello (job {job.id}), has it no more"
    assert told(derived, derived.build("hello"))[-2:] == [
        ("ann", "cancelling", why),
        ("host-1", "superseded", f"attempt 1 was stopped: {why}"),
    ]


def test_what_is_overtaken_while_it_is_being_cancelled_says_both(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    derived.builds.cancel(ADMINISTRATOR, claim.build_id)
    derived.done(
        derived.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="hello"))
    )

    machine.report(claim, Outcome.CANCELLED, "stopped")
    derived.engine.run_all()

    cancelled, overtaken, ended = told(derived, derived.build("hello"))[-3:]
    assert cancelled == ("ann", "cancelling", "ann cancelled it")
    assert overtaken[:2] == ("ann", "cancelling")
    assert ended == ("host-1", "superseded", f"attempt 1 was stopped: {overtaken[2]}")


def test_a_campaign_that_could_not_be_made_ready_is_made_so_when_its_builds_are_retried(
    derived: Installation, machine: BuildMachine
) -> None:
    campaign, job, _ = derived.rebuilding.request(
        ADMINISTRATOR, RebuildRequest(archive="trial", selection="hello", reason="a test")
    )
    derived.preparing.give_up(job, "the toolchain has no packages")
    build = derived.build("hello")

    derived.builds.retry(ADMINISTRATOR, build.id)
    derived.engine.run_all()

    assert told(derived, build)[1][1:] == ("cancelled", "the toolchain has no packages")
    assert machine.claim().build_id == build.id
    with derived.database.read() as transaction:
        assert transaction.campaigns.by_id(campaign.id).state is CampaignState.READY


def test_that_a_builder_was_lost_is_said_by_who_noticed_it(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    machine.claim()
    derived.clock.advance(LEASE_SECONDS + 1)

    derived.builds.sweep()
    derived.engine.run_all()

    assert told(derived, derived.build("hello"))[-1] == (
        "vostok",
        "needs-build",
        "attempt 1 ended without a verdict, another follows: host-1 was not heard of any more",
    )
