"""Installations for the tests of services: empty, with the parent imported, with `trial` derived."""

from pathlib import Path

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import Installation, make_installation

from vostok.adapters.database import create_engine, migrate
from vostok.domain.job import JobState


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no rows."""
    place = tmp_path_factory.mktemp("database") / "empty.db"
    engine = create_engine(f"sqlite:///{place}")
    migrate(engine)
    engine.dispose()
    return place


@pytest.fixture
def empty(tmp_path: Path, empty_database: Path) -> Installation:
    """Nothing is there yet; the mirror has the tiny parent."""
    return make_installation(tmp_path, empty_database)


@pytest.fixture
def imported(empty: Installation) -> Installation:
    """The parent's amd64 is imported as `debian`."""
    assert empty.import_parent().state is JobState.SUCCEEDED
    return empty


@pytest.fixture
def derived(imported: Installation) -> Installation:
    """`trial` takes all sources of it."""
    assert imported.derive().state is JobState.SUCCEEDED
    return imported


@pytest.fixture
def machine(derived: Installation) -> BuildMachine:
    """A builder for amd64."""
    return BuildMachine(derived)


@pytest.fixture
def multi(empty: Installation) -> Installation:
    """Parent and `trial` with amd64 and arm64."""
    assert empty.import_parent(["amd64", "arm64"]).state is JobState.SUCCEEDED
    assert empty.derive().state is JobState.SUCCEEDED
    return empty
