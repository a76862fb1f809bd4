"""Deriving an archive: what is refused at once, what comes of it, and how a failure is undone."""

from typing import Any

import pytest
from tests.fakes import FakeSigner
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation
from tests.services.parent import SUITE

from vostok.domain.archive import ArchiveKind, ArchiveState, RebuildPolicy
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.package import DeltaKind
from vostok.domain.toolchain import ToolchainSpec, parse_spec
from vostok.errors import (
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    VostokError,
)
from vostok.services.deriving.derivations import DeriveRequest

GCC_11: ToolchainSpec = parse_spec(compilers={"gcc": "gcc-11"})


def ask(world: Installation, **changes: object) -> Job:
    arguments: dict[str, Any] = {
        "name": "trial",
        "parents": [f"debian/{SUITE}"],
        **changes,
    }
    return world.deriving.request(ADMINISTRATOR, DeriveRequest(**arguments))


def names_of_archives(world: Installation) -> list[str]:
    with world.database.read() as transaction:
        return [archive.name for archive in transaction.archives.all()]


def keys_of(world: Installation) -> dict[str, str]:
    assert isinstance(world.signer, FakeSigner)
    return world.signer.keys


def test_a_derived_archive_takes_its_parent_s_codename_and_all_defaults(
    imported: Installation,
) -> None:
    job = imported.derive("gcc-exp2", selection="hello,lib*")

    archive, suite = imported.archive("gcc-exp2"), imported.suite("gcc-exp2")
    assert job.state is JobState.SUCCEEDED
    assert (archive.kind, archive.state) == (ArchiveKind.DERIVED, ArchiveState.ACTIVE)
    assert (archive.tag, archive.policy) == ("gccexp", RebuildPolicy.ON_REQUEST)
    assert archive.key_fingerprint in keys_of(imported)
    assert (suite.name, suite.codename) == (SUITE, SUITE)
    assert suite.components == ("main", "contrib")
    assert suite.publication == 1
    assert suite.derivation is not None
    assert suite.derivation.selection == "hello,lib*"
    (parent,) = suite.derivation.parents
    assert (parent.archive, parent.number) == ("debian", 1)
    assert suite.derivation.base == parent.members


def test_deriving_stores_no_package(imported: Installation) -> None:
    imported.derive()

    assert not [url for url in imported.mirror.asked if "/pool/" in url]


def test_a_later_import_changes_nothing_of_what_is_derived(derived: Installation) -> None:
    derived.parent.serve(derived.mirror, fields={"Version": "12.9"})
    derived.import_parent()

    derivation = derived.suite().derivation

    assert derived.suite("debian").snapshot == 2
    assert derivation is not None
    assert derivation.parents[0].number == 1


