"""Installations for the tests of services: empty, with a parent, with `trial` derived from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes import START
from tests.services.build_machine import BuildMachine
from tests.services.installation import Installation, Template, at_rest, make_installation
from tests.services.moving_parent import START_VERSIONS, World
from tests.services.signed_upload import Uploader
from tests.snapshots import add_image

from vostok.adapters.database import create_engine, migrate
from vostok.domain.job import JobState


@pytest.fixture(scope="session")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """All tables, no rows."""
    directory = tmp_path_factory.mktemp("nothing")
    (directory / "files").mkdir()
    engine = create_engine(f"sqlite:///{directory / 'vostok.db'}")
    migrate(engine)
    engine.dispose()
    return Template(directory=directory, keys={}, at=START)


@pytest.fixture(scope="session")
def with_parent(tmp_path_factory: pytest.TempPathFactory, nothing: Template) -> Template:
    """The parent's amd64 is imported as `debian`."""
    directory = tmp_path_factory.mktemp("with-parent")
    world = make_installation(directory, nothing)
    assert world.import_parent().state is JobState.SUCCEEDED
    return at_rest(directory, world)


@pytest.fixture(scope="session")
def with_trial(tmp_path_factory: pytest.TempPathFactory, with_parent: Template) -> Template:
    """`trial` takes all its sources."""
    directory = tmp_path_factory.mktemp("with-trial")
    world = make_installation(directory, with_parent)
    assert world.derive().state is JobState.SUCCEEDED
    return at_rest(directory, world)


@pytest.fixture(scope="session")
def with_two_architectures(
    tmp_path_factory: pytest.TempPathFactory, nothing: Template
) -> Template:
    """Parent and `trial` have amd64 and arm64."""
    directory = tmp_path_factory.mktemp("with-two-architectures")
    world = make_installation(directory, nothing)
    assert world.import_parent(["amd64", "arm64"]).state is JobState.SUCCEEDED
    assert world.derive().state is JobState.SUCCEEDED
    return at_rest(directory, world)


def _copy(directory: Path, template: Template) -> Iterator[Installation]:
    world = make_installation(directory, template)
    yield world
    world.database.engine.dispose()


@pytest.fixture
def empty(tmp_path: Path, nothing: Template) -> Iterator[Installation]:
    """Nothing is there yet; the mirror has the tiny parent."""
    yield from _copy(tmp_path, nothing)


@pytest.fixture
def imported(tmp_path: Path, with_parent: Template) -> Iterator[Installation]:
    """The parent's amd64 is imported as `debian`."""
    yield from _copy(tmp_path, with_parent)


@pytest.fixture
def derived(tmp_path: Path, with_trial: Template) -> Iterator[Installation]:
    """`trial` takes all sources of it."""
    yield from _copy(tmp_path, with_trial)


@pytest.fixture
def empty_on_postgresql(
    tmp_path: Path, nothing: Template, postgresql_database_url: str
) -> Iterator[Installation]:
    """Nothing is there yet, on PostgreSQL."""
    engine = create_engine(postgresql_database_url)
    migrate(engine)
    engine.dispose()
    world = make_installation(tmp_path, nothing, url=postgresql_database_url)
    yield world
    world.database.engine.dispose()


@pytest.fixture
def derived_on_postgresql(empty_on_postgresql: Installation) -> Installation:
    """`trial` takes all sources of `debian`, on PostgreSQL, made anew."""
    world = empty_on_postgresql
    assert world.import_parent().state is JobState.SUCCEEDED
    assert world.derive().state is JobState.SUCCEEDED
    return world


@pytest.fixture
def multi(tmp_path: Path, with_two_architectures: Template) -> Iterator[Installation]:
    """Parent and `trial` with amd64 and arm64."""
    yield from _copy(tmp_path, with_two_architectures)


@pytest.fixture
def machine(derived: Installation) -> BuildMachine:
    """A builder for amd64."""
    return BuildMachine(derived)


@pytest.fixture
def world(empty: Installation) -> World:
    """Its parent has made one snapshot; nothing is derived from it yet."""
    with empty.database.write() as transaction:
        archive, suite = add_image(transaction, "world")
    made = World(base=empty, archive=archive, suite_id=suite.id)
    made.offer(START_VERSIONS)
    return made


@pytest.fixture
def richard(derived: Installation) -> Uploader:
    """Who uploads to `trial`."""
    return Uploader(derived)
