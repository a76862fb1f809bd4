"""Which tests one worker of `pytest --numprocesses` runs one after the other, and in what order.

What is made once for many tests would be made once by each worker that runs some of them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

JOURNEYS: Final = "tests/journeys/"
REAL_BUILDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Richard's archive": tuple(
        f"{JOURNEYS}test_{name}.py"
        for name in ("own_compiler", "states", "survival", "whole_sources", "end_of_an_archive")
    ),
    "a rebuild of Debian's packages": (
        f"{JOURNEYS}test_first_rebuild.py",
        f"{JOURNEYS}test_failures.py",
    ),
    "journeys that scripts build in": (JOURNEYS,),
    "the builder": ("tests/adapters/builder/",),
}
"""Share -> with what the names of its tests begin; the first that fits counts. The longest comes
first. They mostly wait for sbuild, for leases that end and for processes that start, while other
workers compute. One Vostok, or one builder with its chroot, serves all tests of each."""


def share_of(nodeid: str) -> str:
    """The name of the share that a test belongs to, by default that of its file."""
    found = (share for share, begins in REAL_BUILDS.items() if nodeid.startswith(begins))
    return next(found, nodeid.partition("::")[0])


def real_builds_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests in an order in which no worker is left alone with the longest share."""
    order = {share: number for number, share in enumerate(REAL_BUILDS)}
    return sorted(items, key=lambda item: order.get(share_of(item.nodeid), len(order)))


class ShareScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands the tests out by share; a worker that has ended one gets the next."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)