@pytest.mark.parametrize(
    ("changes", "kind", "sentence", "hint"),
    [
        ({"name": "../x"}, InvalidInputError, "'../x' cannot be the name", "lower-case"),
        ({"name": "debian"}, InvalidInputError, "debian cannot be derived from itself", "another"),
        ({"name": "new"}, InvalidInputError, "the name 'new' is reserved", "another"),
        ({"name": "123"}, InvalidInputError, "letters a-z", "--tag"),
        ({"tag": "t1"}, InvalidInputError, "letters a-z", "--tag"),
        ({"parents": ["debian/"]}, InvalidInputError, "is not ARCHIVE[/SUITE]", "debian/bookworm"),
        ({"parents": ["debian", "debian/bookworm"]}, InvalidInputError,
         "debian/bookworm comes twice", "once"),
        ({"parents": ["ubuntu/noble"]}, NotFoundError, "no archive ubuntu", "archive list"),
        ({"parents": ["debian/sid"]}, NotFoundError, "debian has no suite sid", "it has bookworm"),
        ({"selection": "nope"}, InvalidInputError, "names no source here: nope", "name"),
        ({"selection": ""}, InvalidInputError, "the selection is empty", "globs"),
        ({"architectures": ["amd64", "s390x"]}, InvalidInputError,
         "no parent has the architecture s390x", "they were imported with amd64"),
        ({"toolchain": "gcc-11"}, NotFoundError, "gcc-11", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_derived_is_refused_at_once(
    imported: Installation,
    changes: dict[str, object],
    kind: type[VostokError],
    sentence: str,
    hint: str,
) -> None:
    with pytest.raises(kind) as caught:
        ask(imported, **changes)

    assert sentence in str(caught.value)
    assert hint in str(caught.value.hint)
    assert names_of_archives(imported) == ["debian"]
    assert imported.engine.jobs == []


def test_only_who_may_derives(imported: Installation) -> None:
    with pytest.raises(NotAllowedError):
        imported.deriving.request(BUILDER, DeriveRequest(name="x", parents=[f"debian/{SUITE}"]))


def test_an_architecture_named_twice_counts_once(imported: Installation) -> None:
    job = imported.done(ask(imported, architectures=["amd64", "amd64"]))

    assert job.state is JobState.SUCCEEDED
    assert imported.suite().architectures == ("amd64",)


def test_a_compiler_that_the_parent_lacks_is_refused_naming_those_it_has(
    imported: Installation,
) -> None:
    imported.toolchains.create(ADMINISTRATOR, "gcc-13", parse_spec(compilers={"gcc": "gcc-13"}))

    with pytest.raises(InvalidInputError, match=r"the parent has no gcc-13 on amd64") as caught:
        ask(imported, toolchain="gcc-13")

    assert "gcc-11, gcc-12" in str(caught.value.hint)
    assert names_of_archives(imported) == ["debian"]


def test_a_toolchain_s_packages_are_made_once_and_shown_in_their_own_component(
    imported: Installation,
) -> None:
    imported.toolchains.create(ADMINISTRATOR, "gcc-11", GCC_11)

    job = imported.derive(toolchain="gcc-11")

    suite = imported.suite()
    with imported.database.read() as transaction:
        own = transaction.deltas.published_binaries(suite.id, suite.publication)
        sources = transaction.deltas.own_sources(suite.id)
        numbers = transaction.campaigns.last_rebuild_numbers(suite.archive_id)
    assert job.state is JobState.SUCCEEDED
    assert [order.suffix for order in imported.swap_builder.orders] == ["Xtrial1"]
    assert [(b.name, b.version, b.component, b.kind) for b in own] == [
        ("gcc", "4:12.2.0-3Xtrial1", "toolchain", DeltaKind.TOOLCHAIN)
    ]
    assert [(s.name, s.version) for s in sources] == [("gcc-defaults", "1.203Xtrial1")]
    assert numbers == {"gcc-defaults": 1}
    assert suite.edition == 1


def key_without_memory(world: Installation) -> None:
    world.mirror.files = {u: d for u, d in world.mirror.files.items() if "/pool/" not in u}


def test_a_failed_derivation_leaves_no_archive_no_key_and_no_file(imported: Installation) -> None:
    files = imported.store.hashes()
    imported.toolchains.create(ADMINISTRATOR, "gcc-11", GCC_11)
    key_without_memory(imported)

    job = imported.derive(toolchain="gcc-11")

    assert job.state is JobState.FAILED
    assert "is not to be had" in job.message
    assert names_of_archives(imported) == ["debian"]
    assert keys_of(imported) == {}
    assert imported.store.hashes() == files


def test_the_name_of_a_failed_derivation_is_free(imported: Installation) -> None:
    imported.toolchains.create(ADMINISTRATOR, "gcc-11", GCC_11)
    key_without_memory(imported)
    imported.derive(toolchain="gcc-11")

    assert imported.derive().state is JobState.SUCCEEDED


def test_a_derivation_that_is_cancelled_before_it_begins_is_undone(
    imported: Installation,
) -> None:
    job = ask(imported, selection="hello")
    imported.jobs.cancel(ADMINISTRATOR, job.id)

    ended = imported.done(job)

    assert ended.state is JobState.CANCELLED
    assert names_of_archives(imported) == ["debian"]


def test_a_derivation_that_is_cancelled_on_its_way_is_undone(imported: Installation) -> None:
    job = ask(imported, selection="hello")
    runner = imported.engine.runner
    assert runner is not None
    carry = runner.run_step(job.id, 0, {})
    imported.jobs.cancel(ADMINISTRATOR, job.id)
    for number in (1, 2):
        carry = runner.run_step(job.id, number, carry)
        if "cancelled" in carry:
            break
    runner.finish(job.id, carry)

    assert imported.jobs.show(ADMINISTRATOR, job.id).state is JobState.CANCELLED
    assert names_of_archives(imported) == ["debian"]
    assert keys_of(imported) == {}


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_step_that_was_cut_off_is_done_again_with_the_same_end(
    imported: Installation, step: int
) -> None:
    imported.toolchains.create(ADMINISTRATOR, "gcc-11", GCC_11)
    job = ask(imported, toolchain="gcc-11")
    runner = imported.engine.runner
    assert runner is not None
    carry: dict[str, Any] = {}
    for number in range(len(runner.step_names(JobKind.DERIVE))):
        before = carry
        carry = runner.run_step(job.id, number, before)
        if number == step:
            carry = runner.run_step(job.id, number, before)
    runner.finish(job.id, carry)

    assert imported.jobs.show(ADMINISTRATOR, job.id).state is JobState.SUCCEEDED
    assert len(keys_of(imported)) == 1
    assert len(imported.swap_builder.orders) == 1
    assert (imported.suite().publication, imported.suite().edition) == (1, 1)


def test_undoing_twice_is_undoing_once(imported: Installation) -> None:
    job = ask(imported, selection="hello")
    runner = imported.engine.runner
    assert runner is not None
    runner.run_step(job.id, 0, {})

    imported.deriving.undo(job, "a test")
    imported.deriving.undo(job, "a test")

    assert names_of_archives(imported) == ["debian"]
    assert keys_of(imported) == {}


def test_undoing_never_takes_an_archive_that_came_to_be(derived: Installation) -> None:
    job = derived.jobs.newest(ADMINISTRATOR, "trial")[-1]

    derived.deriving.undo(job, "a test")

    assert names_of_archives(derived) == ["debian", "trial"]
