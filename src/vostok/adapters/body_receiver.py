"""Bodies of requests that may take long, received so that slow senders stop nobody else.

A thread waits for each body. These threads are apart from those that answer everything else, there
are only so many of them, and whoever sends too slowly is cut off.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread

from vostok.errors import UnavailableError

SILENCE_SECONDS_MAX: Final = 60
RATE_BYTES_MIN: Final = 16 << 10
"""Of a body in a second, on average, once it lasts longer than the silence that is allowed."""

WAIT_SECONDS_MAX: Final = 45
"""For one of the threads; less than the minute that clients wait for an answer."""

_Kept = TypeVar("_Kept")


class BodyReceiver:
    """Takes bodies in, some at once."""

    def __init__(self, at_once_max: int) -> None:
        self._at_once_max = at_once_max
        self._places = anyio.CapacityLimiter(at_once_max)

    async def receive(
        self, pieces: AsyncIterator[bytes], keep: Callable[[Iterator[bytes]], _Kept]
    ) -> _Kept:
        """What `keep` makes of the body; it runs in a thread, and may wait there for the pieces.

        Raises:
            UnavailableError: too many others send, or this sender is too slow.
            Exception: what `keep` and the pieces raise.
        """
        place = object()
        try:
            with anyio.fail_after(WAIT_SECONDS_MAX):
                await self._places.acquire_on_behalf_of(place)
        except TimeoutError:
            raise UnavailableError(
                f"{self._at_once_max} files are being received at this moment",
                hint="send it again in a while",
            ) from None
        try:
            return await anyio.to_thread.run_sync(
                lambda: keep(_followed(pieces)), limiter=anyio.CapacityLimiter(1)
            )
        finally:
            self._places.release_on_behalf_of(place)


def _followed(pieces: AsyncIterator[bytes]) -> Iterator[bytes]:
    """The pieces of a body as they arrive, read from a worker thread.

    Raises:
        UnavailableError: nothing came for too long, or too little in the time that it took.
    """
    began, received = time.monotonic(), 0

    async def following() -> bytes | None:
        try:
            with anyio.fail_after(SILENCE_SECONDS_MAX):
                return await anext(pieces, None)
        except TimeoutError:
            raise UnavailableError(
                f"nothing came of the file for {SILENCE_SECONDS_MAX} seconds"
            ) from None

    while (piece := anyio.from_thread.run(following)) is not None:
        received += len(piece)
        seconds = time.monotonic() - began
        if seconds > SILENCE_SECONDS_MAX and received < seconds * RATE_BYTES_MIN:
            raise UnavailableError(
                f"only {received} bytes of the file came in {seconds:.0f} seconds",
                hint=f"send at least {RATE_BYTES_MIN} bytes a second",
            )
        if piece:
            yield piece
