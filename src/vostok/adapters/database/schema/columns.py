"""What all tables are made of: names of constraints, and kinds of columns."""

from typing import Any

import sqlalchemy as sa

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)


def identity() -> sa.Column[int]:
    """An id that is never given twice: workflows, logs and addresses outlive deleted rows.

    On SQLite that needs `sqlite_autoincrement` on the table.
    """
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """A text without a bound of its own: what is stored was bounded where it came in."""
    return sa.Column(name, sa.Text, nullable=nullable)


def integer(name: str, *, nullable: bool = False) -> sa.Column[int]:
    """A number up to 2^63: sizes in bytes need more than 2^31."""
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def reference(
    name: str, target: str, *, nullable: bool = False, index: bool = False
) -> sa.Column[int]:
    """The id of a row of another table: `target` is `table.id`."""
    return sa.Column(name, sa.Integer, sa.ForeignKey(target), nullable=nullable, index=index)


def moment(name: str, *, nullable: bool = False) -> sa.Column[float]:
    """A moment: seconds since 1970 in UTC, the same on both databases."""
    return sa.Column(name, sa.Double, nullable=nullable)


def flag(name: str) -> sa.Column[bool]:
    """A claim that holds or does not."""
    return sa.Column(name, sa.Boolean, nullable=False)


def document(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """A JSON document that is read and written whole."""
    return sa.Column(name, sa.JSON, nullable=nullable)
