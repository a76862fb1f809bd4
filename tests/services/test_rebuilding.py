"""Requests to rebuild: the plan that a dry run shows is what a real one stores."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from tests.services.build_machine import BuildMachine, Upload, changes_text, upload_for
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation
from tests.services.packages import binaries_of
from tests.services.parent import LIBFOO, SUITE, indices

from vostok.adapters.database import schema
from vostok.debian.stanza import parse_stanza
from vostok.domain.archive import RebuildPolicy
from vostok.domain.attempt import Outcome
from vostok.domain.build import BuildState, Part, RebuildForm
from vostok.domain.campaign import Campaign, CampaignState
from vostok.domain.derivation import DerivationMode
from vostok.domain.job import JobState
from vostok.domain.rebuild_form import FormChoice
from vostok.domain.toolchain import parse_spec
from vostok.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    VostokError,
)
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.rebuilding.planning import RebuildRequest

REQUEST = RebuildRequest(archive="trial", selection="all", reason="a test")


def numbers_of(world: Installation, campaign: Campaign) -> dict[str, int]:
    return {build.source: build.rebuild_no for build in world.builds_of(campaign)}


def set_policy(world: Installation, policy: RebuildPolicy) -> None:
    with world.database.engine.begin() as connection:
        connection.execute(
            sa.update(schema.archive).where(schema.archive.c.name == "trial").values(policy=policy)
        )


def test_a_dry_run_shows_exactly_what_a_real_run_stores(multi: Installation) -> None:
    planned = multi.rebuilding.plan(ADMINISTRATOR, REQUEST)
    campaign = multi.rebuild("all")

    stored = [
        (b.source, b.source_version, b.architecture, b.builder_architecture, b.part,
         b.rebuild_no, b.version, b.version_before)
        for b in multi.builds_of(campaign)
    ]  # fmt: skip

    assert sorted(stored) == sorted(
        (b.source, b.source_version, b.architecture, b.builder_architecture, b.part,
         b.rebuild_no, b.version, b.version_before)
        for b in planned.accepted
    )  # fmt: skip
    assert {(b[0], b[2], b[6], b[7]) for b in stored} >= {
        ("hello", "amd64", "1.2-3Xtrial1", "1.2-3"),
        ("hello", "arm64", "1.2-3Xtrial1", "1.2-3"),
        ("libfoo", "arm64", "2.0-1+b2Xtrial1", "2.0-1+b2"),
        ("indep", "all", "1:1.0Xtrial1", "1:1.0"),
        ("only", "amd64", "1-1Xtrial1", "1-1"),
    }
    assert ("only", "arm64") not in {(b[0], b[2]) for b in stored}


def test_a_dry_run_stores_nothing(derived: Installation) -> None:
    first = derived.rebuilding.plan(ADMINISTRATOR, REQUEST)

    assert derived.rebuilding.plan(ADMINISTRATOR, REQUEST) == first
    with derived.database.read() as transaction:
        archive = transaction.archives.named("trial")
        assert transaction.campaigns.of_archive(archive.id) == []
        assert transaction.campaigns.last_rebuild_numbers(archive.id) == {}
    assert derived.engine.jobs == []


def test_a_campaign_is_ready_when_its_job_has_ended(derived: Installation) -> None:
    campaign, job, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    assert campaign.state is CampaignState.PREPARING

    done = derived.done(job)

    with derived.database.read() as transaction:
        assert transaction.campaigns.by_id(campaign.id).state is CampaignState.READY
    assert done.state is JobState.SUCCEEDED
    assert (campaign.number, campaign.requested_by, campaign.reason) == (1, "ann", "a test")


def test_no_build_starts_before_its_campaign_is_ready(derived: Installation) -> None:
    derived.rebuilding.request(ADMINISTRATOR, REQUEST)

    assert BuildMachine(derived).find_claim() is None


def test_a_source_with_a_success_gets_a_second_record_beside_it(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    machine.build_next()
    first = derived.build("hello")

    derived.rebuild("hello")

    second = derived.build("hello")
    with derived.database.read() as transaction:
        assert transaction.builds.by_id(first.id) == first
    assert (second.rebuild_no, second.version, second.state) == (
        2, "1.2-3Xtrial2", BuildState.NEEDS_BUILD,
    )  # fmt: skip
    assert second.version_before == "1.2-3Xtrial1"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.BD_UNINSTALLABLE])
def test_a_number_is_not_used_again_after_a_failure(
    derived: Installation, machine: BuildMachine, outcome: Outcome
) -> None:
    derived.rebuild("hello")
    machine.report(machine.claim(), outcome)
    derived.engine.run_all()

    assert numbers_of(derived, derived.rebuild("hello")) == {"hello": 2}


def test_a_number_is_not_used_again_after_a_cancellation(derived: Installation) -> None:
    campaign = derived.rebuild("hello")
    derived.builds.cancel(ADMINISTRATOR, derived.builds_of(campaign)[0].id)

    assert numbers_of(derived, derived.rebuild("hello")) == {"hello": 2}


def test_each_source_counts_for_itself(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    machine.build_all()

    assert numbers_of(derived, derived.rebuild("hello,only")) == {"hello": 2, "only": 1}


def test_an_unfinished_build_is_not_asked_for_twice(derived: Installation) -> None:
    derived.rebuild("hello,only")

    with pytest.raises(ConflictError, match="a build of hello for amd64 is not finished yet"):
        derived.rebuilding.request(ADMINISTRATOR, replace(REQUEST, selection="hello"))


def test_a_second_campaign_stands_beside_the_first(derived: Installation) -> None:
    first = derived.rebuild("hello")
    second = derived.rebuild("hello,only")

    assert (first.number, second.number) == (1, 2)
    assert [b.source for b in derived.builds_of(first)] == ["hello"]
    assert [b.source for b in derived.builds_of(second)] == ["only"]
    plan = derived.rebuilding.plan(ADMINISTRATOR, replace(REQUEST, selection="hello"))
    assert [refusal.code for refusal in plan.refused] == ["already-building"]


def test_an_archive_that_allows_no_rebuilds_refuses_each_request(derived: Installation) -> None:
    set_policy(derived, RebuildPolicy.NEVER)

    for door in (derived.rebuilding.plan, derived.rebuilding.request):
        with pytest.raises(ConflictError, match="the policy of trial allows no rebuilds"):
            door(ADMINISTRATOR, REQUEST)


def test_a_failed_build_may_be_retried_whatever_the_policy(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    machine.report(claim, Outcome.FAILED)
    derived.engine.run_all()
    set_policy(derived, RebuildPolicy.NEVER)

    assert derived.builds.retry(ADMINISTRATOR, claim.build_id).state is BuildState.NEEDS_BUILD


@pytest.mark.parametrize(
    ("changes", "kind", "sentence"),
    [
        ({"archive": "nope"}, NotFoundError, "there is no archive nope"),
        ({"archive": "debian"}, InvalidInputError, "image of somebody else's archive"),
        ({"reason": ""}, InvalidInputError, "reason"),
        ({"reason": "  \n"}, InvalidInputError, "reason"),
        ({"reason": "x" * 2001}, InvalidInputError, "reason"),
        ({"selection": "nope"}, InvalidInputError, "names no source here: nope"),
        ({"architectures": ["arm64"]}, InvalidInputError, "arm64"),
        ({"toolchain": "nope"}, NotFoundError, "nope"),
    ],
)
def test_what_cannot_be_rebuilt_is_refused_dry_or_real(
    derived: Installation, changes: dict[str, Any], kind: type[VostokError], sentence: str
) -> None:
    request = replace(REQUEST, **changes)

    for door in (derived.rebuilding.plan, derived.rebuilding.request):
        with pytest.raises(kind, match=sentence):
            door(ADMINISTRATOR, request)


def test_a_source_that_was_not_taken_is_no_source_here(imported: Installation) -> None:
    imported.derive(selection="hello")

    with pytest.raises(InvalidInputError, match="names no source here: only"):
        imported.rebuilding.request(ADMINISTRATOR, replace(REQUEST, selection="only"))


def test_one_architecture_alone_can_be_asked_for(multi: Installation) -> None:
    plan = multi.rebuilding.plan(
        ADMINISTRATOR,
        replace(REQUEST, selection="hello,indep,only", architectures=["arm64", "arm64"]),
    )

    assert [(b.source, b.architecture) for b in plan.accepted] == [("hello", "arm64")]
    assert {(r.source, r.code) for r in plan.refused} == {
        ("indep", "not-for-architecture"),
        ("only", "not-for-architecture"),
    }


def test_only_who_may_asks_for_rebuilds(derived: Installation) -> None:
    with pytest.raises(NotAllowedError):
        derived.rebuilding.request(BUILDER, REQUEST)
    with pytest.raises(NotAllowedError):
        derived.rebuilding.plan(BUILDER, REQUEST)


def test_a_campaign_s_own_toolchain_is_made_before_its_builds_start(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.toolchains.create(ADMINISTRATOR, "gcc-11", parse_spec(compilers={"gcc": "gcc-11"}))

    campaign, job, _ = derived.rebuilding.request(
        ADMINISTRATOR, replace(REQUEST, selection="hello", toolchain="gcc-11")
    )
    derived.done(job)

    claim = machine.claim()
    assert len(derived.swap_builder.orders) == 1
    assert claim.toolchain is not None
    assert (claim.toolchain.name, claim.toolchain.revision) == ("gcc-11", 1)
    assert campaign.toolchain_id is not None


def test_the_compiler_of_one_campaign_is_never_shown_to_clients(derived: Installation) -> None:
    derived.toolchains.create(ADMINISTRATOR, "gcc-11", parse_spec(compilers={"gcc": "gcc-11"}))
    _, job, _ = derived.rebuilding.request(
        ADMINISTRATOR, replace(REQUEST, selection="hello", toolchain="gcc-11")
    )
    derived.done(job)

    published = derived.publish()

    assert published.result is not None
    assert published.result["is_new"] is False
    suite = derived.suite()
    with derived.database.read() as transaction:
        assert transaction.deltas.published_binaries(suite.id, suite.publication) == []


def test_a_rebuild_of_the_compiler_does_not_undo_the_swap(imported: Installation) -> None:
    imported.toolchains.create(ADMINISTRATOR, "gcc-11", parse_spec(compilers={"gcc": "gcc-11"}))
    imported.derive(toolchain="gcc-11")
    machine = BuildMachine(imported)
    imported.rebuild("gcc-defaults")
    claim = machine.build_next()
    imported.rebuild("hello")
    token = machine.claim().view.sources_deb822.split("/views/")[1].split()[0]

    index = imported.serving.view_file(token, f"dists/{SUITE}/toolchain/binary-amd64/Packages.gz")
    main = imported.serving.view_file(token, f"dists/{SUITE}/main/binary-amd64/Packages.gz")

    assert claim.version == "1.203Xtrial2"
    assert imported.build("gcc-defaults").state is BuildState.BUILT
    assert versions_of("gcc", index.path.read_bytes()) == ["4:12.2.0-3Xtrial1"]
    assert versions_of("gcc", main.path.read_bytes()) == []


def versions_of(name: str, packed: bytes) -> list[str]:
    import gzip  # noqa: PLC0415 - one test's need

    paragraphs = gzip.decompress(packed).decode().split("\n\n")
    wanted = [p for p in paragraphs if p.startswith(f"Package: {name}\n")]
    return [line[9:] for p in wanted for line in p.splitlines() if line.startswith("Version: ")]


def test_a_campaign_that_cannot_be_made_ready_fails_with_its_builds(
    derived: Installation,
) -> None:
    derived.toolchains.create(ADMINISTRATOR, "gcc-11", parse_spec(compilers={"gcc": "gcc-11"}))
    derived.mirror.files.clear()

    campaign, job, _ = derived.rebuilding.request(
        ADMINISTRATOR, replace(REQUEST, toolchain="gcc-11")
    )
    ended = derived.done(job)

    with derived.database.read() as transaction:
        after = transaction.campaigns.by_id(campaign.id)
    assert ended.state is JobState.FAILED
    assert (after.state, after.sentence) == (CampaignState.FAILED, ended.message)
    assert {b.state for b in derived.builds_of(campaign)} == {BuildState.CANCELLED}


def test_a_campaign_that_is_cancelled_before_its_job_begins_is_given_up(
    derived: Installation,
) -> None:
    campaign, job, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    derived.jobs.cancel(ADMINISTRATOR, job.id)
    derived.engine.run_all()

    with derived.database.read() as transaction:
        after = transaction.campaigns.by_id(campaign.id)
    assert (after.state, after.sentence) == (CampaignState.FAILED, "the job was cancelled")
    assert {b.state for b in derived.builds_of(campaign)} == {BuildState.CANCELLED}


def test_a_source_whose_all_package_wants_one_exact_version_gets_a_new_source(
    empty: Installation,
) -> None:
    packages = "main/binary-amd64/Packages"
    data = b"Package: libfoo-data\n"
    text = indices()[packages]
    assert text.count(data) == 1
    exact = text.replace(data, data + b"Depends: libfoo1 (= 2.0-1+b2)\n")
    empty.parent.serve(empty.mirror, changed={packages: exact})
    empty.import_parent()
    empty.derive(selection="libfoo,hello")

    plan = empty.rebuilding.plan(ADMINISTRATOR, REQUEST)
    forced = empty.rebuilding.plan(ADMINISTRATOR, replace(REQUEST, form=FormChoice.BINARY_ONLY))

    libfoo = [build for build in plan.accepted if build.source == "libfoo"]
    assert {(b.architecture, b.form) for b in libfoo} >= {
        ("amd64", RebuildForm.SOURCE),
        ("all", RebuildForm.SOURCE),
    }
    assert {b.form_reason for b in libfoo} == {"libfoo-data depends on libfoo1 (= 2.0-1+b2)"}
    assert {b.version for b in libfoo} == {"2.0-1+b2Xtrial1"}
    assert [(r.source, r.code) for r in forced.refused] == [("libfoo", "exact-relation")]


def test_packages_for_all_architectures_are_made_anew_where_they_are_asked_for(
    derived: Installation,
) -> None:
    request = replace(REQUEST, selection="libfoo,hello", architectures=["amd64", "all"])

    plan = derived.rebuilding.plan(ADMINISTRATOR, request)
    campaign, job, _ = derived.rebuilding.request(ADMINISTRATOR, request)

    assert {(b.source, b.architecture, b.form, b.version) for b in plan.accepted} == {
        ("hello", "amd64", RebuildForm.BINARY_ONLY, "1.2-3Xtrial1"),
        ("libfoo", "amd64", RebuildForm.SOURCE, "2.0-1+b2Xtrial1"),
        ("libfoo", "all", RebuildForm.SOURCE, "2.0-1+b2Xtrial1"),
    }
    assert campaign.architectures == ("amd64",)
    assert campaign.request["architectures"] == ["amd64", "all"]
    assert derived.done(job).state is JobState.SUCCEEDED
    assert {build.new_source_id is not None for build in derived.builds_of(campaign)} == {
        True,
        False,
    }


def of_new_source(upload: Upload) -> Upload:
    """What the claim asks for, made of a source of its own version."""
    claim = upload.claim
    packages = binaries_of(
        LIBFOO,
        claim.architecture,
        part=claim.part,
        version=claim.version,
        source_version=claim.source.version,
    )
    made = upload_for(claim, packages)
    made = replace(made, buildinfo=made.buildinfo.replace("libfoo (2.0-1)", "libfoo"))
    is_any = claim.part is Part.ANY
    names = "libfoo1" if is_any else "libfoo-data"
    text = changes_text(made, "libfoo", names, claim.architecture if is_any else "all")
    return replace(made, changes=text.replace("Binary-Only: yes\n", ""))


def test_packages_for_all_architectures_made_anew_are_published_with_their_source(
    derived: Installation,
) -> None:
    request = replace(REQUEST, selection="libfoo", architectures=["amd64", "all"])
    campaign, job, _ = derived.rebuilding.request(ADMINISTRATOR, request)
    derived.done(job)

    machine = BuildMachine(derived)
    for _ in range(2):
        machine.build_next(of_new_source)
    derived.publish()

    assert {build.state for build in derived.builds_of(campaign)} == {BuildState.BUILT}

    packages = derived.plain_index("trial", "main/binary-amd64/Packages").decode()
    sources = derived.plain_index("trial", "main/source/Sources").decode()
    versions = {
        (package["Package"], package["Version"], package.get("Source", package["Package"]))
        for package in map(parse_stanza, packages.strip().split("\n\n"))
        if package["Package"].startswith("libfoo")
    }
    assert versions == {
        ("libfoo1", "2.0-1+b2Xtrial1", "libfoo"),
        ("libfoo-data", "2.0-1+b2Xtrial1", "libfoo"),
    }
    assert "\nVersion: 2.0-1+b2Xtrial1\n" in sources


def test_a_binary_only_rebuild_of_all_packages_is_no_request(derived: Installation) -> None:
    request = replace(REQUEST, architectures=["all"], form=FormChoice.BINARY_ONLY)

    with pytest.raises(InvalidInputError, match="no binary-only rebuild makes packages for all"):
        derived.rebuilding.plan(ADMINISTRATOR, request)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("2.0-1+b2", "libfoo1 depends on libfoo-data (= 2.0-1+b2), which may be the version of"),
        ("2.0-1", "its packages for all architectures may stay"),
    ],
)
def test_a_package_that_wants_an_all_one_by_its_own_version_gets_a_new_source(
    empty: Installation, wanted: str, reason: str
) -> None:
    packages = "main/binary-amd64/Packages"
    package = b"Package: libfoo1\n"
    text = indices()[packages]
    assert text.count(package) == 1
    relation = f"Depends: libfoo-data (= {wanted})\n".encode()
    exact = text.replace(package, package + relation)
    empty.parent.serve(empty.mirror, changed={packages: exact})
    empty.import_parent()
    empty.derive(selection="libfoo,hello")

    plan = empty.rebuilding.plan(ADMINISTRATOR, REQUEST)

    [found] = {build.form_reason for build in plan.accepted if build.source == "libfoo"}
    assert found.startswith(reason)


def test_a_light_archive_builds_nothing_that_is_its_parent_s(imported: Installation) -> None:
    wanted = DeriveRequest(name="light", parents=[f"debian/{SUITE}"], mode=DerivationMode.LIGHT)
    imported.done(imported.deriving.request(ADMINISTRATOR, wanted))

    plan = imported.rebuilding.plan(
        ADMINISTRATOR, RebuildRequest(archive="light", selection="all", reason="a test")
    )

    assert plan.accepted == ()
    assert {refusal.code for refusal in plan.refused} == {"light-archive"}
