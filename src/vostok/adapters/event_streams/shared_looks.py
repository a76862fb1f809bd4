"""What several streams would look at alike: read once in a while for all of them."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

MARKS_MAX: Final = 1_000
"""Kept; each stands for people who see the same."""


class SharedLooks:
    """The newest looks. Several threads may use it.

    Args:
        seconds: how long a look is good for.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._marks: dict[Hashable, tuple[float, object]] = {}
        self._lock = threading.Lock()

    def mark(self, key: Hashable, read: Callable[[], object]) -> object:
        """What was read for a key a moment ago, or is read now.

        Args:
            key: the same for all who see the same.
            read: looks.
        """
        with self._lock:
            known = self._marks.get(key)
        if known is not None and time.monotonic() - known[0] < self._seconds:
            return known[1]
        mark = read()
        with self._lock:
            if len(self._marks) >= MARKS_MAX:
                self._marks.clear()
            self._marks[key] = (time.monotonic(), mark)
        return mark
