"""What the tests of several modules ask dpkg's and apt's tools about."""

from pathlib import Path

import pytest
from tests.unit.debian.oracles import build_tiny_package


@pytest.fixture(scope="session")
def tiny_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a source package and all that dpkg-buildpackage made of it."""
    directory = tmp_path_factory.mktemp("tiny")
    build_tiny_package(directory)
    return directory
