"""What a snapshot stores besides its packages, told from its difference to the one before."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.database.stage import HELLO, Stage
from tests.builders import new_binary, new_source
from tests.snapshots import HEAD, add_snapshot

from vostok.adapters.database import SqlDatabase, schema
from vostok.adapters.database.members import pool_bytes
from vostok.adapters.graph_files import LocalGraphFiles
from vostok.debian.version import Version
from vostok.domain.dependencies.graph import DependencyGraph
from vostok.domain.package import Membership, NewBinary, NewSource
from vostok.domain.publication import IndexFile
from vostok.errors import InvalidInputError
from vostok.services.selection.dependency_graphs import dependency_graph

NAMES = ("bar", "foo", "hello")
VERSIONS = ("1", "2", "10", "2~rc1")
COMPONENTS = ("main", "contrib")
sources = st.builds(
    lambda name, version, component, is_extra: new_source(
        name, version, component=component, is_extra=is_extra
    ),
    st.sampled_from(NAMES),
    st.sampled_from(VERSIONS),
    st.sampled_from(COMPONENTS),
    st.booleans(),
)
binaries = st.builds(
    lambda name, version, architecture: new_binary(
        name, version, architecture="all", index_architecture=architecture
    ),
    st.sampled_from(NAMES),
    st.sampled_from(VERSIONS),
    st.sampled_from(("amd64", "arm64")),
)

packages = st.builds(
    lambda name, version, component, depends: with_depends(
        new_binary(name, version, component=component), depends
    ),
    st.sampled_from(NAMES),
    st.sampled_from(VERSIONS),
    st.sampled_from(COMPONENTS),
    st.sampled_from(("foo", "bar (>= 2) | hello", "hello (= 10)")),
)


def with_depends(package: NewBinary, depends: str) -> NewBinary:
    return replace(package, stanza=f"{package.stanza}Depends: {depends}\n")


def marked(source: NewSource) -> NewSource:
    """The source with a stanza that says whether it is Extra-Source-Only."""
    line = "Extra-Source-Only: yes\n" if source.is_extra else ""
    return replace(source, stanza=f"{source.stanza}Component: {source.component}\n{line}")


def take(
    stage: Stage,
    listed: list[NewSource],
    packages: list[NewBinary],
    udebs: tuple[NewBinary, ...] = (),
) -> int:
    with stage.write() as transaction:
        suite = transaction.archives.suite(stage.parent_suite.id)
        return add_snapshot(transaction, suite, listed, packages, udebs=udebs).number


def current_of(stage: Stage, number: int) -> dict[str, list[str]]:
    """Name -> versions of its rows that are not extra."""
    membership = Membership(suite_id=stage.parent_suite.id, number=number)
    found: dict[str, list[str]] = {}
    with stage.read() as transaction:
        for member in transaction.members.sources(membership):
            found.setdefault(member.name, [])
            if not member.is_extra:
                found[member.name].append(member.version)
    return found


def highest(listed: list[NewSource]) -> dict[str, list[str]]:
    """The same, told from what the snapshot was given."""
    found: dict[str, list[str]] = {source.name: [] for source in listed}
    for source in listed:
        if not source.is_extra:
            best = max([*found[source.name], source.version], key=Version.parse)
            found[source.name] = [best]
    return found


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    history=st.lists(
        st.tuples(st.lists(sources, max_size=6), st.lists(binaries, max_size=4)),
        min_size=1,
        max_size=4,
    )
)
def test_at_every_number_one_row_of_a_name_is_current_and_the_pool_has_its_size(
    stage: Stage, history: list[tuple[list[NewSource], list[NewBinary]]]
) -> None:
    given_sources = {}
    for listed, packages in history:
        unique = list({(s.name, s.version, s.component): marked(s) for s in listed}.values())
        given_sources[take(stage, unique, packages)] = unique

    for number, listed in given_sources.items():
        assert current_of(stage, number) == highest(listed)
        membership = Membership(suite_id=stage.parent_suite.id, number=number)
        with stage.read() as transaction:
            snapshot = transaction.snapshots.find(stage.parent_suite.id, number)
            counted = pool_bytes(transaction.connection, membership)
        assert snapshot is not None
        assert snapshot.pool_bytes == counted


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    history=st.lists(
        st.tuples(
            st.lists(sources, max_size=6),
            st.lists(packages, max_size=6, unique_by=lambda one: (one.name, one.version)),
        ),
        min_size=2,
        max_size=4,
    )
)
def test_a_dependency_graph_made_from_an_earlier_one_is_that_of_the_members(
    stage: Stage, history: list[tuple[list[NewSource], list[NewBinary]]]
) -> None:
    with tempfile.TemporaryDirectory() as root:
        kept = SqlDatabase(stage.database.engine, LocalGraphFiles(Path(root)))
        for listed, indexed in history:
            unique = list({(s.name, s.version, s.component): marked(s) for s in listed}.values())
            number = take(stage, unique, indexed)

            membership = Membership(suite_id=stage.parent_suite.id, number=number)
            with kept.read() as transaction, stage.read() as anew:
                changed = dependency_graph(transaction, membership, "amd64")
                made = dependency_graph(anew, membership, "amd64")
            assert described(changed) == described(made)


def described(graph: DependencyGraph) -> object:
    """What the graph says, with the names for numbers."""
    satisfied = graph.satisfied_by
    return (
        graph.sources,
        graph.binaries,
        graph.source_of.tolist(),
        [graph.relations[number] for number in graph.stated.targets.tolist()],
        {
            text: satisfied.targets[satisfied.starts[n] : satisfied.starts[n + 1]].tolist()
            for n, text in enumerate(graph.relations)
        },
    )


def test_an_older_version_is_current_again_when_the_newer_one_goes(stage: Stage) -> None:
    old, new = new_source("foo", "1"), new_source("foo", "2")
    first = take(stage, [old], [])
    second = take(stage, [old, new], [])
    third = take(stage, [old], [])

    seen = [current_of(stage, number) for number in (first, second, third)]

    assert seen == [{"foo": ["1"]}, {"foo": ["2"]}, {"foo": ["1"]}]


def test_packages_of_the_installer_are_counted_and_nowhere_seen(stage: Stage) -> None:
    udeb = replace(new_binary("hello-udeb"), component="main/debian-installer")

    number = take(stage, [HELLO], [new_binary()], udebs=(udeb,))

    membership = Membership(suite_id=stage.parent_suite.id, number=number)
    with stage.read() as transaction:
        snapshot = transaction.snapshots.find(stage.parent_suite.id, number)
        seen = transaction.listings.binaries(membership)
    assert snapshot is not None
    assert (snapshot.binaries, snapshot.udebs) == (1, 1)
    assert [binary.name for binary in seen] == ["hello"]


@pytest.mark.parametrize(
    "other",
    [
        new_binary(content="other bytes"),
        replace(new_binary(content="other bytes"), component="contrib"),
        replace(new_binary("world", content="other bytes"), filename=new_binary().filename),
    ],
)
def test_one_name_or_path_for_two_contents_is_refused_and_changes_nothing(
    stage: Stage, other: NewBinary
) -> None:
    before = stage.row_counts()

    with pytest.raises(InvalidInputError, match="is there with two SHA-256s"):
        take(stage, [HELLO], [new_binary(), other])

    assert stage.row_counts() == before


def test_a_file_of_two_sources_in_one_directory_has_one_content(stage: Stage) -> None:
    other = new_source("hello", "2.10-4", files=[("hello_2.10-3.tar.xz", 5, "0" * 64)])

    with pytest.raises(InvalidInputError, match=r"hello_2.10-3.tar.xz is there with two"):
        take(stage, [HELLO, other], [])


def test_index_files_stay_for_the_newest_snapshot_and_for_those_derived_from(stage: Stage) -> None:
    def listed(name: str) -> IndexFile:
        return IndexFile(path="main/source/Sources.xz", size=3, sha256=name * 64)

    for name in ("b", "c", "d"):
        with stage.write() as transaction:
            suite = transaction.archives.suite(stage.parent_suite.id)
            add_snapshot(transaction, suite, [HELLO], head=replace(HEAD, files=[listed(name)]))
    with stage.write() as transaction:
        dropped = transaction.snapshots.drop_old_files(stage.parent_suite.id)
        again = transaction.snapshots.drop_old_files(stage.parent_suite.id)
        kept = [transaction.snapshots.files(stage.parent_suite.id, n) for n in (2, 3, 4)]

    assert dropped == {"b" * 64, "c" * 64}
    assert again == set()
    assert kept == [[], [], [listed("d")]]


def test_ids_that_a_snapshot_gave_are_never_given_again(stage: Stage) -> None:
    take(stage, [HELLO, new_source("foo", "1")], [new_binary("foo")])
    stage.add_binaries(new_binary("mine"))
    take(stage, [HELLO, new_source("foo", "2")], [new_binary("foo", "2")])

    with stage.read() as transaction:
        for table in (schema.stanza, schema.source_release, schema.binary_release):
            count, distinct, last = transaction.connection.execute(
                sa.select(
                    sa.func.count(), sa.func.count(table.c.id.distinct()), sa.func.max(table.c.id)
                )
            ).one()
            assert count == distinct
            assert last >= count
