"""What becomes of an attempt: each outcome its state, each lie its refusal, and nothing twice."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.services.build_machine import BuildMachine, Upload, changes_text, upload_for
from tests.services.installation import (
    ADMINISTRATOR,
    ATTEMPTS_MAX,
    LEASE_SECONDS,
    Installation,
    Template,
    make_installation,
)
from tests.services.packages import deb

from vostok.domain.attempt import Claim, Outcome
from vostok.domain.build import BuildState, Fate
from vostok.errors import GoneError


def published(world: Installation) -> dict[tuple[str, str], str]:
    """(name, architecture) -> version of all that clients see of the derived archive's own."""
    suite = world.suite()
    with world.database.read() as transaction:
        return {
            (b.name, b.architecture): b.version
            for b in transaction.deltas.published_binaries(suite.id, suite.publication)
        }


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.FAILED, BuildState.FAILED),
        (Outcome.BD_UNINSTALLABLE, BuildState.BD_UNINSTALLABLE),
        (Outcome.CHROOT_PROBLEM, BuildState.CHROOT_PROBLEM),
        (Outcome.SOURCE_UNAVAILABLE, BuildState.SOURCE_UNAVAILABLE),
    ],
)
def test_each_verdict_of_a_builder_is_a_state_with_its_sentence(
    derived: Installation, machine: BuildMachine, outcome: Outcome, state: BuildState
) -> None:
    derived.rebuild("hello")
    machine.report(machine.claim(), outcome, "foo.c:1: error: no such thing")
    derived.engine.run_all()

    build = derived.build("hello")

    assert (build.state, build.fate) == (state, Fate.NONE)
    assert build.sentence == "foo.c:1: error: no such thing"
    assert published(derived) == {}


