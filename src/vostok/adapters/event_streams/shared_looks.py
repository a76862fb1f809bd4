"""What several streams would look at alike: read once in a while for all of them."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

MARKS_MAX: Final = 1_000
"""Kept; each stands for people who see the same."""

Mark = TypeVar("Mark")


class SharedLooks(Generic[Mark]):
    """The newest looks. Several threads may use it.

    Args:
        seconds: how long a look is good for.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._looks: dict[Hashable, _Look[Mark]] = {}
        self._lock = threading.Lock()

    def mark(self, key: Hashable, read: Callable[[], Mark]) -> Mark:
        """What was read for a key a moment ago, or is read now.

        One thread at a time reads for a key: the others get what was read before, however old, and
        wait only if nothing was.

        Args:
            key: the same for all who see the same.
            read: looks. What it raises is raised here, and the next who asks reads again.
        """
        look = self._of(key)
        newest = look.newest
        if newest is None:
            with look.reading:
                return self._read(look, read)
        if self._is_good(newest) or not look.reading.acquire(blocking=False):
            return newest[1]
        try:
            return self._read(look, read)
        finally:
            look.reading.release()

    def _read(self, look: "_Look[Mark]", read: Callable[[], Mark]) -> Mark:
        newest = look.newest
        if newest is not None and self._is_good(newest):  # read while this thread came to it
            return newest[1]
        mark = read()
        look.newest = (time.monotonic(), mark)
        return mark

    def _is_good(self, found: tuple[float, Mark]) -> bool:
        return time.monotonic() - found[0] < self._seconds

    def _of(self, key: Hashable) -> "_Look[Mark]":
        with self._lock:
            if key not in self._looks and len(self._looks) >= MARKS_MAX:
                del self._looks[next(iter(self._looks))]  # the oldest
            return self._looks.setdefault(key, _Look())


class _Look(Generic[Mark]):
    """What was read for one key, and when, if anything was."""

    def __init__(self) -> None:
        self.newest: tuple[float, Mark] | None = None
        self.reading = threading.Lock()
