"""Each test of the database runs on SQLite and on PostgreSQL, on one that holds only the tables."""

import itertools
import shutil
from collections.abc import Callable, Iterator
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
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlDatabase]:
    """A migrated database without rows, the test's own."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_sqlite_file")
        path = tmp_path / "vostok.db"
        shutil.copyfile(template, path)
        url, remove = f"sqlite:///{path}", path.unlink
    else:
        server: str = request.getfixturevalue("postgresql_url")
        template_name: str = request.getfixturevalue("migrated_postgresql_template")
        url, remove = _copied(server, template_name, f"vostok_{next(_numbers)}")
    engine = create_engine(url)
    yield SqlDatabase(engine)
    engine.dispose()
    remove()


@pytest.fixture
def stage(database: SqlDatabase) -> Stage:
    """A database with an archive `trial` derived from `debian/bookworm`, which has `hello`."""
    return derived_archive(database)


def _copied(server: str, template: str, name: str) -> tuple[str, Callable[[], None]]:
    with _administration(server) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )

    def remove() -> None:
        with _administration(server) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )

    return _url_of(server, name), remove


def _url_of(server: str, name: str) -> str:
    return f"{server.removesuffix('/postgres')}/{name}"


def _administration(server: str) -> psycopg.Connection:
    address = server.replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(address, autocommit=True)
