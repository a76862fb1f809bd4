"""Each test of the database runs on SQLite and on PostgreSQL; it finds the tables, and no row."""

import shutil
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
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy: quicker than migrating once a test."""
    path = tmp_path_factory.mktemp("database") / "template.db"
    engine = create_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def shared_postgresql_url(postgresql_url: str) -> str:
    """A migrated database that tests empty behind them: quicker than copying one for each."""
    server = postgresql_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {SHARED} TEMPLATE template0")
    url = f"{postgresql_url.removesuffix('/postgres')}/{SHARED}"
    engine = create_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture
def migrated_sqlite_url(migrated_sqlite_file: Path, tmp_path: Path) -> str:
    """A copy of the test's own."""
    path = tmp_path / "vostok.db"
    shutil.copyfile(migrated_sqlite_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def migrated_postgresql_url(shared_postgresql_url: str) -> Iterator[str]:
    """The shared one, without rows before and after."""
    yield shared_postgresql_url
    engine = create_engine(shared_postgresql_url)
    with engine.begin() as connection:
        deletions = [str(table.delete()) for table in reversed(schema.metadata.sorted_tables)]
        connection.exec_driver_sql("; ".join(deletions))  # one round trip
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
    """A migrated database without rows, the test's own."""
    engine = create_engine(request.getfixturevalue(f"migrated_{request.param}_url"))
    yield SqlDatabase(engine)
    engine.dispose()


@pytest.fixture
def stage(database: SqlDatabase) -> Stage:
    """A database with an archive `trial` derived from `debian/bookworm`, which has `hello`."""
    return derived_archive(database)
