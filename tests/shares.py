"""Which tests one worker of `pytest --numprocesses` runs one after the other, and in what order.

What is made once for many tests would be made once by each worker that runs some of them.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Final, TypeVar

from xdist.scheduler import LoadScopeScheduling

Test = TypeVar("Test")
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
BEGINS_AFTER: Final[Mapping[str, float]] = {
    "journeys that scripts build in": 0.2,
    "the builder": 0.35,
}
"""Share -> the part of all other tests that comes before it; the first two begin at once. If all
did, three workers would wait and none compute. The other tests begin with those of databases,
which take longest: a fifth of them is a third of their time, and each share ends before they do.
"""


def share_of(nodeid: str) -> str:
    """The name of the share that a test belongs to, by default that of its file."""
    found = (share for share, begins in REAL_BUILDS.items() if nodeid.startswith(begins))
    return next(found, nodeid.partition("::")[0])


def real_builds_among(items: Sequence[Test], nodeid_of: Callable[[Test], str]) -> list[Test]:
    """The tests in an order in which some workers wait for builds while others compute.

    No worker is left alone with the longest share, which begins at once.
    """
    order = {share: number for number, share in enumerate(REAL_BUILDS)}
    shares = [share_of(nodeid_of(item)) for item in items]
    others = [share not in order for share in shares]
    before = accumulate(others, initial=0)

    def key(item: tuple[Test, str, int]) -> tuple[float, int]:
        _, share, number = item
        if share in order:
            return BEGINS_AFTER.get(share, 0) * sum(others), order[share]
        return number, len(order)

    return [item for item, _, _ in sorted(zip(items, shares, before, strict=False), key=key)]


class ShareScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands the tests out by share; a worker that has ended one gets the next."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)
