"""Members in short rows, and what publications show of a suite's own, by name."""

from tests.adapters.database.stage import Stage
from tests.builders import new_binary, new_source, sha256_of

from vostok.adapters.database.members import NAMES_PER_QUERY_MAX
from vostok.domain.package import DeltaKind, Membership, OwnMember


def test_members_are_read_by_name(stage: Stage) -> None:
    stage.take_snapshot(
        [new_source("hello"), new_source("tree")],
        [new_binary("hello"), new_binary("tree"), new_binary("tree-data", source="tree")],
    )
    second = Membership(suite_id=stage.parent_suite.id, number=2)

    with stage.read() as transaction:
        sources = transaction.members.sources(second, ["tree", "nothing"])
        binaries = transaction.members.binaries(second, ["tree-data", "hello"])
        of_source = transaction.members.binaries_of_sources(second, ["tree"])
        before = transaction.members.binaries_of_sources(stage.base, ["tree"])

    assert [source.name for source in sources] == ["tree"]
    assert {binary.name for binary in binaries} == {"tree-data", "hello"}
    assert {binary.name for binary in of_source} == {"tree", "tree-data"}
    assert before == []


def test_more_names_than_one_statement_takes_are_read_in_parts(stage: Stage) -> None:
    names = [f"package{number}" for number in range(NAMES_PER_QUERY_MAX + 2)]

    with stage.read() as transaction:
        found = transaction.members.binaries(stage.base, [*names, "hello"])

    assert [binary.name for binary in found] == ["hello"]


def test_what_changed_between_two_snapshots_is_named_either_way_round(stage: Stage) -> None:
    stage.take_snapshot([new_source("hello", "3")], [new_binary("hello"), new_binary("tree")])
    stage.take_snapshot([new_source("hello", "3")], [new_binary("hello")])

    with stage.read() as transaction:
        changed = transaction.members.changed_names
        suite_id = stage.parent_suite.id
        forth, back = changed(suite_id, 1, 2), changed(suite_id, 2, 1)
        through = changed(suite_id, 1, 3)
        nothing = changed(suite_id, 3, 3)

    assert forth == back == ({"hello"}, {"tree"})
    assert through == ({"hello"}, {"tree"})
    assert nothing == (set(), set())


def test_binaries_without_a_current_source_are_named(stage: Stage) -> None:
    stage.take_snapshot(
        [new_source("hello"), new_source("old", is_extra=True)],
        [new_binary("hello"), new_binary("old"), new_binary("stray", source="lost")],
    )
    second = Membership(suite_id=stage.parent_suite.id, number=2)

    with stage.read() as transaction:
        found = transaction.members.names_without_source(second)
        before = transaction.members.names_without_source(stage.base)

    assert found == ({"old", "lost"}, {"old", "stray"})
    assert before == (set(), set())


def test_the_digest_of_a_source_is_its_dscs(stage: Stage) -> None:
    with stage.read() as transaction:
        found = transaction.members.dsc_sha256([stage.hello_id, stage.hello_id + 1_000])

    assert found == {stage.hello_id: sha256_of("hello_2.10-3.dsc")}


def test_what_a_publication_shows_is_read_by_name_and_by_source(stage: Stage) -> None:
    stage.add_binaries(
        new_binary("hello", "2.10-3Xtrial1"), new_binary("data", "2", source="hello")
    )
    first = stage.publish()
    stage.add_binaries(new_binary("hello", "2.10-3Xtrial2"))
    second = stage.publish()
    stage.add_binaries(new_binary("late", "1"))

    with stage.read() as transaction:
        own, of_source = (
            transaction.members.own_binaries,
            transaction.members.own_binaries_of_sources,
        )
        suite_id = stage.suite.id
        assert versions(own(suite_id, first)) == {"hello": "2.10-3Xtrial1", "data": "2"}
        assert versions(own(suite_id, second)) == {"hello": "2.10-3Xtrial2", "data": "2"}
        assert versions(own(suite_id, second, ["hello", "late"])) == {"hello": "2.10-3Xtrial2"}
        assert versions(of_source(suite_id, first, ["hello"])) == versions(own(suite_id, first))
        assert transaction.members.own_names(suite_id, second) == ({"hello"}, {"hello", "data"})
        assert transaction.members.changed_own_names(suite_id, second, first) == (
            {"hello"},
            {"hello"},
        )
        assert transaction.members.changed_own_names(suite_id, 0, first) == (
            {"hello"},
            {"hello", "data"},
        )


def test_own_binaries_say_their_kind_and_toolchain(stage: Stage) -> None:
    toolchain = stage.add_toolchain()
    stage.add_binaries(new_binary("gcc"), kind=DeltaKind.TOOLCHAIN, toolchain_id=toolchain)
    number = stage.publish()

    with stage.read() as transaction:
        [binary] = transaction.members.own_binaries(stage.suite.id, number)

    assert (binary.kind, binary.toolchain_id) == (DeltaKind.TOOLCHAIN, toolchain)


def test_own_sources_are_read_by_name(stage: Stage) -> None:
    stage.add_source("tree")
    stage.add_source("lamp")

    with stage.read() as transaction:
        every = transaction.members.own_sources(stage.suite.id)
        some = transaction.members.own_sources(stage.suite.id, ["tree"])
        none = transaction.members.own_sources(stage.parent_suite.id)

    assert {source.name for source in every} == {"tree", "lamp"}
    assert [(source.name, source.is_extra) for source in some] == [("tree", False)]
    assert none == []


def versions(found: list[OwnMember]) -> dict[str, str]:
    return {binary.name: binary.version for binary in found}
