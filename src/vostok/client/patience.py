"""How long to wait for what comes by itself: between polls, and for a server that is away."""

import time
from collections.abc import Iterator
from typing import Final

from vostok.errors import UnavailableError

POLL_SECONDS_FIRST: Final = 0.2
POLL_SECONDS_MAX: Final = 1.0
OUTAGE_SECONDS_MAX: Final = 60.0

_POLL_GROWTH: Final = 1.3


def intervals() -> Iterator[float]:
    """Seconds to wait between polls: short at first, then `POLL_SECONDS_MAX` for ever."""
    seconds = POLL_SECONDS_FIRST
    while True:
        yield seconds
        seconds = min(seconds * _POLL_GROWTH, POLL_SECONDS_MAX)


class Patience:
    """Bears an unreachable server for a while: it may be being started again."""

    def __init__(self) -> None:
        self._since: float | None = None

    def answered(self) -> None:
        """Notes that the server answered."""
        self._since = None

    def bear(self, error: UnavailableError) -> None:
        """Raises the error once the server was away for `OUTAGE_SECONDS_MAX`."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since > OUTAGE_SECONDS_MAX:
            raise error
