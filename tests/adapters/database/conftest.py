"""Each test of the database runs on SQLite and on PostgreSQL; it finds the tables, and no row."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from tests.adapters.database.stage import Stage, derived_archive

from vostok.adapters.database import SqlDatabase, create_engine, migrate

TEMPLATE = "template_vostok"
BOTH = [
    pytest.param("sqlite"),
    pytest.param("postgresql", marks=pytest.mark.database),
]

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy: quicker than migrating once a test."""
    path = tmp_path_factory.mktemp("database") / "template.db"
    engine = create_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def migrated_postgresql_template(postgresql_url: str) -> str:
    """The name of a database to copy."""
    with _administration(postgresql_url) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(TEMPLATE))
        )
    engine = create_engine(_url_of(postgresql_url, TEMPLATE))
    migrate(engine)
    engine.dispose()
    return TEMPLATE


@pytest.fixture
def migrated_sqlite_url(migrated_sqlite_file: Path, tmp_path: Path) -> str:
    """A copy of the test's own."""
    path = tmp_path / "vostok.db"
    shutil.copyfile(migrated_sqlite_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def migrated_postgresql_url(
    postgresql_url: str, migrated_postgresql_template: str
) -> Iterator[str]:
    """A copy of the test's own, gone when the test has ended."""
    name = f"vostok_{next(_numbers)}"
    with _administration(postgresql_url) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(migrated_postgresql_template)
            )
        )
    yield _url_of(postgresql_url, name)
    with _administration(postgresql_url) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


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


def _url_of(server: str, name: str) -> str:
    return f"{server.removesuffix('/postgres')}/{name}"


def _administration(server: str) -> psycopg.Connection:
    address = server.replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(address, autocommit=True)
