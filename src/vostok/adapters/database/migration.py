"""Bringing a database to this version's schema, as a step of its own before anything starts."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK = 0x766F73746F6B
"""Of PostgreSQL's advisory locks, the number that stands for the schema: «vostok»."""


def migrate(engine: sa.Engine) -> None:
    """Apply what is missing. Repeating it does nothing; of two at a time one waits."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.execution_options(vostok_writing=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
