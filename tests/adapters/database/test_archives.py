"""Archives, their suites, and the tokens that let people and builders in."""

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import MIRROR, Stage, add_derived, add_external, derivation_from
from tests.builders import NOW

from vostok.adapters.database import SqlDatabase
from vostok.domain.access import Principal, Role
from vostok.domain.archive import (
    Archive,
    ArchiveKind,
    ArchiveState,
    DependencyMode,
    RebuildPolicy,
)
from vostok.domain.derivation import OnRemoval
from vostok.errors import ConflictError, NotFoundError


def add_archive(database: SqlDatabase, name: str) -> Archive:
    with database.write() as transaction:
        return transaction.archives.add(
            name=name, kind=ArchiveKind.EXTERNAL, at=NOW, requested_by="andrea"
        )


def test_a_new_archive_is_being_prepared_and_has_no_key(database: SqlDatabase) -> None:
    with database.write() as transaction:
        made = transaction.archives.add(
            name="trial",
            kind=ArchiveKind.DERIVED,
            at=NOW,
            requested_by="andrea",
            tag="exp",
            policy=RebuildPolicy.ON_REQUEST,
        )

    with database.read() as transaction:
        found = transaction.archives.named("trial")
    assert found == made
    assert found == Archive(
        id=made.id,
        name="trial",
        kind=ArchiveKind.DERIVED,
        state=ArchiveState.PREPARING,
        created_at=NOW,
        requested_by="andrea",
        tag="exp",
        policy=RebuildPolicy.ON_REQUEST,
        toolchain_id=None,
        key_fingerprint=None,
    )


def test_an_archive_is_found_by_name_and_by_id(database: SqlDatabase) -> None:
    made = add_archive(database, "debian")

    with database.read() as transaction:
        assert transaction.archives.find("debian") == made
        assert transaction.archives.by_id(made.id) == made
        assert transaction.archives.find("devian") is None
        assert transaction.archives.by_id(made.id + 1) is None


def test_asking_for_an_archive_that_is_not_there_names_it(database: SqlDatabase) -> None:
    with database.read() as transaction, pytest.raises(NotFoundError, match="no archive devian"):
        transaction.archives.named("devian")


def test_archives_are_listed_by_name(database: SqlDatabase) -> None:
    for name in ("zebra", "debian", "trial"):
        add_archive(database, name)

    with database.read() as transaction:
        names = [archive.name for archive in transaction.archives.all()]

    assert names == ["debian", "trial", "zebra"]


def test_a_name_is_given_once_and_the_transaction_goes_on(database: SqlDatabase) -> None:
    add_archive(database, "trial")

    with database.write() as transaction:
        with pytest.raises(ConflictError, match="there is an archive trial already"):
            transaction.archives.add(
                name="trial", kind=ArchiveKind.EXTERNAL, at=NOW, requested_by="andrea"
            )
        add_external(transaction, "debian")

    with database.read() as transaction:
        assert [archive.name for archive in transaction.archives.all()] == ["debian", "trial"]


