"""Tombstones: what a deleted archive's name answers, until it is used again."""

import pytest
from tests.adapters.database.stage import add_external
from tests.builders import NOW, later

from vostok.adapters.database import SqlDatabase
from vostok.domain.deletion import Tombstone
from vostok.errors import GoneError, NotFoundError


def tombstone(name: str = "trial", *, archive_id: int = 7, seconds: float = 0) -> Tombstone:
    return Tombstone(
        name=name,
        kind="derived",
        archive_id=archive_id,
        at=later(seconds),
        deleted_by="andrea",
        report={"files": 3},
    )


def put(database: SqlDatabase, *tombstones: Tombstone) -> None:
    with database.write() as transaction:
        for one in tombstones:
            transaction.tombstones.put(one)


def test_the_name_says_who_deleted_it_and_when(database: SqlDatabase) -> None:
    put(database, tombstone())

    with (
        database.read() as transaction,
        pytest.raises(
            GoneError, match=r"trial was deleted on 2026-11-22 at 12:00:00 UTC by andrea"
        ),
    ):
        transaction.archives.named("trial")


def test_a_name_that_never_was_is_not_found(database: SqlDatabase) -> None:
    put(database, tombstone())

    with database.read() as transaction, pytest.raises(NotFoundError):
        transaction.archives.named("tria")


def test_a_new_archive_of_the_name_takes_the_tombstone_away(database: SqlDatabase) -> None:
    put(database, tombstone("trial"), tombstone("other"))

    with database.write() as transaction:
        add_external(transaction, "trial")

    with database.read() as transaction:
        assert transaction.archives.named("trial").name == "trial"
        assert [one.name for one in transaction.tombstones.all()] == ["other"]


def test_the_newest_of_a_name_stands(database: SqlDatabase) -> None:
    put(database, tombstone(archive_id=7), tombstone(archive_id=9, seconds=5))

    with database.read() as transaction:
        assert transaction.tombstones.find("trial") == tombstone(archive_id=9, seconds=5)


def test_the_report_is_written_on_the_archives_own(database: SqlDatabase) -> None:
    put(database, tombstone("trial", archive_id=7), tombstone("other", archive_id=8))

    with database.write() as transaction:
        transaction.tombstones.set_report(7, {"files": 9})
        transaction.tombstones.set_report(99, {"files": 1})

    with database.read() as transaction:
        reports = {one.name: one.report for one in transaction.tombstones.all()}
        assert reports == {"trial": {"files": 9}, "other": {"files": 3}}


def test_old_ones_are_listed(database: SqlDatabase) -> None:
    put(database, tombstone("old"), tombstone("new", seconds=10))

    with database.read() as transaction:
        assert transaction.tombstones.before(NOW) == []
        assert transaction.tombstones.before(later(10)) == ["old"]