def test_an_accepted_build_is_published_by_itself(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    machine.build_next()

    build = derived.build("hello")

    assert (build.state, build.fate) == (BuildState.BUILT, Fate.PUBLISHED)
    assert build.sentence == "built 1 package"
    assert published(derived) == {("hello", "amd64"): "1.2-3Xtrial1"}


def test_a_builder_s_own_problem_is_tried_again_until_the_bound(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")

    states = []
    for _ in range(ATTEMPTS_MAX):
        machine.report(machine.claim(), Outcome.BUILDER_PROBLEM, "the disk is full")
        derived.engine.run_all()
        states.append(derived.build("hello").state)

    assert states == [BuildState.NEEDS_BUILD] * (ATTEMPTS_MAX - 1) + [BuildState.FAILED]
    assert derived.build("hello").sentence == (
        f"given up after {ATTEMPTS_MAX} attempts, the last one without a verdict: the disk is full"
    )
    assert machine.find_claim() is None


def test_a_lost_builder_makes_a_new_attempt_and_the_old_one_stays(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    first = machine.claim()
    derived.clock.advance(LEASE_SECONDS + 1)

    lost = derived.builds.sweep()
    derived.engine.run_all()

    second = machine.claim()
    with derived.database.read() as transaction:
        attempts = transaction.builds.attempts([first.build_id])[first.build_id]
    assert lost == 1
    assert [(a.number, a.outcome) for a in attempts] == [(1, "lost"), (2, None)]
    assert (second.build_id, second.attempt) == (first.build_id, 2)


def test_a_builder_that_is_heard_of_is_not_given_up(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    derived.clock.advance(LEASE_SECONDS - 10)
    derived.builds.heartbeat(machine.attempt(claim))
    derived.clock.advance(LEASE_SECONDS - 10)

    assert derived.builds.sweep() == 0


def test_an_attempt_that_was_given_up_changes_nothing_any_more(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    stale = machine.claim()
    attempt = machine.attempt(stale)
    derived.clock.advance(LEASE_SECONDS + 1)
    derived.builds.sweep()
    derived.engine.run_all()
    machine.claim()
    before = derived.build("hello")

    ended = derived.settling.settle(stale.attempt_id, "result")

    with pytest.raises(GoneError, match="has ended"):
        machine.attempt(stale)
    assert derived.builds.heartbeat(attempt) is True
    assert ended is True
    assert derived.build("hello") == before


def test_settling_twice_is_settling_once(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    claim = machine.build_next()
    before = (derived.build("hello"), published(derived), derived.suite().publication)

    assert derived.settling.settle(claim.attempt_id, "result") is True
    derived.engine.run_all()

    assert (derived.build("hello"), published(derived), derived.suite().publication) == before


def test_an_attempt_whose_rows_are_gone_has_ended(derived: Installation) -> None:
    assert derived.settling.settle(999, "result") is True


def test_a_message_that_nothing_came_with_waits_for_more(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    derived.builds.cancel(ADMINISTRATOR, claim.build_id)

    assert derived.settling.settle(claim.attempt_id, "cancel") is False
    assert derived.build("hello").state is BuildState.CANCELLING


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.FAILED, Outcome.BUILT])
def test_whatever_a_cancelled_build_brings_it_is_cancelled(
    derived: Installation, machine: BuildMachine, outcome: Outcome
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    machine.send(claim, upload_for(claim).files)
    derived.builds.cancel(ADMINISTRATOR, claim.build_id)
    machine.report(claim, outcome)
    derived.engine.run_all()

    build = derived.build("hello")

    assert (build.state, build.fate) == (BuildState.CANCELLED, Fate.NONE)
    assert published(derived) == {}


def test_a_cancelled_build_whose_builder_is_lost_is_cancelled(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    derived.builds.cancel(ADMINISTRATOR, claim.build_id)
    derived.engine.run_all()
    derived.clock.advance(LEASE_SECONDS + 1)

    derived.builds.sweep()
    derived.engine.run_all()

    assert derived.build("hello").state is BuildState.CANCELLED


# Lies --------------------------------------------------------------------------------------------


def with_changes(upload: Upload, old: str, new: str) -> Upload:
    assert old in upload.changes
    return replace(upload, changes=upload.changes.replace(old, new))


def repacked(upload: Upload, packages: Mapping[str, bytes]) -> Upload:
    """An upload of other packages with a .changes and .buildinfo that match them."""
    honest = upload_for(upload.claim, packages)
    return replace(honest, claim=upload.claim)


def other_source(upload: Upload) -> Upload:
    return with_changes(upload, "Source: hello", "Source: tree")


def other_version(upload: Upload) -> Upload:
    return with_changes(upload, "Version: 1.2-3Xtrial1", "Version: 1.2-3Xtrial7")


def not_binary_only(upload: Upload) -> Upload:
    return with_changes(upload, "Binary-Only: yes\n", "")


def unreadable_changes(upload: Upload) -> Upload:
    return replace(upload, changes="\x00 no stanza")


def buildinfo_of_another(upload: Upload) -> Upload:
    text = upload.buildinfo.replace("Version: 1.2-3Xtrial1", "Version: 1.2-3Xtrial7")
    return rewritten(replace(upload, buildinfo=text))


def buildinfo_with_another_hash(upload: Upload) -> Upload:
    digest = next(
        line.split()[0] for line in upload.buildinfo.splitlines() if line.endswith("_amd64.deb")
    )
    text = upload.buildinfo.replace(digest, "0" * 64)
    return rewritten(replace(upload, buildinfo=text))


def rewritten(upload: Upload) -> Upload:
    """The same, with a .changes that matches."""
    text = changes_text(upload, "hello (1.2-3)", "hello", "amd64")
    return replace(upload, changes=text)


def changed_deb(upload: Upload) -> Upload:
    packages = {name: data + b"!" for name, data in upload.packages.items()}
    return replace(upload, packages=packages)


def no_deb_at_all(upload: Upload) -> Upload:
    return repacked(upload, dict.fromkeys(upload.packages, b"!<arch>\nnot a package"))


def stowaway(upload: Upload) -> Upload:
    return replace(upload, extra={"evil_1_amd64.deb": b"evil"})


def missing_deb(upload: Upload) -> Upload:
    return replace(upload, packages={})


def nothing_built(upload: Upload) -> Upload:
    return repacked(upload, {"hello_1.2-3Xtrial1_amd64.udeb": b"no package for people"})


def no_buildinfo(upload: Upload) -> Upload:
    return with_changes(replace(upload, buildinfo=""), ".buildinfo", ".otherinfo")


def two_changes(upload: Upload) -> Upload:
    return replace(upload, extra={"hello_other.changes": upload.changes.encode()})


def deb_of(upload: Upload, name: str, version: str, **changes: str) -> Upload:
    said = {
        "architecture": "amd64", "source": "hello", "source_version": "1.2-3", "fields": "",
        **changes,
    }  # fmt: skip
    return repacked(upload, dict([deb(name, version, said.pop("architecture"), **said)]))


def version_not_raised(upload: Upload) -> Upload:
    return deb_of(upload, "hello", "1.2-3")


def version_lowered(upload: Upload) -> Upload:
    return deb_of(upload, "hello", "1.2-2")


def deb_of_another_source(upload: Upload) -> Upload:
    return deb_of(upload, "hello", "1.2-3Xtrial1", source="tree")


def deb_of_another_version(upload: Upload) -> Upload:
    return deb_of(upload, "hello", "1.2-3Xtrial1", source_version="1.2-4")


def deb_for_all(upload: Upload) -> Upload:
    return deb_of(upload, "hello", "1.2-3Xtrial1", architecture="all")


def file_named_for_another(upload: Upload) -> Upload:
    _, data = deb("hello", "1.2-3Xtrial1", "amd64", source="hello", source_version="1.2-3")
    return repacked(upload, {"tree_1.2-3Xtrial1_amd64.deb": data})


LIES: list[tuple[Callable[[Upload], Upload], str]] = [
    (other_source, "the .changes has source tree, asked was hello"),
    (other_version, "the .changes has version 1.2-3Xtrial7"),
    (not_binary_only, "the .changes is of a whole source, asked was a binary-only rebuild"),
    (unreadable_changes, ""),
    (buildinfo_of_another, "the .buildinfo is of hello 1.2-3Xtrial7"),
    (buildinfo_with_another_hash, "has another SHA-256 than the .buildinfo says"),
    (changed_deb, "bytes and SHA-256"),
    (no_deb_at_all, "hello_1.2-3Xtrial1_amd64.deb is no Debian package"),
    (stowaway, "evil_1_amd64.deb was sent but is not named in the .changes"),
    (missing_deb, "hello_1.2-3Xtrial1_amd64.deb is named in the .changes but was not sent"),
    (nothing_built, "made no binary package"),
    (no_buildinfo, ""),
    (two_changes, "2 .changes files were sent, one is needed"),
    (version_not_raised, "version not raised: hello 1.2-3 is not above the published 1.2-3"),
    (version_lowered, "version not raised: hello 1.2-2 is not above the published 1.2-3"),
    (deb_of_another_source, "hello has source tree, asked was hello"),
    (deb_of_another_version, "hello has source version 1.2-4, asked was 1.2-3"),
    (deb_for_all, "hello has architecture all, asked was amd64"),
    (file_named_for_another, "hello has file name"),
]


@pytest.mark.parametrize(("lie", "sentence"), LIES, ids=[lie.__name__ for lie, _ in LIES])
def test_a_lie_is_refused_by_its_name_and_publishes_nothing(
    derived: Installation,
    machine: BuildMachine,
    lie: Callable[[Upload], Upload],
    sentence: str,
) -> None:
    derived.rebuild("hello")
    before = derived.suite().publication

    machine.build_next(lie)

    build = derived.build("hello")
    assert (build.state, build.fate) == (BuildState.FAILED_TO_UPLOAD, Fate.NONE)
    assert sentence in build.sentence
    assert build.sentence
    assert derived.suite().publication == before
    assert published(derived) == {}


def test_a_refused_upload_can_be_tried_again(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    claim = machine.build_next(other_source)
    derived.builds.retry(ADMINISTRATOR, claim.build_id)

    machine.build_next()

    assert derived.build("hello").state is BuildState.BUILT
    assert published(derived) == {("hello", "amd64"): "1.2-3Xtrial1"}


def test_a_package_of_another_source_must_be_above_that_one_too(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")

    machine.build_next(lambda upload: deb_of(upload, "libfoo1", "2.0-1+b2"))

    build = derived.build("hello")
    assert build.state is BuildState.FAILED_TO_UPLOAD
    assert "version not raised: libfoo1" in build.sentence


def test_a_package_that_nobody_expected_is_taken_and_reported(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")

    machine.build_next(lambda upload: deb_of(upload, "surprise", "1.2-3Xtrial1"))

    assert derived.build("hello").sentence == "built 1 package; new here: surprise"


def test_debug_symbols_go_into_their_own_component(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    symbols = deb("hello-dbgsym", "1.2-3Xtrial1", "amd64", source="hello", source_version="1.2-3")

    machine.build_next(lambda upload: repacked(upload, {**upload.packages, **dict([symbols])}))

    suite = derived.suite()
    with derived.database.read() as transaction:
        own = transaction.deltas.published_binaries(suite.id, suite.publication)
    assert {b.name: b.component for b in own} == {"hello": "main", "hello-dbgsym": "debug"}
    assert derived.build("hello").sentence == "built 2 packages"


def test_binaries_with_a_version_of_their_own_are_accepted_when_it_rises(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("ownversion")

    machine.build_next()

    assert published(derived) == {("ownversion", "amd64"): "4:12.2-1Xtrial1"}


# No-change sources -------------------------------------------------------------------------------


def test_a_rebuild_of_all_packages_makes_a_source_release_here(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("indep")

    claim = machine.build_next()

    suite = derived.suite()
    with derived.database.read() as transaction:
        sources = transaction.deltas.own_sources(suite.id)
    assert (claim.source.version, claim.changelog_entry) == ("1:1.0Xtrial1", "")
    assert [(s.name, s.version, s.directory) for s in sources] == [
        ("indep", "1:1.0Xtrial1", "pool/main/i/indep")
    ]
    assert published(derived) == {("indep", "all"): "1:1.0Xtrial1"}


# I5: a failed rebuild unpublishes nothing --------------------------------------------------------


def finish(machine: BuildMachine, claim: Claim, upload: Upload) -> None:
    machine.send(claim, upload.files)
    machine.report(claim)


def cancel(world: Installation, machine: BuildMachine, claim: Claim) -> None:
    world.builds.cancel(ADMINISTRATOR, claim.build_id)
    machine.report(claim, Outcome.CANCELLED)


FATES: Mapping[str, Callable[[Installation, BuildMachine, Claim], None]] = {
    "built": lambda _world, machine, claim: finish(machine, claim, upload_for(claim)),
    "failed": lambda _world, machine, claim: machine.report(claim, Outcome.FAILED),
    "tampered": lambda _world, machine, claim: finish(
        machine, claim, changed_deb(upload_for(claim))
    ),
    "not-raised": lambda _world, machine, claim: finish(
        machine, claim, version_lowered(upload_for(claim))
    ),
    "cancelled": cancel,
}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(fates=st.lists(st.sampled_from(sorted(FATES)), min_size=1, max_size=5))
def test_only_a_better_build_ever_takes_the_place_of_what_is_published(
    with_parent: Template, fates: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        world = make_installation(Path(directory), with_parent)
        world.derive(selection="hello")
        machine = BuildMachine(world)
        expected: dict[tuple[str, str], str] = {}
        for number, fate in enumerate(fates, start=1):
            world.rebuild("hello")
            FATES[fate](world, machine, machine.claim())
            world.engine.run_all()
            if fate == "built":
                expected = {("hello", "amd64"): f"1.2-3Xtrial{number}"}
            assert published(world) == expected
        world.database.engine.dispose()


def test_an_earlier_success_never_changes_by_a_later_rebuild(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    machine.build_next()
    first = derived.build("hello")
    derived.rebuild("hello")
    machine.build_next()

    with derived.database.read() as transaction:
        after = transaction.builds.by_id(first.id)
        attempts = transaction.builds.attempts([first.id])[first.id]

    assert after == first._replace(fate=Fate.REPLACED)
    assert len(attempts) == 1
