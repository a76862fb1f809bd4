"""What a derived suite has of its own: since which edition and which publication."""

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import HELLO, Stage, add_derived
from tests.builders import NOW, later, new_binary, new_source

from vostok.domain.package import DeltaKind
from vostok.errors import ConflictError


def in_edition(stage: Stage, edition: int, toolchain_id: int | None = None) -> list[str]:
    with stage.read() as transaction:
        found = transaction.deltas.binaries_in_edition(stage.suite.id, edition, toolchain_id)
    return [f"{binary.name} {binary.version}" for binary in found]


def published(stage: Stage, publication: int) -> list[str]:
    with stage.read() as transaction:
        found = transaction.deltas.published_binaries(stage.suite.id, publication)
    return [f"{binary.name} {binary.version}" for binary in found]


def unpublished(stage: Stage) -> list[str]:
    with stage.read() as transaction:
        found = transaction.deltas.unpublished_binaries(stage.suite.id)
    return [f"{binary.name} {binary.version}" for binary in found]


def test_a_new_binary_waits_for_the_next_edition(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "2.10-3Xtrial1"))
    with stage.read() as transaction:
        was_pending = transaction.deltas.has_pending(stage.suite.id)

    edition = stage.cut_edition()

    with stage.read() as transaction:
        is_pending = transaction.deltas.has_pending(stage.suite.id)
    assert (was_pending, is_pending) == (True, False)
    assert (in_edition(stage, edition - 1), in_edition(stage, edition)) == (
        [],
        ["hello 2.10-3Xtrial1"],
    )


def test_what_only_builds_may_see_waits_for_an_edition_and_for_no_publication(
    stage: Stage,
) -> None:
    with stage.write() as transaction:
        transaction.deltas.add(
            stage.suite.id,
            kind=DeltaKind.REBUILD,
            sources=[],
            binaries=[new_binary("hello", "2.10-3Xtrial1")],
            is_view_only=True,
        )

    with stage.read() as transaction:
        assert transaction.deltas.has_pending(stage.suite.id)
        assert not transaction.deltas.has_shown(stage.suite.id, None)
    assert unpublished(stage) == []
    assert published(stage, stage.publish()) == []
    assert in_edition(stage, stage.cut_edition()) == ["hello 2.10-3Xtrial1"]


def test_editions_are_numbered_and_dated(stage: Stage) -> None:
    with stage.write() as transaction:
        assert transaction.deltas.edition_at(stage.suite.id) is None
        first = transaction.deltas.cut_edition(stage.suite.id, NOW)
        second = transaction.deltas.cut_edition(stage.suite.id, later(600))

    with stage.read() as transaction:
        assert (first, second) == (1, 2)
        assert transaction.archives.suite(stage.suite.id).edition == 2
        assert transaction.deltas.edition_at(stage.suite.id) == later(600).timestamp()


def test_an_own_binary_comes_with_all_that_is_known_of_it(stage: Stage) -> None:
    [build] = stage.request()
    given = new_binary("libfoo", "2Xtrial1", source="foo", source_version="2", component="debug")
    stage.add_binaries(given, build_id=build.id)

    with stage.read() as transaction:
        [found] = transaction.deltas.unpublished_binaries(stage.suite.id)

    assert (found.kind, found.build_id, found.toolchain_id) == (DeltaKind.REBUILD, build.id, None)
    assert (found.name, found.version, found.architecture) == ("libfoo", "2Xtrial1", "amd64")
    assert (found.source_name, found.source_version, found.component) == ("foo", "2", "debug")
    assert (found.filename, found.size) == (given.filename, given.size)
    assert (found.sha256, found.stanza) == (given.sha256, given.stanza)


def test_the_newer_binary_replaces_the_older_in_the_next_edition_only(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "2.10-3Xtrial1"))
    first = stage.cut_edition()
    stage.add_binaries(new_binary("hello", "2.10-3Xtrial2"))
    second = stage.cut_edition()

    assert in_edition(stage, first) == ["hello 2.10-3Xtrial1"]
    assert in_edition(stage, second) == ["hello 2.10-3Xtrial2"]


def test_of_two_that_wait_for_the_same_edition_it_shows_the_newer(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "2.10-3Xtrial1"))
    stage.add_binaries(new_binary("hello", "2.10-3Xtrial2"))

    edition = stage.cut_edition()

    assert in_edition(stage, edition) == ["hello 2.10-3Xtrial2"]


