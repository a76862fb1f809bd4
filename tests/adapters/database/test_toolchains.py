"""Toolchains and their revisions."""

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.builders import NOW

from vostok.adapters.database import SqlDatabase
from vostok.domain.toolchain import parse_spec, spec_to_json
from vostok.errors import NotFoundError

GCC_11 = parse_spec(
    compilers={"gcc": "gcc-11"},
    cflags=["-O3 -fno-plt"],
    environment={"K": "V"},
    build_options=["parallel=2"],
    build_profiles=["nocheck"],
)
GCC_13 = parse_spec(compilers={"gcc": "gcc-13"})


def test_a_revision_comes_back_as_it_was_stored(database: SqlDatabase) -> None:
    with database.write() as transaction:
        made = transaction.toolchains.add("gcc", 1, spec_to_json(GCC_11), by="andrea", at=NOW)

    with database.read() as transaction:
        found = transaction.toolchains.by_id(made.id)
    assert found == made
    assert (found.name, found.revision, found.spec) == ("gcc", 1, GCC_11)
    assert (found.created_by, found.created_at) == ("andrea", NOW)


def test_a_name_stands_for_its_newest_revision_and_the_older_stay(database: SqlDatabase) -> None:
    with database.write() as transaction:
        first = transaction.toolchains.add("gcc", 1, spec_to_json(GCC_11), by="andrea", at=NOW)
        second = transaction.toolchains.add("gcc", 2, spec_to_json(GCC_13), by="andrea", at=NOW)
        other = transaction.toolchains.add("all", 1, spec_to_json(GCC_13), by="andrea", at=NOW)

    with database.read() as transaction:
        assert transaction.toolchains.newest("gcc") == second
        assert transaction.toolchains.named("gcc") == second
        assert transaction.toolchains.by_id(first.id).spec == GCC_11
        assert transaction.toolchains.all() == [other, first, second]


def test_a_toolchain_that_is_not_there_is_named(database: SqlDatabase) -> None:
    with database.read() as transaction:
        assert transaction.toolchains.newest("gcc") is None
        with pytest.raises(NotFoundError, match="no toolchain gcc"):
            transaction.toolchains.named("gcc")


def test_of_two_that_make_a_revision_at_once_one_is_refused(database: SqlDatabase) -> None:
    def make() -> int:
        with database.write() as transaction:
            spec = spec_to_json(GCC_11)
            return transaction.toolchains.add("gcc", 1, spec, by="andrea", at=NOW).revision

    outcomes = outcomes_at_once([make] * 2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "int"]
    with database.read() as transaction:
        assert [toolchain.revision for toolchain in transaction.toolchains.all()] == [1]
