"""Each test of the database runs on SQLite and on PostgreSQL; it finds the tables, and no row.

The two databases live as long as the tests: engines that stay keep their compiled statements.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from tests.adapters.database.stage import Stage, derived_archive

from vostok.adapters.database import SqlDatabase, create_engine, migrate, schema

SHARED = "vostok_shared"
BOTH = [
    pytest.param("sqlite"),
    pytest.param("postgresql", marks=pytest.mark.database),
]


@pytest.fixture(scope="session")
def shared_sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A migrated file that tests empty behind them."""
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('database') / 'shared.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_postgresql_engine(postgresql_url: str) -> Iterator[sa.Engine]:
    """A migrated database that tests empty behind them."""
    server = postgresql_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {SHARED} TEMPLATE template0")
    engine = create_engine(f"{postgresql_url.removesuffix('/postgres')}/{SHARED}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=BOTH)
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An engine on a database without any table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url = request.getfixturevalue("postgresql_database_url")
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Iterator[SqlDatabase]:
    """A migrated database without rows."""
    engine: sa.Engine = request.getfixturevalue(f"shared_{request.param}_engine")
    yield SqlDatabase(engine)
    with engine.begin() as connection:
        for table in reversed(schema.metadata.sorted_tables):
            if table is not schema.audit_entry:  # nobody can empty it
                connection.execute(table.delete())


@pytest.fixture
def stage(database: SqlDatabase) -> Stage:
    """A database with an archive `trial` derived from `debian/bookworm`, which has `hello`."""
    return derived_archive(database)
