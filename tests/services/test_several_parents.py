"""Archives of several parents: which of them shows what to clients and to builds."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.builders import new_binary, new_source, sha256_of
from tests.services.installation import ADMINISTRATOR, Installation
from tests.snapshots import HEAD, add_image, add_snapshot

from vostok.debian.stanza import index_fields
from vostok.domain.derivation import Unbuilt
from vostok.domain.job import JobState
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.deriving.images import image_of, missing_image, store_image
from vostok.services.describing.overview import Overview
from vostok.services.views.editions import base_of

MAIN = {"cc": "12", "hello": "2.10-3", "libfoo": "1.0-1"}
SECURITY = {"hello": "2.10-3+deb12u1"}
TOOLS = {"cc": "2", "brk": "1-1"}


def add_archive(world: Installation, name: str, versions: dict[str, str]) -> None:
    """Somebody else's archive with a suite `sid` that has these sources and their binaries."""
    with world.database.write() as transaction:
        _, suite = add_image(transaction, name)
        add_snapshot(
            transaction,
            suite,
            [new_source(source, version) for source, version in versions.items()],
            [new_binary(source, version) for source, version in versions.items()],
            head=replace(HEAD, release_sha256=sha256_of(name)),
        )


@pytest.fixture
def world(empty: Installation) -> Installation:
    for name, versions in (("main", MAIN), ("security", SECURITY), ("tools", TOOLS)):
        add_archive(empty, name, versions)
    return empty


def derive(world: Installation, parents: Sequence[str], **more: object) -> None:
    wanted = DeriveRequest(name="trial", parents=parents, **more)  # type: ignore[arg-type]  # what each test differs in
    job = world.done(world.deriving.request(ADMINISTRATOR, wanted))
    assert job.state is JobState.SUCCEEDED, job.message


def seen_by_builds(world: Installation) -> dict[str, str]:
    with world.database.read() as transaction:
        found = transaction.members.binaries(base_of(world.suite()))
    return {binary.name: binary.version for binary in found}


def published(world: Installation) -> dict[str, str]:
    suite = world.suite()
    path = "main/binary-amd64/Packages.gz"
    with world.database.read() as transaction:
        publication = transaction.publications.numbered(suite.id, suite.publication)
        index = transaction.publications.find_index(publication.id, path)
    assert index is not None
    place = world.store.path(index.sha256)
    fields = map(index_fields, world.formats.paragraphs(place, path))
    return {f["Package"]: f["Version"] for f in fields}


def test_of_parents_of_one_rank_the_highest_version_is_shown(world: Installation) -> None:
    derive(world, ["main/sid", "security/sid"])

    assert published(world) == seen_by_builds(world) == MAIN | SECURITY


def test_a_stronger_parent_hides_a_weaker_one(world: Installation) -> None:
    derive(world, ["tools/sid", "main/sid:2"])

    assert published(world) == seen_by_builds(world) == MAIN | TOOLS


def test_a_parent_may_give_some_of_its_sources_only(world: Installation) -> None:
    derive(world, ["main/sid:2", "tools/sid:1:only=brk"])

    assert seen_by_builds(world) == MAIN | {"brk": "1-1"}


def test_what_is_published_is_what_is_taken_and_builds_see_it_all(world: Installation) -> None:
    derive(world, ["tools/sid", "main/sid:2"], selection="hello,brk")

    assert published(world) == {"hello": "2.10-3", "brk": "1-1"}
    assert seen_by_builds(world) == MAIN | TOOLS


def test_what_is_not_built_yet_can_be_hidden(world: Installation) -> None:
    derive(world, ["main/sid"], unbuilt=Unbuilt.NONE)

    assert published(world) == {}


def test_one_parent_taken_whole_costs_no_membership(world: Installation) -> None:
    derive(world, ["main/sid"])

    with world.database.read() as transaction:
        own = transaction.archives.suites(world.archive().id)
        base = base_of(own[0])
        parent = transaction.archives.named("main")
        assert base.suite_id == transaction.archives.suites(parent.id)[0].id


