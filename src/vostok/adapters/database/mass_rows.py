"""Many rows at once, with ids that are ours to give: COPY on PostgreSQL, one statement on SQLite.

Ids that are known beforehand spare a join for every table that names them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

VALUES_PER_STATEMENT_MAX = 8_000
"""Of SQLite's 32,766. From 100 rows on one costs half as much as each by itself: what a statement
prepares, as the list in a partial index's condition, it then prepares once for all of them."""

Row = Sequence[Any]


def insert_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[Row],
    same: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Insert rows whose values stand in the order of the columns; `same` is in all of them.

    Values are of the database's own kinds: not of `StrEnum`, which SQLite's driver asks about
    one by one.

    Raises:
        IntegrityError: of SQLAlchemy; a constraint of the table forbids one of them.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, [*columns, *same], rows, tuple(same.values()))
        return
    per_statement = max(1, VALUES_PER_STATEMENT_MAX // len(columns))
    for start in range(0, len(rows), per_statement):
        some = rows[start : start + per_statement]
        statement = _insert_statement(table.name, tuple(columns), tuple(same), len(some))
        connection.exec_driver_sql(statement, (*same.values(), *chain.from_iterable(some)))


def _copy(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[Row],
    same: Row,
) -> None:
    statement = f'COPY "{table.name}" ({_quoted(columns)}) FROM STDIN'
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row((*row, *same))
    except connection.dialect.loaded_dbapi.IntegrityError as error:
        raise sa.exc.IntegrityError(statement, None, error) from error


@lru_cache(maxsize=100)
def _insert_statement(table: str, columns: Row, same: Row, count: int) -> str:
    """For SQLite, with the values of `same` first, which each row then names by their places.

    Only these and the first row's are numbered: SQLite takes half as long again where all are.
    """
    shared = "".join(f", ?{place}" for place in range(1, len(same) + 1))
    numbered = ", ".join(f"?{len(same) + place}" for place in range(1, len(columns) + 1))
    further = ", ".join("?" * len(columns))
    rows = ", ".join((f"({numbered}{shared})", *[f"({further}{shared})"] * (count - 1)))
    return f'INSERT INTO "{table}" ({_quoted([*columns, *same])}) VALUES {rows}'  # noqa: S608 - names of our schema


def _quoted(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def plain_rows(
    connection: sa.Connection, query: sa.Select[Any] | sa.CompoundSelect[Any]
) -> list[tuple[Any, ...]]:
    """All rows as the driver gives them; of columns with numbers and texts only.

    SQLAlchemy's own rows take four times as long, which counts where an archive is read.
    """
    with connection.execute(query) as result:
        cursor: Any = result.cursor
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def streamed_rows(
    connection: sa.Connection, query: sa.Select[Any], rows_at_once: int
) -> Iterator[tuple[Any, ...]]:
    """The same, some at a time: where all of them would take much memory."""
    with connection.execute(query.execution_options(stream_results=True)) as result:
        first = result.fetchone()  # SQLAlchemy has fetched this one already
        if first is None:
            return
        yield tuple(first)
        cursor: Any = result.cursor
        while rows := cursor.fetchmany(rows_at_once):
            yield from rows


def lock_against_writers(connection: sa.Connection, *tables: sa.Table) -> None:
    """Let nobody else insert into these tables or delete from them until the transaction ends.

    On SQLite a writing transaction is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in tables)
        connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def count_anew(connection: sa.Connection, *tables: sa.Table) -> None:
    """Have PostgreSQL know how large these tables have become in this transaction.

    It would plan for almost empty ones: a join of 100,000 rows took minutes. SQLite plans by the
    indices there are.
    """
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in tables)
        connection.exec_driver_sql(f"ANALYZE {names}")


class Ids:
    """Ids of a table for rows of this transaction, which has locked it.

    Ids are never given twice, also not those of deleted rows: the database's own counter moves on.
    """

    def __init__(self, connection: sa.Connection, table: sa.Table) -> None:
        self._connection = connection
        self._table = table
        self._last = self._counter()

    def take(self, count: int) -> range:
        """The next ids."""
        taken = range(self._last + 1, self._last + 1 + count)
        self._last += count
        return taken

    def settle(self) -> None:
        """Have the database go on behind the ids that were taken."""
        if self._connection.dialect.name == "postgresql" and self._last:
            self._connection.exec_driver_sql(
                f"SELECT setval('{self._sequence()}', %s)",
                (self._last,),
            )

    def _counter(self) -> int:
        if self._connection.dialect.name == "postgresql":
            row = self._connection.exec_driver_sql(
                f"SELECT last_value, is_called FROM {self._sequence()}"  # noqa: S608 - a name of our schema
            ).one()
            return int(row.last_value) if row.is_called else int(row.last_value) - 1
        found = self._connection.exec_driver_sql(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (self._table.name,)
        ).scalar_one_or_none()
        return int(found or 0)

    def _sequence(self) -> str:
        return f"{self._table.name}_id_seq"


@contextmanager
def temporary_table(connection: sa.Connection, table: sa.Table) -> Iterator[None]:
    """The table while the context lasts."""
    table.create(connection)
    yield
    table.drop(connection)


def grouped(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Items in lists of at most that size."""
    group: list[Any] = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