def test_binaries_of_other_names_and_architectures_stay(stage: Stage) -> None:
    stage.add_binaries(
        new_binary("hello", "1"),
        new_binary("hello", "1", architecture="arm64"),
        new_binary("world", "1"),
    )
    stage.cut_edition()
    stage.add_binaries(new_binary("hello", "2"))
    edition = stage.cut_edition()

    assert sorted(in_edition(stage, edition)) == ["hello 1", "hello 2", "world 1"]


def test_a_publication_shows_what_it_was_given_until_something_newer_comes(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "1"), new_binary("world", "1"))
    first = stage.publish("hello")
    waiting = unpublished(stage)
    second = stage.publish("world")
    stage.add_binaries(new_binary("hello", "2"))
    third = stage.publish()

    assert waiting == ["world 1"]
    assert published(stage, first) == ["hello 1"]
    assert sorted(published(stage, second)) == ["hello 1", "world 1"]
    assert sorted(published(stage, third)) == ["hello 2", "world 1"]
    assert unpublished(stage) == []


def test_what_is_held_back_does_not_hide_what_is_shown(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "1"))
    stage.publish()
    stage.add_binaries(new_binary("hello", "2"), new_binary("world", "2"))

    publication = stage.publish("world")

    assert sorted(published(stage, publication)) == ["hello 1", "world 2"]
    assert unpublished(stage) == ["hello 2"]


def test_a_binary_that_a_newer_one_overtook_is_never_published(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "1"))
    stage.add_binaries(new_binary("hello", "2"))
    with stage.write() as transaction:
        older, newer = transaction.deltas.unpublished_binaries(stage.suite.id)
        transaction.deltas.publish(stage.suite.id, 1, [newer.delta_id])

    assert older.delta_id < newer.delta_id
    assert published(stage, 1) == ["hello 2"]
    assert unpublished(stage) == []


def test_editions_and_publications_do_not_touch_each_other(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "1"))
    publication = stage.publish()
    seen_by_builds = in_edition(stage, 1)
    edition = stage.cut_edition()

    assert seen_by_builds == []
    assert published(stage, publication) == ["hello 1"]
    assert in_edition(stage, edition) == ["hello 1"]


def test_a_toolchains_packages_are_only_in_its_own_view(stage: Stage) -> None:
    gcc_11, gcc_13 = stage.add_toolchain("gcc-11"), stage.add_toolchain("gcc-13")
    stage.add_binaries(new_binary("hello", "1"))
    for toolchain_id, version in ((gcc_11, "12.2Xtrial1"), (gcc_13, "12.2Xtrial2")):
        stage.add_binaries(
            new_binary("gcc", version), kind=DeltaKind.TOOLCHAIN, toolchain_id=toolchain_id
        )
    edition = stage.cut_edition()

    assert in_edition(stage, edition, None) == ["hello 1"]
    assert in_edition(stage, edition, gcc_11) == ["hello 1", "gcc 12.2Xtrial1"]
    assert in_edition(stage, edition, gcc_13) == ["hello 1", "gcc 12.2Xtrial2"]


def test_another_suite_does_not_see_them(stage: Stage) -> None:
    with stage.write() as transaction:
        _, other = add_derived(transaction, "other", stage.parent_suite)
    stage.add_binaries(new_binary("hello", "1"))
    edition = stage.cut_edition()

    with stage.read() as transaction:
        assert not transaction.deltas.has_pending(other.id)
        assert transaction.deltas.binaries_in_edition(other.id, edition, None) == []
        assert transaction.deltas.unpublished_binaries(other.id) == []


def test_the_own_binaries_of_a_source_are_those_that_nothing_replaced(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "1"), new_binary("hello-data", "1", source="hello"))
    stage.cut_edition()
    stage.add_binaries(new_binary("hello", "2"), new_binary("world", "2"))
    with stage.read() as transaction:
        waiting = transaction.deltas.own_binaries_of(stage.suite.id, "hello")
    stage.cut_edition()

    with stage.read() as transaction:
        settled = transaction.deltas.own_binaries_of(stage.suite.id, "hello")
    assert {(b.name, b.version) for b in waiting} == {
        ("hello", "1"),
        ("hello-data", "1"),
        ("hello", "2"),
    }
    assert [(b.name, b.version) for b in settled] == [("hello-data", "1"), ("hello", "2")]


