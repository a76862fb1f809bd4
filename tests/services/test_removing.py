"""Removing a source from a whole copy: its own goes, all else stays as the parent has it."""

from dataclasses import replace

import pytest
from tests.builders import new_binary, new_source
from tests.services.installation import ADMINISTRATOR, Installation
from tests.snapshots import add_image, add_snapshot

from vostok.debian.stanza import index_fields
from vostok.domain.job import JobState
from vostok.domain.package import DeltaKind, NewBinary
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.deriving.syncing import SyncRequest


def built_using(binary: NewBinary, source: str) -> NewBinary:
    """The same, with a source that it was built using."""
    return replace(binary, stanza=f"{binary.stanza}Built-Using: {source}\n")


SOURCES = [
    new_source("app", "1"),
    new_source("bar", "1"),
    new_source("foo", "2"),
    new_source("foo", "1"),  # an older version, with a binary that is still listed
    new_source("gcc", "12"),
    new_source("golang", "1", is_extra=True),  # nothing that is listed here was built using it
    new_source("bar", "0", is_extra=True),
]
BINARIES = [
    built_using(new_binary("app", "1"), "gcc (= 12)"),
    new_binary("bar", "1"),
    new_binary("bar-data", "1", architecture="all", index_architecture="amd64", source="bar"),
    new_binary("libfoo", "2", source="foo"),
    new_binary("libfoo", "1", source="foo"),
    new_binary("foo-data", "1", architecture="all", index_architecture="amd64", source="foo"),
    new_binary("gcc", "12"),
    new_binary("cpp", "12", source="gcc"),
]


@pytest.fixture
def world(empty: Installation) -> Installation:
    with empty.database.write() as transaction:
        _, suite = add_image(transaction, "main")
        add_snapshot(transaction, suite, SOURCES, BINARIES)
    job = empty.done(
        empty.deriving.request(ADMINISTRATOR, DeriveRequest(name="trial", parents=["main/sid"]))
    )
    assert job.state is JobState.SUCCEEDED, job.message
    return empty


def change(world: Installation, **what: str) -> None:
    request = SyncRequest(archive="trial", **what)  # type: ignore[arg-type]  # what tests differ in
    job = world.done(world.syncing.request(ADMINISTRATOR, request))
    assert job.state is JobState.SUCCEEDED, job.message


def published(world: Installation, path: str) -> list[tuple[str, str]]:
    """(name, version) of each entry of an index that clients see now."""
    suite = world.suite()
    with world.database.read() as transaction:
        publication = transaction.publications.numbered(suite.id, suite.publication)
        index = transaction.publications.find_index(publication.id, path)
    assert index is not None
    paragraphs = world.formats.paragraphs(world.store.path(index.sha256), path)
    return sorted((f["Package"], f["Version"]) for f in map(index_fields, paragraphs))


def binaries(world: Installation) -> list[tuple[str, str]]:
    return published(world, "main/binary-amd64/Packages.gz")


def sources(world: Installation) -> list[tuple[str, str]]:
    return published(world, "main/source/Sources.gz")


def listed(*, but: str = "") -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(name, version) of the binaries and the sources that the parent lists, but of one source."""
    return (
        sorted((b.name, b.version) for b in BINARIES if b.source_name != but),
        sorted((s.name, s.version) for s in SOURCES if s.name != but),
    )


def test_nothing_goes_but_what_is_of_the_removed_source(world: Installation) -> None:
    change(world, remove="bar")

    assert (binaries(world), sources(world)) == listed(but="bar")


def test_a_removed_source_stays_where_something_was_built_using_it(world: Installation) -> None:
    change(world, remove="gcc")

    assert binaries(world) == listed(but="gcc")[0]
    assert sources(world) == listed()[1]


def test_older_versions_go_with_their_source(world: Installation) -> None:
    change(world, remove="foo")

    assert (binaries(world), sources(world)) == listed(but="foo")


def test_what_is_restored_makes_it_whole_again(world: Installation) -> None:
    change(world, remove="foo,gcc,bar")

    change(world, restore="foo,bar")

    assert binaries(world) == listed(but="gcc")[0]
    assert sources(world) == listed()[1]


def test_a_rebuild_hides_what_it_replaces_and_nothing_else(world: Installation) -> None:
    suite = world.suite()
    with world.database.write() as transaction:
        rebuilt = new_binary("bar", "1Xtrial1", source_version="1")
        transaction.deltas.add(suite.id, kind=DeltaKind.REBUILD, sources=[], binaries=[rebuilt])

    world.done(world.publishing.request(ADMINISTRATOR, "trial"))

    whole_binaries, whole_sources = listed()
    assert binaries(world) == sorted({*whole_binaries, ("bar", "1Xtrial1")} - {("bar", "1")})
    assert sources(world) == whole_sources
