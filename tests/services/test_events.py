"""What the record of a build tells somebody who was not there."""

from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.build import Build, Fate
from vostok.services.build_changes import BuildChoice
from vostok.services.syncing import SyncRequest


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
    derived.builds.cancel(ADMINISTRATOR, build.id)
    derived.builds.retry(ADMINISTRATOR, build.id)
    derived.build_changes.cancel(
        ADMINISTRATOR, BuildChoice(archive="trial", selection="hel*", states=[build.state])
    )

    assert [sentence for _, _, sentence in told(derived, build)[1:]] == [
        "ann gave it the score 7; it was -100",
        "ann cancelled it",
        "ann retried it",
        "ann cancelled it, with all of hel* in state needs-build",
    ]
