"""Toolchains and their revisions."""

import pytest
import sqlalchemy as sa
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


def test_the_number_of_a_revision_is_given_once(database: SqlDatabase) -> None:
    with database.write() as transaction:
        transaction.toolchains.add("gcc", 1, spec_to_json(GCC_11), by="andrea", at=NOW)

    with database.write() as transaction, pytest.raises(sa.exc.IntegrityError):
        transaction.toolchains.add("gcc", 1, spec_to_json(GCC_13), by="andrea", at=NOW)
