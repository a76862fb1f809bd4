"""What publications and views list: short rows of whole archives, and texts by their ids."""

from dataclasses import replace

import pytest
from tests.adapters.database.stage import Stage, add_derived
from tests.builders import NOW, index_file, new_binary, new_source, sha256_of

from vostok.adapters.database import SqlTransaction, listings
from vostok.domain.package import DeltaKind, Membership
from vostok.domain.publication import BaseShown, IndexFile

OLD = new_source("foo", "1", is_extra=True)
SOURCES = [new_source("foo", "2"), OLD, new_source("bar", "3", component="contrib")]
BINARIES = [
    new_binary("libfoo", "2", source="foo", source_version="2", component="contrib"),
    *(
        new_binary("foo-data", architecture="all", index_architecture=at, source="foo")
        for at in ("amd64", "arm64")
    ),
    new_binary("bar", "3"),
]


@pytest.fixture
def now(stage: Stage) -> Membership:
    stage.take_snapshot(SOURCES, BINARIES)
    return Membership(suite_id=stage.parent_suite.id, number=2)


@pytest.fixture(params=[1, 2_000], ids=["all rows are read", "names are looked up"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "NAMES_BY_INDEX_MAX", request.param)


@pytest.mark.usefixtures("_way")
def test_entries_of_packages_come_for_all_or_for_some_sources(
    stage: Stage, now: Membership
) -> None:
    with stage.read() as transaction:
        everything = transaction.listings.binaries(now)
        of_foo = transaction.listings.binaries(now, {"foo", "none"})

    assert sorted((b.name, b.index_architecture) for b in everything) == [
        ("bar", "amd64"), ("foo-data", "amd64"), ("foo-data", "arm64"), ("libfoo", "amd64"),
    ]  # fmt: skip
    assert sorted(of_foo) == sorted(b for b in everything if b.source_name == "foo")


def test_an_entry_says_what_deciding_on_it_needs(stage: Stage, now: Membership) -> None:
    with stage.read() as transaction:
        [entry] = [b for b in transaction.listings.binaries(now) if b.name == "libfoo"]
        texts = transaction.listings.texts([entry.paragraph_id])
        files = transaction.listings.files([entry.id])

    given = BINARIES[0]
    assert (entry.source_name, entry.source_version) == ("foo", "2")
    assert (entry.component, entry.index_architecture, entry.architecture) == (
        "contrib", "amd64", "amd64",
    )  # fmt: skip
    assert entry.size == given.size
    assert texts == {entry.paragraph_id: given.stanza}
    assert files == {
        entry.id: IndexFile(path=given.filename, size=given.size, sha256=given.sha256)
    }


@pytest.mark.usefixtures("_way")
def test_entries_of_sources_come_with_those_that_are_not_current(
    stage: Stage, now: Membership
) -> None:
    with stage.read() as transaction:
        everything = transaction.listings.sources(now)
        of_foo = transaction.listings.sources(now, {"foo", "none"})

    assert sorted((s.name, s.version, s.component, s.is_extra) for s in everything) == [
        ("bar", "3", "contrib", False), ("foo", "1", "main", True), ("foo", "2", "main", False),
    ]  # fmt: skip
    assert sorted(of_foo) == sorted(s for s in everything if s.name == "foo")


def test_sources_beside_the_current_ones_are_told_apart(stage: Stage, now: Membership) -> None:
    with stage.read() as transaction:
        everything = transaction.listings.sources(now)
        beside = transaction.listings.extra_sources(now)

    assert beside == [("foo", next(s.id for s in everything if s.is_extra))]


def test_sources_weigh_their_files(stage: Stage, now: Membership) -> None:
    with stage.read() as transaction:
        [bar] = transaction.listings.sources(now, {"bar"})
        sizes = transaction.listings.source_bytes([bar.paragraph_id, 999_999])

    assert sizes == {bar.paragraph_id: sum(size for _, size, _ in SOURCES[2].files)}


def test_own_sources_come_in_the_order_of_arrival(stage: Stage) -> None:
    stage.add_source("zoo")
    stage.add_source("ant")

    with stage.read() as transaction:
        own = transaction.listings.own_sources(stage.suite.id)

    assert [(source.name, source.is_extra) for source in own] == [("zoo", False), ("ant", False)]


def test_an_own_binary_is_listed_with_its_paragraph(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "2.10-3Xt1"))

    with stage.read() as transaction:
        [own] = transaction.deltas.unpublished_binaries(stage.suite.id)
        entry = own.listed("amd64")
        texts = transaction.listings.texts([entry.paragraph_id])

    assert texts == {entry.paragraph_id: own.stanza}
    assert entry.id == own.binary_id