def test_a_source_made_here_is_known_with_its_files(stage: Stage) -> None:
    source = new_source("hello", "2.10-3Xtrial1", component="main")
    with stage.write() as transaction:
        for given in (source, HELLO):
            transaction.deltas.add(
                stage.suite.id, kind=DeltaKind.REBUILD, sources=[given], binaries=[]
            )

    with stage.read() as transaction:
        made, parents = transaction.deltas.own_sources(stage.suite.id)
        files = transaction.packages.source_files(made.id)
    assert (made.name, made.version, made.component) == ("hello", "2.10-3Xtrial1", "main")
    assert (made.directory, made.stanza) == (source.directory, source.stanza)
    assert {name for name, _, _ in files} == {
        "hello_2.10-3Xtrial1.dsc",
        "hello_2.10-3Xtrial1.tar.xz",
    }
    assert parents.id == stage.hello_id


def test_bytes_that_differ_from_what_the_archive_made_before_are_refused(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "1", content="first"))

    with pytest.raises(ConflictError) as refusal:
        stage.add_binaries(new_binary("hello", "1", content="second"))

    message = str(refusal.value)
    assert "hello 1 amd64" in message
    assert new_binary("hello", "1", content="first").sha256 in message
    assert new_binary("hello", "1", content="second").sha256 in message
    assert unpublished(stage) == ["hello 1"]


def test_bytes_that_differ_from_what_the_parent_has_are_refused(stage: Stage) -> None:
    with pytest.raises(ConflictError, match=new_binary().sha256):
        stage.add_binaries(new_binary(content="built here"))

    assert unpublished(stage) == []


def test_two_with_different_bytes_in_one_build_are_refused(stage: Stage) -> None:
    with pytest.raises(ConflictError, match="hello 1 amd64"):
        stage.add_binaries(new_binary("hello", "1"), new_binary("hello", "1", content="second"))

    assert unpublished(stage) == []


def test_equal_bytes_are_accepted_again(stage: Stage) -> None:
    stage.add_binaries(new_binary("hello", "1"))

    stage.add_binaries(new_binary("hello", "1"), new_binary())

    assert sorted(unpublished(stage)) == ["hello 1", "hello 1", "hello 2.10-3"]


def test_other_archives_and_later_snapshots_of_the_parent_may_have_other_bytes(
    stage: Stage,
) -> None:
    with stage.write() as transaction:
        _, other = add_derived(transaction, "other", stage.parent_suite)
        transaction.deltas.add(
            other.id,
            kind=DeltaKind.REBUILD,
            sources=[],
            binaries=[new_binary("hello", "1", content="other")],
        )
    stage.take_snapshot([], [new_binary("hello", "2.10-4", content="parent")])

    stage.add_binaries(new_binary("hello", "1"), new_binary("hello", "2.10-4"))

    assert sorted(unpublished(stage)) == ["hello 1", "hello 2.10-4"]


def test_of_two_that_bring_different_bytes_at_once_one_is_refused(stage: Stage) -> None:
    outcomes = outcomes_at_once(
        [
            lambda: stage.add_binaries(new_binary("hello", "1", content="first")),
            lambda: stage.add_binaries(new_binary("hello", "1", content="second")),
        ]
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "NoneType"]
    assert unpublished(stage) == ["hello 1"]


def test_the_packages_of_a_toolchain_are_made_once_for_a_suite(stage: Stage) -> None:
    gcc_11, gcc_13 = stage.add_toolchain("gcc-11"), stage.add_toolchain("gcc-13")
    with stage.write() as transaction:
        transaction.deltas.add_swap(
            stage.suite.id,
            gcc_11,
            suffix="Xtrial1",
            producers={"amd64": ["GNU C[0-9]* 11\\."]},
            at=NOW,
        )

    with stage.read() as transaction:
        assert transaction.deltas.swap_suffix(stage.suite.id, gcc_11) == "Xtrial1"
        assert transaction.deltas.swap_suffix(stage.suite.id, gcc_13) is None
        assert transaction.deltas.swap_suffix(stage.parent_suite.id, gcc_11) is None
        assert transaction.deltas.swap_producers(stage.suite.id, gcc_11, "amd64") == [
            "GNU C[0-9]* 11\\."
        ]
        assert transaction.deltas.swap_producers(stage.suite.id, gcc_11, "arm64") == []
