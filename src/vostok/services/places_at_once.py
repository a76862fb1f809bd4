"""So many of something at once, in all and of one person or archive. Nobody waits for a place.

What is asked for in a request holds one of the threads that answer everything else.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from vostok.errors import UnavailableError


class PlacesAtOnce:
    """The places for one kind of work, in this process. Several threads may use it.

    Args:
        what: what each place is for, as in «2 WHAT, as many as there may be».
        in_all_max: places there are.
        of_one_max: that one person, or archive, may have of them.
        hint: what whoever finds none free does.
    """

    def __init__(self, what: str, *, in_all_max: int, of_one_max: int, hint: str) -> None:
        self._what = what
        self._in_all_max, self._of_one_max = in_all_max, of_one_max
        self._hint = hint
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """How many are, in all."""
        with self._lock:
            return self._taken.total()

    @contextmanager
    def one(self, whose: str) -> Iterator[None]:
        """A place, until the end of the block.

        Raises:
            UnavailableError: none is free.
        """
        with self._lock:
            self._check(whose)
            self._taken[whose] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[whose] -= 1
                self._taken += Counter()  # who has none is forgotten

    def _check(self, whose: str) -> None:
        for count, most, words in (
            (self._taken[whose], self._of_one_max, f"of {whose}"),
            (self._taken.total(), self._in_all_max, "in all"),
        ):
            if count >= most:
                raise UnavailableError(
                    f"{self._what} now: {count} {words}, as many as there may be",
                    hint=self._hint,
                )