def test_binaries_are_found_by_their_paths_and_their_files(stage: Stage, now: Membership) -> None:
    given = BINARIES[0]

    with stage.read() as transaction:
        [entry] = [b for b in transaction.listings.binaries(now) if b.name == "libfoo"]
        paths = transaction.listings.with_paths(now, [given.filename, "pool/none"])
        before = transaction.listings.with_paths(stage.base, [given.filename])
        hashes = transaction.listings.with_files([given.sha256, sha256_of("none")])

    assert paths == [(given.filename, entry.id)]
    assert before == []
    assert hashes == {entry.id: given.sha256}


def test_what_may_be_built_using_a_source_is_found_by_its_paragraph(stage: Stage) -> None:
    plain = new_binary("static")
    using = replace(plain, stanza=f"{plain.stanza}Built-Using: foo_1 (= 1)\n")
    stage.take_snapshot([], [using, new_binary("other")])
    now = Membership(suite_id=stage.parent_suite.id, number=2)

    with stage.read() as transaction:
        found = transaction.listings.built_using_any(now, {"foo_1"})
        nothing = transaction.listings.built_using_any(now, {"fooX1"})
        of_none = transaction.listings.built_using_any(now, set())

    assert [text for _, text in found] == [using.stanza]
    assert nothing == of_none == []


def test_what_is_built_using_one_of_thousands_of_sources_is_found_at_once(stage: Stage) -> None:
    plain = new_binary("static")
    using = replace(plain, stanza=f"{plain.stanza}Built-Using: foo (= 1)\n")
    stage.take_snapshot([], [using, new_binary("other")])
    now = Membership(suite_id=stage.parent_suite.id, number=2)

    with stage.read() as transaction:
        found = transaction.listings.built_using_any(now, {f"source{n}" for n in range(5_000)})

    assert [text for _, text in found] == [using.stanza]


def publish(transaction: SqlTransaction, suite_id: int, number: int, content: str) -> None:
    transaction.publications.add(
        suite_id, number, derivation=1, at=NOW, reason="a test", sources=1, binaries=1, pool=[],
        indices=[index_file("Packages.gz", content)],
        base_shown=BaseShown.WHOLE if content == "whole" else BaseShown.TAKEN,
    )  # fmt: skip


def similar(stage: Stage) -> list[str]:
    with stage.read() as transaction:
        found = transaction.publications.similar_indices(stage.suite.id)
    return found.get("Packages.gz", [])


def hashes(*contents: str) -> list[str]:
    return [index_file("Packages.gz", content).sha256 for content in contents]


def test_indices_of_the_newest_publication_are_similar(stage: Stage) -> None:
    nothing_yet = similar(stage)
    with stage.write() as transaction:
        publish(transaction, stage.suite.id, 1, "first")
        publish(transaction, stage.suite.id, 2, "second")

    assert nothing_yet == []
    assert similar(stage) == hashes("second")


def test_a_snapshot_s_own_index_is_in_other_pieces(stage: Stage) -> None:
    with stage.write() as transaction:
        publish(transaction, stage.suite.id, 1, "whole")

    assert similar(stage) == []


def test_indices_of_views_and_of_others_with_the_same_base_follow(stage: Stage) -> None:
    with stage.write() as transaction:
        _, other = add_derived(transaction, "other", stage.parent_suite)
        publish(transaction, stage.suite.id, 1, "own")
        publish(transaction, other.id, 1, "other")
        view = transaction.publications.ensure_view(
            stage.suite.id, derivation=1, edition=1, toolchain_id=None, dependencies="own", at=NOW
        )
        transaction.publications.set_view_indices(
            view.id, [index_file("Packages.gz", "view")], NOW
        )
        transaction.publications.ensure_view(
            stage.suite.id, derivation=1, edition=2, toolchain_id=None, dependencies="own", at=NOW
        )

    assert similar(stage) == hashes("own", "view", "other")


def test_an_own_binary_of_a_toolchain_has_a_paragraph_too(stage: Stage) -> None:
    stage.add_binaries(
        new_binary("gcc"), kind=DeltaKind.TOOLCHAIN, toolchain_id=stage.add_toolchain()
    )

    with stage.read() as transaction:
        [own] = transaction.deltas.unpublished_binaries(stage.suite.id)

        assert transaction.listings.texts([own.paragraph_id]) == {own.paragraph_id: own.stanza}
