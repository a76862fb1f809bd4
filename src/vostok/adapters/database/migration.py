"""Bringing a database to this version's schema, as a step of its own before anything starts."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(engine: sa.Engine) -> None:
    """Apply what is missing. Repeating it does nothing."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.execution_options(vostok_writing=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
