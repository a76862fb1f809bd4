"""Many rows at once, with ids that are ours to give: COPY on PostgreSQL, one statement on SQLite.

Ids that are known beforehand spare a join for every table that names them.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

ROWS_PER_STATEMENT = 10_000

Row = Sequence[Any]


def insert_rows(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert rows whose values stand in the order of the columns."""
    if not rows:
        return
    quoted = ", ".join(f'"{column}"' for column in columns)
    if connection.dialect.name == "postgresql":
        raw: Any = connection.connection.driver_connection
        with (
            raw.cursor() as cursor,
            cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" for _ in columns)
    statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({places})'  # noqa: S608 - names of our schema
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        connection.exec_driver_sql(
            statement, [tuple(row) for row in rows[start : start + ROWS_PER_STATEMENT]]
        )


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
