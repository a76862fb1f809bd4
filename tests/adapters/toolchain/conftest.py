"""What the tests of swapped packages start from."""

from functools import partial
from pathlib import Path

import pytest
from tests.adapters.toolchain.tiny_packages import MakeDeb, tiny_package


@pytest.fixture
def make_deb(tmp_path: Path) -> MakeDeb:
    return partial(tiny_package, tmp_path)
