"""Builds of what their archive does not take any more."""

import pytest
from tests.services.build_machine import BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.test_events import told
from tests.services.test_profiles import again, asked
from tests.services.test_settling import published

from vostok.domain.attempt import Outcome
from vostok.domain.build import BuildState, Fate
from vostok.errors import ConflictError
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.syncing import SyncRequest

S = BuildState


def take_only(world: Installation, selection: str) -> None:
    """The archive takes nothing else from now on; what was queued before is not done yet."""
    job = world.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", selection=selection))
    world.syncing.steps()[0].do(job, {}, world.reporter(job))


def test_what_a_narrower_selection_leaves_out_is_accepted_and_never_shown(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)

    take_only(derived, "only")
    derived.engine.run_all()
    derived.publish()

    build = derived.build("hello")
    assert (build.state, build.fate) == (S.BUILT, Fate.REPLACED)
    assert told(derived, build)[-1][-1] == (
        "its binaries are kept, but nobody will see them: since derivation 2 the archive has "
        "another version of hello, or none"
    )
    assert published(derived) == {}
    assert derived.plain_index("trial", "main/source/Sources").count(b"Package: hello\n") == 0


def test_what_is_still_taken_after_a_narrower_selection_is_published(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)

    take_only(derived, "hello")
    derived.engine.run_all()
    derived.publish()

    assert derived.build("hello").fate is Fate.PUBLISHED
    assert published(derived) == {("hello", "amd64"): "1.2-3Xtrial1"}


@pytest.mark.parametrize("was_cancelled", [False, True])
def test_a_running_build_that_a_narrower_selection_leaves_out_ends_as_those_that_wait(
    derived: Installation, machine: BuildMachine, *, was_cancelled: bool
) -> None:
    derived.rebuild("hello,static")
    claim = machine.claim()
    if was_cancelled:
        derived.builds.cancel(ADMINISTRATOR, claim.build_id)

    take_only(derived, "only")
    machine.report(claim, Outcome.CANCELLED)
    derived.engine.run_all()

    assert claim.source.name == "hello"
    assert [derived.build(name).state for name in ("hello", "static")] == [S.SUPERSEDED] * 2
    assert "has it no more" in derived.build("hello").sentence


def test_a_failed_build_that_a_narrower_selection_leaves_out_is_not_retried(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello,only")
    for _ in range(2):
        machine.report(machine.claim(), Outcome.FAILED)
    derived.engine.run_all()
    take_only(derived, "only")

    done = derived.build_changes.retry(ADMINISTRATOR, BuildChoice(archive="trial", campaign=1))
    with pytest.raises(ConflictError) as caught:
        derived.builds.retry(ADMINISTRATOR, derived.build("hello").id)

    assert [build.source for build in done.changed] == ["only"]
    assert [(refused.build.source, refused.code) for refused in done.refused] == [
        ("hello", "not-current")
    ]
    assert caught.value.reason == "not-current"
    derived.engine.run_all()
    take_only(derived, "all")
    derived.builds.retry(ADMINISTRATOR, derived.build("hello").id)
    assert derived.build("hello").state is S.NEEDS_BUILD


def test_a_build_under_a_profile_whose_full_one_was_overtaken_is_refused_by_itself(
    derived: Installation, machine: BuildMachine
) -> None:
    first, full = asked(derived)
    machine.report(machine.claim(), Outcome.FAILED)
    derived.engine.run_all()
    take_only(derived, "only")
    derived.rebuild("only")
    machine.report(machine.claim(), Outcome.FAILED)
    derived.engine.run_all()
    take_only(derived, "all")

    with pytest.raises(ConflictError, match=f"full build {full.id} after build {first.id}") as one:
        derived.builds.retry(ADMINISTRATOR, first.id)
    done = derived.build_changes.retry(
        ADMINISTRATOR, BuildChoice(archive="trial", states=[S.FAILED])
    )

    assert again(derived, full).state is S.SUPERSEDED
    assert one.value.reason == "followed"
    assert [build.source for build in done.changed] == ["only"]
    assert [(refused.build.id, refused.code) for refused in done.refused] == [
        (first.id, "followed")
    ]
