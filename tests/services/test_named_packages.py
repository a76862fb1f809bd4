"""Toolchains that name what was uploaded and built in an archive."""

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.packages import TinyBinary, TinySource
from tests.services.signed_upload import Uploader, local
from tests.services.uploaded_builds import build_it

from vostok.domain.attempt import Claim, Outcome
from vostok.domain.build import BuildState
from vostok.domain.publication import dependencies_without
from vostok.domain.toolchain import parse_spec
from vostok.errors import InvalidInputError
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.views.editions import own_in_view

FIRST, SECOND = local(), local("1.2-3+local2")


def name_it(world: Installation, named: str, toolchain: str = "own") -> str:
    world.toolchains.create(ADMINISTRATOR, toolchain, parse_spec(packages=[named]))
    return toolchain


def rebuild_of(source: str, toolchain: str | None) -> RebuildRequest:
    return RebuildRequest(archive="trial", selection=source, reason="a test", toolchain=toolchain)


def seen(world: Installation, claim: Claim) -> dict[str, str]:
    """Own package -> its version in the view of an attempt."""
    with world.database.read() as transaction:
        attempt = transaction.builds.current_attempt(transaction.builds.by_id(claim.build_id))
        assert attempt is not None
        view = transaction.publications.view(attempt.view_id)
        return {binary.name: binary.version for binary in own_in_view(transaction, view)}


def claimed(world: Installation, request: RebuildRequest) -> Claim:
    """The first build of a campaign, as a builder gets it."""
    _, job, _ = world.rebuilding.request(ADMINISTRATOR, request)
    world.done(job)
    return BuildMachine(world).claim()


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("cc", "no source cc was uploaded to trial"),
        ("libfoo", "no source libfoo was uploaded to trial"),
        ("hello:1.2-3+local9", "hello 1.2-3+local9 was not uploaded to trial"),
        ("hello", "hello 1.2-3+local1 is in trial, but not built yet on amd64"),
    ],
)
def test_what_is_not_there_or_not_built_yet_is_said(
    richard: Uploader, named: str, why: str
) -> None:
    world, toolchain = richard.world, name_it(richard.world, named)
    richard.upload(FIRST)

    [problem] = (
        world.toolchains.preflight(ADMINISTRATOR, toolchain, "trial")
        .architectures["amd64"]
        .problems
    )
    with pytest.raises(InvalidInputError) as caught:
        world.rebuilding.request(ADMINISTRATOR, rebuild_of("libfoo", toolchain))

    assert problem.sentence == why
    assert why in str(caught.value)
    assert problem.hint == caught.value.hint


def test_an_archive_that_is_yet_to_be_derived_has_none(richard: Uploader) -> None:
    request = DeriveRequest(
        name="other", parents=["debian/bookworm"], toolchain=name_it(richard.world, "hello")
    )

    with pytest.raises(InvalidInputError, match="no source hello was uploaded to other"):
        richard.world.deriving.request(ADMINISTRATOR, request)


def test_a_part_for_all_architectures_must_be_built_as_well(richard: Uploader) -> None:
    world = richard.world
    both = (TinyBinary(name="hello"), TinyBinary(name="hello-data", architecture="all"))
    source = TinySource(
        name="hello", version="1.2-3+local1", architecture="any all", binaries=both
    )
    richard.upload(source)
    toolchain = name_it(world, "hello")
    build_it(BuildMachine(world), world, source)

    found = world.toolchains.preflight(ADMINISTRATOR, toolchain, "trial").architectures["amd64"]

    assert [problem.sentence for problem in found.problems] == [
        "hello 1.2-3+local1 is in trial, but not built yet on all"
    ]


def test_builds_get_the_packages_of_the_version_that_is_named(richard: Uploader) -> None:
    world, machine = richard.world, BuildMachine(richard.world)
    for source in (FIRST, SECOND):
        richard.upload(source)
        build_it(machine, world, source)
    name_it(world, "hello:1.2-3+local1", "first")
    name_it(world, "hello", "newest")

    first = claimed(world, rebuild_of("indep", "first"))
    newest = claimed(world, rebuild_of("only", "newest"))

    assert seen(world, first) == {"hello": "1.2-3+local1"}
    assert seen(world, newest) == {"hello": "1.2-3+local2"}
    rows = world.toolchains.preflight(ADMINISTRATOR, "first", "trial").architectures["amd64"].tools
    assert ("hello", "1.2-3+local1") in {(row.package, row.version) for row in rows}


def test_a_campaign_sees_what_was_accepted_a_moment_ago(richard: Uploader) -> None:
    world, machine = richard.world, BuildMachine(richard.world)
    world.rebuild("indep")
    machine.claim()  # runs, so that no edition is due
    richard.upload(FIRST)
    build_it(machine, world, FIRST)

    claim = claimed(world, rebuild_of("only", name_it(world, "hello")))

    assert seen(world, claim) == {"hello": "1.2-3+local1"}


def test_a_control_has_the_parents_package_in_its_place(richard: Uploader) -> None:
    world, machine = richard.world, BuildMachine(richard.world)
    richard.upload(FIRST)
    build_it(machine, world, FIRST)
    claim = claimed(world, rebuild_of("only", name_it(world, "hello")))
    machine.report(claim, Outcome.FAILED)
    world.engine.run_all()
    assert world.build("only").state is BuildState.FAILED

    control = claimed(
        world, RebuildRequest(archive="trial", selection="all", reason="control", control=1)
    )

    assert seen(world, claim) == {"hello": "1.2-3+local1"}
    assert seen(world, control) == {}
    with world.database.read() as transaction:
        build = transaction.builds.by_id(control.build_id)
        attempt = transaction.builds.current_attempt(build)
        assert attempt is not None
        view = transaction.publications.view(attempt.view_id)
        toolchain = transaction.toolchains.named("own")
    assert view.dependencies == dependencies_without("own", toolchain.id)
    assert (view.mode, view.hidden_toolchain_id) == ("own", toolchain.id)


def test_the_parent_only_is_seen_but_for_what_is_named(richard: Uploader) -> None:
    world, machine = richard.world, BuildMachine(richard.world)
    for source in (FIRST, local("14.1-1", name="gcc-14")):
        richard.upload(source)
        build_it(machine, world, source)
    name_it(world, "gcc-14")
    suite = world.suite()
    with world.database.write() as transaction:
        toolchain = transaction.toolchains.named("own")
        edition = transaction.deltas.cut_edition(suite.id, world.clock.now())
        view = transaction.publications.ensure_view(
            suite.id, derivation=1, edition=edition, toolchain_id=toolchain.id,
            dependencies="parent", at=world.clock.now(),
        )  # fmt: skip

        own = own_in_view(transaction, view)

    assert [binary.name for binary in own] == ["gcc-14"]
