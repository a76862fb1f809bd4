"""Rows that reach a statement as one value come out as they were."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vostok.adapters.database import SqlDatabase
from vostok.adapters.database import given_rows as module
from vostok.adapters.database.given_rows import given_rows

COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "name": sa.Text(),
    "number": sa.BigInteger(),
    "words": sa.Text(),
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


def rows_back(database: SqlDatabase, rows: list[tuple[str, int, str]]) -> list[tuple[object, ...]]:
    with database.engine.connect() as connection:
        return [
            tuple(row)
            for table in given_rows(connection, COLUMNS, rows)
            for row in connection.execute(sa.select(table))
        ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.tuples(TEXTS, st.integers(-(1 << 53), 1 << 53), TEXTS), max_size=5))
def test_rows_keep_their_values_and_their_order(
    database: SqlDatabase, rows: list[tuple[str, int, str]]
) -> None:
    assert rows_back(database, rows) == rows


def test_many_rows_come_in_several_tables(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS_PER_STATEMENT_MAX", 2)
    rows = [("b", 1, ""), ("a", 2, ""), ("c", 3, ""), ("a", 4, ""), ("d", 5, "")]

    with database.engine.connect() as connection:
        tables = list(given_rows(connection, COLUMNS, rows))

    assert len(tables) == 3
    assert rows_back(database, rows) == rows
