"""Publications: what clients see, switched in one transaction and kept afterwards."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import Stage, add_derived, add_external, snapshot_of
from tests.builders import NOW, index_file, new_binary, sha256_of

from vostok.adapters.database import SqlTransaction, schema
from vostok.domain.package import Membership
from vostok.domain.publication import BaseShown, IndexFile, Publication
from vostok.errors import ConflictError, NotFoundError

DEB = "pool/main/h/hello/hello_1_amd64.deb"


def add_publication(
    transaction: SqlTransaction,
    suite_id: int,
    number: int,
    *,
    indices: Sequence[IndexFile] = (),
    pool: Sequence[IndexFile] = (),
) -> Publication:
    return transaction.publications.add(
        suite_id,
        number,
        derivation=1,
        at=NOW,
        reason="a test",
        sources=1,
        binaries=len(pool),
        indices=indices,
        pool=pool,
    )


def publish(
    stage: Stage,
    number: int,
    *,
    indices: Sequence[IndexFile] = (),
    pool: Sequence[IndexFile] = (),
) -> Publication:
    with stage.write() as transaction:
        return add_publication(transaction, stage.suite.id, number, indices=indices, pool=pool)


def pool_file(stage: Stage, path: str) -> IndexFile | None:
    with stage.read() as transaction:
        return transaction.publications.find_pool_file(stage.archive.id, path)


def test_a_publication_becomes_the_newest_of_its_suite(stage: Stage) -> None:
    made = publish(stage, 1, pool=[index_file(DEB), index_file("pool/x")])

    with stage.read() as transaction:
        assert transaction.archives.suite(stage.suite.id).publication == 1
        assert transaction.publications.numbered(stage.suite.id, 1) == made
    assert (made.number, made.at, made.reason) == (1, NOW, "a test")
    assert (made.sources, made.binaries) == (1, 2)
    assert made.bytes == len(DEB) + len("pool/x")


def test_publications_are_listed_newest_first_and_missing_ones_named(stage: Stage) -> None:
    for number in (1, 2, 3):
        publish(stage, number)

    with stage.read() as transaction:
        listed = transaction.publications.of_suite(stage.suite.id)
        with pytest.raises(NotFoundError, match="no publication 4"):
            transaction.publications.numbered(stage.suite.id, 4)
        assert transaction.publications.of_suite(stage.parent_suite.id) == []
    assert [publication.number for publication in listed] == [3, 2, 1]


def test_each_publication_keeps_its_own_indices(stage: Stage) -> None:
    packages, release = "main/binary-amd64/Packages.xz", "InRelease"
    first = publish(stage, 1, indices=[index_file(packages), index_file(release)])
    second = publish(stage, 2, indices=[index_file(packages, "changed")])

    with stage.read() as transaction:
        found = transaction.publications.indices(first.id)
        assert [file.path for file in found] == [release, packages]
        assert transaction.publications.find_index(first.id, packages) == index_file(packages)
        assert transaction.publications.find_index(second.id, packages) == index_file(
            packages, "changed"
        )
        assert transaction.publications.find_index(second.id, release) is None


def test_by_hash_reaches_into_every_publication_of_its_suite_only(stage: Stage) -> None:
    old, new = index_file("Packages"), index_file("Packages", "changed")
    publish(stage, 1, indices=[old])
    publish(stage, 2, indices=[new])

    with stage.read() as transaction:
        publications = transaction.publications
        assert publications.find_by_hash(stage.suite.id, old.sha256) == old
        assert publications.find_by_hash(stage.suite.id, new.sha256) == new
        assert publications.find_by_hash(stage.suite.id, sha256_of("nothing")) is None
        assert publications.find_by_hash(stage.parent_suite.id, old.sha256) is None


def test_more_index_files_than_one_statement_takes_are_all_kept(stage: Stage) -> None:
    files = [index_file(f"Contents-{number}") for number in range(5_001)]

    made = publish(stage, 1, indices=files, pool=files)

    with stage.read() as transaction:
        assert len(transaction.publications.indices(made.id)) == 5_001
    assert pool_file(stage, "Contents-5000") == files[-1]


def test_a_pool_file_is_found_while_any_publication_that_had_it_is_kept(stage: Stage) -> None:
    publish(stage, 1, pool=[index_file(DEB)])
    publish(stage, 2)

    assert pool_file(stage, DEB) == index_file(DEB)
    assert pool_file(stage, "pool/none") is None
    with stage.read() as transaction:
        assert transaction.publications.find_pool_file(stage.parent.id, DEB) is None


def test_a_pool_file_that_goes_and_comes_back_is_one_row(stage: Stage) -> None:
    for number, pool in enumerate([[index_file(DEB)], [], [index_file(DEB)], []], start=1):
        publish(stage, number, pool=pool)

    assert stage.row_counts()["publication_pool"] == 1
    assert pool_file(stage, DEB) == index_file(DEB)


@pytest.mark.parametrize("is_gone_in_between", [False, True])
def test_a_pool_path_never_stands_for_other_bytes(
    stage: Stage, *, is_gone_in_between: bool
) -> None:
    publish(stage, 1, pool=[index_file(DEB)])
    publish(stage, 2, pool=[] if is_gone_in_between else [index_file(DEB)])
    before = stage.row_counts()

    with pytest.raises(ConflictError) as refusal:
        publish(stage, 3, pool=[index_file(DEB, "forged")])

    message = str(refusal.value)
    assert DEB in message
    assert index_file(DEB).sha256 in message
    assert index_file(DEB, "forged").sha256 in message
    assert stage.row_counts() == before


def test_a_pool_path_stands_for_the_same_bytes_in_all_suites_of_an_archive(stage: Stage) -> None:
    publish(stage, 1, pool=[index_file(DEB)])
    with stage.write() as transaction:
        second = transaction.archives.add_suite(
            archive_id=stage.archive.id,
            name="second",
            codename="second",
            components=["main"],
            architectures=["amd64"],
        )
        _, others = add_derived(transaction, "other", stage.parent_suite)
        add_publication(transaction, others.id, 1, pool=[index_file(DEB, "theirs")])

    with stage.write() as transaction, pytest.raises(ConflictError, match=DEB):
        add_publication(transaction, second.id, 1, pool=[index_file(DEB, "forged")])

    assert pool_file(stage, DEB) == index_file(DEB)


def test_one_publication_does_not_show_two_files_at_a_path(stage: Stage) -> None:
    with pytest.raises(ConflictError, match=DEB):
        publish(stage, 1, pool=[index_file(DEB), index_file(DEB, "forged")])

    assert "publication" not in stage.row_counts()


def test_a_switch_that_fails_leaves_the_old_publication(stage: Stage) -> None:
    publish(stage, 1, pool=[index_file(DEB)])
    before = stage.row_counts()

    with pytest.raises(ConflictError, match="pool/x"):
        publish(
            stage,
            2,
            indices=[index_file("Packages")],
            pool=[index_file("pool/x"), index_file("pool/x", "forged")],
        )

    assert stage.row_counts() == before
    with stage.read() as transaction:
        assert transaction.archives.suite(stage.suite.id).publication == 1


@pytest.mark.parametrize("number", [0, 1, 3])
def test_publications_are_numbered_without_a_gap(stage: Stage, number: int) -> None:
    publish(stage, 1)

    with pytest.raises(ConflictError, match=f"publication {number} does not follow"):
        publish(stage, number)

    assert stage.row_counts()["publication"] == 1


def test_of_two_that_publish_the_same_number_at_once_one_is_refused(stage: Stage) -> None:
    outcomes = outcomes_at_once(
        [
            lambda: publish(stage, 1, pool=[index_file(DEB)]),
            lambda: publish(stage, 1, pool=[index_file("pool/x")]),
        ]
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "ConflictError",
        "Publication",
    ]
    assert stage.row_counts()["publication_pool"] == 1


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pools=st.lists(st.sets(st.sampled_from(["a", "b", "c", "d"])), min_size=1, max_size=6))
def test_every_file_ever_published_is_found_and_the_open_ones_are_the_newest(
    stage: Stage, pools: list[set[str]]
) -> None:
    with stage.write() as transaction:
        first = transaction.archives.suite(stage.suite.id).publication + 1
    for number, names in enumerate(pools, start=first):
        publish(stage, number, pool=[index_file(f"pool/{first}/{name}") for name in names])

    ever = set().union(*pools)
    for name in ("a", "b", "c", "d"):
        assert (pool_file(stage, f"pool/{first}/{name}") is not None) is (name in ever)
    table = schema.publication_pool
    with stage.database.engine.connect() as connection:
        open_paths = connection.execute(
            sa.select(table.c.path).where(table.c.until.is_(None))
        ).scalars()
        assert set(open_paths) == {f"pool/{first}/{name}" for name in pools[-1]}


def show(stage: Stage, number: int, *hidden: tuple[str, str], base: BaseShown) -> None:
    with stage.write() as transaction:
        transaction.publications.add(
            stage.suite.id, number, derivation=1, at=NOW, reason="a test", sources=1, binaries=1,
            indices=[], pool=[], base_shown=base, hidden=hidden,
        )  # fmt: skip


def base_files(stage: Stage) -> tuple[str, str]:
    """The path of the base's only package, and that of a file of its source."""
    with stage.read() as transaction:
        [entry] = transaction.listings.binaries(stage.base)
        [binary] = transaction.listings.files([entry.id]).values()
        [source] = transaction.packages.sources_named(stage.base, ["hello"])
        name, _, _ = transaction.packages.source_files(source.id)[0]
    return binary.path, f"{source.directory}/{name}"


