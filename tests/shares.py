"""Which tests one worker of `pytest --numprocesses` runs one after the other, and in what order.

What is made once for many tests would be made once by each worker that runs some of them.
"""

from collections.abc import Sequence
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

REAL_BUILDS: Final = "real builds"
"""They mostly wait for sbuild, and so hardly slow down what another worker runs meanwhile; two
of them at a time would."""
WITH_REAL_BUILDS: Final = ("tests/journeys/", "tests/adapters/builder/")
"""One Vostok, or one builder with its chroot, serves all tests of each."""


def share_of(nodeid: str) -> str:
    """The name of the share that a test belongs to, by default that of its file."""
    return REAL_BUILDS if nodeid.startswith(WITH_REAL_BUILDS) else nodeid.partition("::")[0]


def real_builds_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests in an order in which no worker is left alone with the longest share."""
    return sorted(items, key=lambda item: share_of(item.nodeid) != REAL_BUILDS)


class ShareScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands the tests out by share; a worker that has ended one gets the next."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)
