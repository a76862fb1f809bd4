"""Snapshots of external suites: what each number shows, and what they share."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import HELLO, Stage, add_external, snapshot_of
from tests.builders import NOW, new_binary, new_source, sha256_of

from vostok.adapters.database import SqlDatabase, schema
from vostok.domain.archive import Suite
from vostok.domain.package import Membership, NewBinary
from vostok.domain.snapshot import Snapshot
from vostok.errors import ConflictError

NAMES = ("bar", "foo", "hello", "libfoo")
VERSIONS = ("1", "2")
packages = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VERSIONS))


def source_versions(stage: Stage, number: int) -> dict[str, str]:
    membership = Membership(suite_id=stage.parent_suite.id, number=number)
    with stage.read() as transaction:
        found = transaction.packages.sources_named(membership, NAMES)
    assert len({source.name for source in found}) == len(found)
    return {source.name: source.version for source in found}


def binary_versions(stage: Stage, number: int) -> dict[str, str]:
    membership = Membership(suite_id=stage.parent_suite.id, number=number)
    with stage.read() as transaction:
        found = transaction.listings.binaries(membership)
        files = transaction.listings.files(binary.id for binary in found)
    assert len({binary.name for binary in found}) == len(found)
    return {binary.name: files[binary.id].path.split("_")[1] for binary in found}


def cut_off(binaries: Iterable[NewBinary]) -> Iterator[NewBinary]:
    """These, and then a failure."""
    yield from binaries
    raise RuntimeError("the disk is full")


def parent_suite(stage: Stage) -> Suite:
    """The suite as it is now; the one that the stage holds has no snapshot yet."""
    with stage.read() as transaction:
        return transaction.archives.suite(stage.parent_suite.id)


def test_a_snapshot_says_where_it_came_from_and_how_large_it_is(database: SqlDatabase) -> None:
    with database.write() as transaction:
        _, suite = add_external(transaction, "debian")
        made = snapshot_of(transaction, suite, [HELLO], [new_binary(), new_binary("world")])
        numbered = transaction.archives.suite(suite.id).snapshot

    with database.read() as transaction:
        assert transaction.snapshots.find(suite.id, 1) == made
        assert transaction.snapshots.find(suite.id, 2) is None
    assert numbered == 1
    assert made == Snapshot(
        suite_id=suite.id,
        number=1,
        at=NOW,
        release_date=NOW,
        valid_until=None,
        is_expiry_overridden=False,
        release_sha256=sha256_of("InRelease"),
        signed_by="0123456789ABCDEF",
        snapshots_url="",
        sources=1,
        binaries=2,
        udebs=0,
        pool_bytes=made.pool_bytes,
    )
    assert made.pool_bytes > 0


def test_an_older_snapshot_shows_what_it_showed_before_the_newer_one(stage: Stage) -> None:
    stage.take_snapshot([new_source("hello", "2.10-4")], [new_binary("hello", "2.10-4")])

    assert source_versions(stage, 1) == binary_versions(stage, 1) == {"hello": "2.10-3"}
    assert source_versions(stage, 2) == binary_versions(stage, 2) == {"hello": "2.10-4"}


def test_what_did_not_change_is_not_stored_again(stage: Stage) -> None:
    before = stage.row_counts()

    stage.take_snapshot([HELLO], [new_binary()])

    after = stage.row_counts()
    assert after == {**before, "snapshot": before["snapshot"] + 1}
    assert source_versions(stage, 2) == {"hello": "2.10-3"}


def test_what_changed_costs_only_its_own_rows(stage: Stage) -> None:
    stage.take_snapshot([HELLO, new_source("foo", "1")], [new_binary()])
    before = stage.row_counts()

    stage.take_snapshot([HELLO, new_source("foo", "2")], [new_binary()])

    after = stage.row_counts()
    assert after["suite_source"] - before["suite_source"] == 1
    assert after["source_release"] - before["source_release"] == 1
    assert after["suite_binary"] == before["suite_binary"]


def test_a_package_that_goes_and_comes_back_is_missing_in_between(stage: Stage) -> None:
    stage.take_snapshot([], [])
    stage.take_snapshot([HELLO], [new_binary()])

    seen = [source_versions(stage, number) for number in (1, 2, 3)]

    assert seen == [{"hello": "2.10-3"}, {}, {"hello": "2.10-3"}]
    assert [binary_versions(stage, number) for number in (1, 2, 3)] == seen
    assert stage.row_counts()["source_release"] == 1


def test_a_package_that_moves_to_another_component_is_there_once(stage: Stage) -> None:
    stage.take_snapshot([HELLO], [replace(new_binary(), component="contrib")])

    membership = Membership(suite_id=stage.parent_suite.id, number=2)
    with stage.read() as transaction:
        [found] = transaction.listings.binaries(membership)
        [file] = transaction.listings.files([found.id]).values()

    assert (found.component, file.sha256) == ("contrib", new_binary().sha256)


def test_an_all_package_stands_in_the_index_of_each_architecture(stage: Stage) -> None:
    entries = [
        new_binary("hello-data", architecture="all", index_architecture=architecture)
        for architecture in ("amd64", "arm64")
    ]
    stage.take_snapshot([], entries)
    stage.take_snapshot([], entries[:1])

    both = Membership(suite_id=stage.parent_suite.id, number=2)
    one = Membership(suite_id=stage.parent_suite.id, number=3)
    with stage.read() as transaction:
        first = {b.index_architecture for b in transaction.listings.binaries(both)}
        second = {b.index_architecture for b in transaction.listings.binaries(one)}

    assert first == {"amd64", "arm64"}
    assert second == {"amd64"}
    assert stage.row_counts()["binary_release"] == 2


def test_a_stanza_that_an_index_has_twice_is_one_member(stage: Stage) -> None:
    stage.take_snapshot([HELLO, HELLO], [new_binary(), new_binary()])

    assert source_versions(stage, 2) == binary_versions(stage, 2) == {"hello": "2.10-3"}


def test_two_archives_share_the_releases_that_both_have(stage: Stage) -> None:
    before = stage.row_counts()

    with stage.write() as transaction:
        _, suite = add_external(transaction, "mirror")
        snapshot_of(transaction, suite, [HELLO], [new_binary()])

    after = stage.row_counts()
    for table in ("stanza", "source_release", "source_file", "binary_release"):
        assert after[table] == before[table]


def test_a_package_with_equal_version_and_other_bytes_is_another_release(stage: Stage) -> None:
    stage.take_snapshot([HELLO], [new_binary(content="rebuilt in place")])

    with stage.read() as transaction:
        second = Membership(suite_id=stage.parent_suite.id, number=2)
        before, after = (
            transaction.listings.files([entry.id])[entry.id]
            for membership in (stage.base, second)
            for entry in transaction.listings.binaries(membership)
        )

    assert before.path == after.path
    assert before.sha256 == new_binary().sha256
    assert after.sha256 == new_binary(content="rebuilt in place").sha256


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(packages, min_size=1, max_size=5))
def test_every_number_shows_exactly_what_its_snapshot_was_given(
    stage: Stage, history: list[dict[str, str]]
) -> None:
    taken = {}
    for content in history:
        snapshot = stage.take_snapshot(
            [new_source(name, version) for name, version in content.items()],
            [new_binary(name, version) for name, version in content.items()],
        )
        taken[snapshot.number] = content

    for number, content in taken.items():
        assert source_versions(stage, number) == content
        assert binary_versions(stage, number) == content


def test_an_import_that_fails_leaves_the_archive_as_it_was(stage: Stage) -> None:
    before = stage.row_counts()

    with pytest.raises(RuntimeError, match="the disk is full"):
        stage.take_snapshot([new_source("foo")], cut_off([new_binary("foo")]))

    assert stage.row_counts() == before
    assert parent_suite(stage).snapshot == 1
    assert stage.take_snapshot([HELLO], []).number == 2


def test_a_snapshot_made_from_a_stale_suite_is_refused(stage: Stage) -> None:
    stale = parent_suite(stage)
    stage.take_snapshot([HELLO], [])

    with (
        stage.write() as transaction,
        pytest.raises(ConflictError, match="somebody else took snapshot 2"),
    ):
        snapshot_of(transaction, stale, [], [])

    assert source_versions(stage, 2) == {"hello": "2.10-3"}


def test_of_two_imports_at_once_one_is_refused_and_none_is_mixed(stage: Stage) -> None:
    suite = parent_suite(stage)

    def take(name: str) -> int:
        with stage.write() as transaction:
            return snapshot_of(transaction, suite, [new_source(name, "1")], []).number

    outcomes = outcomes_at_once([lambda: take("foo"), lambda: take("bar")])

    kinds = [type(outcome) for outcome in outcomes]
    assert sorted(kind.__name__ for kind in kinds) == ["ConflictError", "int"]
    assert source_versions(stage, 2) == {("foo", "bar")[kinds.index(int)]: "1"}


def test_memberships_are_never_open_twice(stage: Stage) -> None:
    for content in ([HELLO], [], [HELLO], [HELLO, new_source("foo")]):
        stage.take_snapshot(content, [])

    members = schema.suite_source
    with stage.database.engine.connect() as connection:
        open_rows = connection.execute(
            sa.select(sa.func.count())
            .where(members.c.until.is_(None))
            .group_by(members.c.suite_id, members.c.package_id)
        )
        counts = list(open_rows.scalars())

    assert counts == [1, 1]
