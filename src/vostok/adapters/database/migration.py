"""Bringing a database to this version's schema, as a step of its own before anything starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

MIGRATIONS = Path(__file__).with_name("migrations")
VERSION_TABLE = "vostok_schema"
LOCK = 0x766F73746F6B
"""Of PostgreSQL's advisory locks, the number that stands for the schema: «vostok»."""


def migrate(engine: sa.Engine, revision: str = "head") -> None:
    """Apply what is missing. Repeating it does nothing; of two at a time one waits.

    `revision` is the one to stop at.
    """
    if revision == "head" and _has_newest(engine):
        return
    # It takes seven megabytes, and most starts do without.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with (
        engine.execution_options(vostok_writing=True).connect() as connection,
        _unchecked_references(connection),
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def newest_revision() -> str:
    """The number in the name of the last migration's file."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("versions/[0-9]*.py"))


def _has_newest(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(VERSION_TABLE):
            return False
        table = sa.table(VERSION_TABLE, sa.column("version_num"))
        found = list(connection.execute(sa.select(table.c.version_num)).scalars())
    return found == [newest_revision()]


@contextmanager
def _unchecked_references(connection: sa.Connection) -> Iterator[None]:
    """On SQLite, where a table is changed by making it anew, references dangle for a moment.

    The setting has no effect within a transaction, so it goes by the driver's own connection.

    Source: <https://www.sqlite.org/lang_altertable.html>, «Making Other Kinds Of Table Schema
    Changes».
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    driver.execute("pragma foreign_keys=OFF")
    try:
        yield
        dangling = driver.execute("pragma foreign_key_check").fetchall()
        if dangling:
            raise AssertionError(
                f"the migration left references that lead nowhere: {dangling[:5]}"
            )
    finally:
        driver.execute("pragma foreign_keys=ON")