def test_the_only_suite_of_a_parent_needs_no_name(world: Installation) -> None:
    derive(world, ["main:2", "tools:1:only=brk"])

    derivation = world.suite().derivation
    assert derivation is not None
    assert [str(parent) for parent in derivation.parents] == ["main/sid", "tools/sid"]
    assert seen_by_builds(world)["brk"] == "1-1"


def test_of_several_suites_the_one_that_is_meant_must_be_named(world: Installation) -> None:
    with world.database.write() as transaction:
        transaction.archives.add_suite(
            archive_id=transaction.archives.named("main").id,
            name="stable",
            codename="stable",
            components=["main"],
            architectures=["amd64"],
        )

    with pytest.raises(InvalidInputError, match="main has 2 suites") as caught:
        derive(world, ["main"])

    assert "main/SUITE with one of sid, stable" in str(caught.value.hint)


def test_a_selection_that_takes_nothing_derives_nothing(world: Installation) -> None:
    with pytest.raises(InvalidInputError, match="'hello and libfoo' takes no source of main/sid"):
        derive(world, ["main/sid"], selection="hello and libfoo")


def test_only_must_name_something_of_its_parent(world: Installation) -> None:
    with pytest.raises(InvalidInputError, match=r"«only» of tools/sid: .*hello"):
        derive(world, ["main/sid", "tools/sid:only=hello"])


def test_of_parents_put_together_it_is_counted_what_is_published(world: Installation) -> None:
    derive(world, ["main/sid", "security/sid", "tools/sid:2:only=brk"], selection="hello")
    overview = Overview(
        world.database, world.logs, world.signer, world.clock, ADMINISTRATOR, "http://v"
    )

    archive = overview.archive("trial")

    assert set(seen_by_builds(world)) == {"cc", "hello", "libfoo", "brk"}
    newest = archive["last_publication"]
    assert newest is not None
    [suite] = archive["suites"]
    assert (suite["counted"], suite["sources"], suite["binaries"]) == (
        "publication", newest["sources"], newest["binaries"],
    )  # fmt: skip
    assert suite["snapshot"] is None


@pytest.mark.parametrize("parents", [["trial"], ["main", "trial:2"], ["trial/sid:2:only=cc"]])
@pytest.mark.parametrize("is_there", [False, True])
def test_an_archive_is_not_derived_from_itself(
    world: Installation, parents: Sequence[str], *, is_there: bool
) -> None:
    if is_there:
        derive(world, ["main"])

    with pytest.raises(InvalidInputError, match="trial cannot be derived from itself") as caught:
        derive(world, parents)

    assert "vostok archive list" in str(caught.value.hint)


def test_no_circle_of_archives_can_be_made_by_way_of_a_child(world: Installation) -> None:
    derive(world, ["main", "security:2"])
    wanted = DeriveRequest(name="child", parents=["trial", "main:2"])
    assert world.done(world.deriving.request(ADMINISTRATOR, wanted)).state is JobState.SUCCEEDED

    with pytest.raises(ConflictError, match="there is an archive trial already"):
        derive(world, ["child", "main:2"])
    with pytest.raises(ConflictError, match="trial cannot be deleted: child"):
        world.deleting.request(ADMINISTRATOR, "trial")


@pytest.mark.database
def test_what_a_derived_parent_shows_is_stored_once_for_several_children_at_once(
    empty_on_postgresql: Installation,
) -> None:
    world = empty_on_postgresql
    for name, versions in (("main", MAIN), ("security", SECURITY)):
        add_archive(world, name, versions)
    derive(world, ["main", "security:2"])
    with world.database.read() as transaction:
        image = missing_image(transaction, world.suite())
    assert image is not None

    def store() -> None:
        with world.database.write() as transaction:
            store_image(transaction, image)

    outcomes = outcomes_at_once([store] * 4)

    assert outcomes == [None] * 4
    with world.database.read() as transaction:
        place = image_of(transaction, world.suite())
        stored = transaction.members.binaries(place)
    assert sorted(binary.id for binary in stored) == sorted(b.id for b in image.binaries)
