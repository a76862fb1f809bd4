"""What can be asked of an imported suite's packages."""

import pytest
from tests.adapters.database.stage import MIRROR, Stage, add_external, snapshot_of
from tests.builders import new_binary, new_source, sha256_of

from vostok.domain.package import Membership
from vostok.errors import NotFoundError


def now(stage: Stage) -> Membership:
    """The parent's packages at its second snapshot."""
    return Membership(suite_id=stage.parent_suite.id, number=2)


def test_sources_that_are_there_for_others_only_cannot_be_taken(stage: Stage) -> None:
    stage.take_snapshot([new_source("foo"), new_source("bar", is_extra=True)], [])

    with stage.read() as transaction:
        assert transaction.packages.source_names(now(stage)) == {"foo"}
        assert transaction.packages.sources_named(now(stage), ["foo", "bar"])[0].name == "foo"
        with_extra = transaction.packages.sources_named(
            now(stage), ["foo", "bar"], with_extra=True
        )
        assert [source.name for source in with_extra] == ["bar", "foo"]


def test_a_source_comes_with_all_that_was_stored_of_it(stage: Stage) -> None:
    given = new_source("foo", "1:2-3", architecture="any all", component="contrib")
    stage.take_snapshot([given], [])

    with stage.read() as transaction:
        [found] = transaction.packages.sources_named(now(stage), ["foo"])

    assert (found.name, found.version, found.architecture) == ("foo", "1:2-3", "any all")
    assert (found.component, found.directory) == ("contrib", "pool/contrib/f/foo")
    assert found.stanza == given.stanza


def test_the_highest_version_of_a_source_is_found_and_the_others_if_they_are_asked_for(
    stage: Stage,
) -> None:
    stage.take_snapshot([new_source("foo", "1"), new_source("foo", "2")], [])

    with stage.read() as transaction:
        packages = transaction.packages
        current = packages.sources_named(now(stage), ["foo", "foo", "none"])
        every = packages.sources_named(now(stage), ["foo"], with_extra=True)

    assert {source.version for source in current} == {"2"}
    assert {source.version for source in every} == {"1", "2"}


def test_a_source_release_is_found_by_its_id(stage: Stage) -> None:
    with stage.read() as transaction:
        assert transaction.packages.source(stage.hello_id).name == "hello"
        with pytest.raises(NotFoundError, match=f"no source release {stage.hello_id + 999}"):
            transaction.packages.source(stage.hello_id + 999)


def test_the_files_of_a_source_are_listed_by_name(stage: Stage) -> None:
    with stage.read() as transaction:
        files = transaction.packages.source_files(stage.hello_id)
        many = transaction.packages.files_of_sources([stage.hello_id, stage.hello_id + 999])

    names = ["hello_2.10-3.dsc", "hello_2.10-3.tar.xz"]
    assert files == [(name, len(name), sha256_of(name)) for name in names]
    assert {source_id: sorted(found) for source_id, found in many.items()} == {
        stage.hello_id: files
    }


def test_binaries_are_found_by_their_source_each_once(stage: Stage) -> None:
    stage.take_snapshot(
        [],
        [
            new_binary("libfoo", source="foo"),
            new_binary("libfoo", source="foo", architecture="arm64"),
            *(
                new_binary("foo-data", architecture="all", index_architecture=at, source="foo")
                for at in ("amd64", "arm64")
            ),
            new_binary("bar"),
        ],
    )

    with stage.read() as transaction:
        found = transaction.packages.binaries_of_sources(now(stage), ["foo", "none"])
        entries = transaction.listings.binaries(now(stage), ["foo"])

    assert sorted((binary.name, binary.architecture) for binary in found) == [
        ("foo-data", "all"),
        ("libfoo", "amd64"),
        ("libfoo", "arm64"),
    ]
    assert sorted((entry.name, entry.index_architecture) for entry in entries) == [
        ("foo-data", "amd64"),
        ("foo-data", "arm64"),
        ("libfoo", "amd64"),
        ("libfoo", "arm64"),
    ]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["gcc", "g++"], ["g++", "gcc"]),
        (["gcc-%"], ["gcc-11", "gcc-12"]),
        (["none"], []),
        ([], []),
    ],
)
def test_names_are_matched_in_the_index_of_one_architecture(
    stage: Stage, patterns: list[str], names: list[str]
) -> None:
    stage.take_snapshot(
        [],
        [new_binary(name) for name in ("gcc", "g++", "gcc-11", "gcc-12", "hello")]
        + [new_binary("gcc", architecture="arm64"), new_binary("gcc-13", architecture="arm64")],
    )

    with stage.read() as transaction:
        found = transaction.packages.binaries_matching(
            now(stage), architecture="amd64", patterns=patterns
        )

    assert [entry.name for entry in found] == names
    assert {entry.index_architecture for entry in found} <= {"amd64"}


def test_the_members_are_those_of_one_number(stage: Stage) -> None:
    stage.take_snapshot([new_source("foo"), new_source("bar")], [new_binary("foo")])

    with stage.read() as transaction:
        found = [
            (len(transaction.members.sources(at)), len(transaction.members.binaries(at)))
            for at in (stage.base, now(stage))
        ]

    assert found == [(1, 1), (2, 1)]


def test_more_names_than_one_statement_takes_are_all_found(stage: Stage) -> None:
    missing = [f"missing-{number}" for number in range(33_000)]

    with stage.read() as transaction:
        found = transaction.packages.sources_named(stage.base, [*missing, "hello", "zzz"])

    assert [source.name for source in found] == ["hello"]


def test_a_file_is_looked_for_wherever_a_parent_ever_had_it(stage: Stage) -> None:
    binary, source = new_binary(), new_source()
    stage.take_snapshot([], [])
    with stage.write() as transaction:
        _, suite = add_external(transaction, "other")
        transaction.archives.set_suite_source(
            suite.id,
            codename="sid",
            components=["main"],
            architectures=["amd64"],
            mirror="http://ftp.example.org/other/",
            mirrors={},
        )
        snapshot_of(transaction, suite, [], [binary])

    with stage.read() as transaction:
        of_binary = transaction.files.addresses(binary.sha256)
        of_source = transaction.files.addresses(source.files[0][2])
        of_nothing = transaction.files.addresses(sha256_of("nothing"))

    assert of_binary == [
        f"http://ftp.example.org/other/{binary.filename}",
        f"{MIRROR}/{binary.filename}",  # no more in its newest snapshot
    ]
    assert of_source == [f"{MIRROR}/pool/main/h/hello/hello_2.10-3.dsc"]
    assert of_nothing == []