def test_of_two_that_ask_for_a_name_at_once_one_is_refused(database: SqlDatabase) -> None:
    outcomes = outcomes_at_once([lambda: add_archive(database, "trial")] * 2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Archive", "ConflictError"]


def test_state_and_key_can_be_set(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.archives.set_state(stage.archive.id, ArchiveState.DELETING)
        transaction.archives.set_key(stage.archive.id, "0123456789ABCDEF")

    with stage.read() as transaction:
        found = transaction.archives.named("trial")
        other = transaction.archives.named("debian")
    assert (found.state, found.key_fingerprint) == (ArchiveState.DELETING, "0123456789ABCDEF")
    assert (other.state, other.key_fingerprint) == (ArchiveState.ACTIVE, None)


def test_a_suite_of_a_derived_archive_knows_its_derivation(stage: Stage) -> None:
    with stage.write() as transaction:
        suite = transaction.archives.add_suite(
            archive_id=stage.archive.id,
            name="light",
            codename="bookworm",
            components=["main", "contrib"],
            architectures=["arm64"],
            dependencies=DependencyMode.ISOLATED,
            on_removal=OnRemoval.KEEP,
        )
        wanted = derivation_from(stage.parent_suite, snapshot=7, selection="hello, lib*")
        transaction.derivations.add(suite.id, wanted)
        suite = transaction.archives.suite(suite.id)

    assert suite.derivation == wanted
    assert (suite.components, suite.architectures) == (("main", "contrib"), ("arm64",))
    assert (suite.dependencies, suite.on_removal) == (DependencyMode.ISOLATED, OnRemoval.KEEP)
    assert (suite.snapshot, suite.edition, suite.publication) == (0, 0, 0)


def test_suites_are_listed_in_the_order_in_which_they_came(stage: Stage) -> None:
    with stage.write() as transaction:
        for name in ("zebra", "aardvark"):
            transaction.archives.add_suite(
                archive_id=stage.archive.id,
                name=name,
                codename=name,
                components=["main"],
                architectures=["amd64"],
            )
        names = [suite.name for suite in transaction.archives.suites(stage.archive.id)]

    assert names == ["bookworm", "zebra", "aardvark"]


@pytest.mark.parametrize("name", ["stable", "bookworm"])
def test_a_suite_is_found_by_name_and_by_codename(database: SqlDatabase, name: str) -> None:
    with database.write() as transaction:
        archive = transaction.archives.add(
            name="debian", kind=ArchiveKind.EXTERNAL, at=NOW, requested_by="andrea"
        )
        suite = transaction.archives.add_suite(
            archive_id=archive.id,
            name="stable",
            codename="bookworm",
            components=["main"],
            architectures=["amd64"],
        )

        assert transaction.archives.find_suite(archive.id, name) == suite
        assert transaction.archives.find_suite(archive.id, "sid") is None
        assert transaction.archives.find_suite(archive.id + 1, name) is None


def test_an_import_changes_what_an_external_suite_says_of_itself(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.archives.set_suite_source(
            stage.parent_suite.id,
            codename="trixie",
            components=["main", "contrib"],
            architectures=["riscv64"],
            mirror="http://ftp.example.org/debian",
            mirrors={"riscv64": "http://ports.example.org/debian"},
        )
        suite = transaction.archives.suite(stage.parent_suite.id)

    assert stage.parent_suite.mirror == MIRROR
    assert suite.mirror == "http://ftp.example.org/debian"
    assert suite.mirrors == {"riscv64": "http://ports.example.org/debian"}
    assert (suite.codename, suite.components) == ("trixie", ("main", "contrib"))
    assert suite.architectures == ("riscv64",)


def test_a_parent_names_the_archives_derived_from_it_once_each(stage: Stage) -> None:
    with stage.write() as transaction:
        add_derived(transaction, "another", stage.parent_suite)
        second = transaction.archives.add_suite(
            archive_id=stage.archive.id,
            name="second",
            codename="second",
            components=["main"],
            architectures=["amd64"],
        )
        transaction.derivations.add(second.id, derivation_from(stage.parent_suite))

        assert transaction.archives.derived_from(stage.parent.id) == ["another", "trial"]
        assert transaction.archives.derived_from(stage.archive.id) == []


def test_a_new_token_of_a_name_takes_the_place_of_the_old_one(database: SqlDatabase) -> None:
    with database.write() as transaction:
        for token_hash, name, role in (
            ("old", "andrea", Role.ADMINISTRATOR),
            ("new", "andrea", Role.ADMINISTRATOR),
            ("other", "builders", Role.BUILDER),
        ):
            transaction.people.put_token(token_hash=token_hash, name=name, role=role, at=NOW)

    with database.read() as transaction:
        assert transaction.people.principal_of("old", NOW) is None
        assert transaction.people.principal_of("new", NOW) == (
            Principal(name="andrea", role=Role.ADMINISTRATOR),
            None,
        )
        assert transaction.people.principal_of("other", NOW) == (
            Principal(name="builders", role=Role.BUILDER),
            None,
        )
