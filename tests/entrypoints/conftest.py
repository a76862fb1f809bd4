"""A server with an imported archive, one derived from it, and builds that wait in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.entrypoints.installation import ADMIN, Builder, Installation, fill, installation_in
from tests.entrypoints.parent_archive import ParentArchive, served_parent


@pytest.fixture(scope="session")
def parent_archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParentArchive]:
    with served_parent(tmp_path_factory.mktemp("parent")) as parent:
        yield parent


@pytest.fixture(scope="session")
def filled_root(tmp_path_factory: pytest.TempPathFactory, parent_archive: ParentArchive) -> Path:
    root = tmp_path_factory.mktemp("filled") / "root"
    fill(installation_in(root), parent_archive)
    return root


@pytest.fixture
def installation(tmp_path: Path, filled_root: Path) -> Installation:
    """Filled by `fill`, and the test's own."""
    shutil.copytree(filled_root, tmp_path / "root")
    return installation_in(tmp_path / "root")


@pytest.fixture(scope="session")
def unchanged(tmp_path_factory: pytest.TempPathFactory, filled_root: Path) -> Installation:
    """The same for all tests that change nothing: it takes a third of a second to start one."""
    root = tmp_path_factory.mktemp("unchanged") / "root"
    shutil.copytree(filled_root, root)
    return installation_in(root)


@pytest.fixture
def empty_installation(tmp_path: Path) -> Installation:
    """A server that was started for the first time."""
    return installation_in(tmp_path / "empty")


@pytest.fixture
def administrator(installation: Installation) -> TestClient:
    return installation.client(ADMIN)


@pytest.fixture
def anybody(installation: Installation) -> TestClient:
    return installation.client()


@pytest.fixture
def builder(installation: Installation) -> Builder:
    return Builder(installation)