def test_what_every_publication_hides_of_its_base_is_not_found(stage: Stage) -> None:
    binary, source = base_files(stage)
    hidden = (("binary", binary), ("source", str(stage.hello_id)))

    show(stage, 1, *hidden, base=BaseShown.TAKEN)
    show(stage, 2, *hidden, base=BaseShown.TAKEN)

    assert pool_file(stage, binary) is None
    assert pool_file(stage, source) is None


@pytest.mark.parametrize("shown_in", [1, 2, 3])
def test_what_one_kept_publication_shows_of_its_base_is_found(stage: Stage, shown_in: int) -> None:
    binary, source = base_files(stage)
    hidden = (("binary", binary), ("source", str(stage.hello_id)))

    for number in (1, 2, 3):
        show(stage, number, *(() if number == shown_in else hidden), base=BaseShown.TAKEN)

    assert pool_file(stage, binary) is not None
    assert pool_file(stage, source) is not None


def test_a_publication_that_is_recorded_file_by_file_shows_nothing_of_its_base(
    stage: Stage,
) -> None:
    binary, source = base_files(stage)

    show(stage, 1, base=BaseShown.NOTHING)

    assert pool_file(stage, binary) is None
    assert pool_file(stage, source) is None


def test_a_path_whose_bytes_a_parent_changed_is_told_once_with_both(stage: Stage) -> None:
    changed = new_binary(content="rebuilt in place")
    entries = [replace(changed, index_architecture=at) for at in ("amd64", "arm64")]
    stage.take_snapshot([], [*entries, new_binary("other")])
    second = Membership(suite_id=stage.parent_suite.id, number=2)

    with stage.read() as transaction:
        found = transaction.publications.rewritten(second, stage.base)
        same = transaction.publications.rewritten(second, second)

    assert found == [(changed.filename, changed.sha256, new_binary().sha256)]
    assert same == []


def test_bases_of_different_suites_are_compared_too(stage: Stage) -> None:
    changed = new_binary(content="rebuilt in place")
    with stage.write() as transaction:
        _, other = add_external(transaction, "other")
        snapshot_of(transaction, other, [], [changed, new_binary("more")])

        found = transaction.publications.rewritten(
            Membership(suite_id=other.id, number=1), stage.base
        )

    assert found == [(changed.filename, changed.sha256, new_binary().sha256)]
