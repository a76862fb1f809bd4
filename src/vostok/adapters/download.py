"""Files of mirrors, many at once, each going on where a broken connection left it.

One event loop in a thread of its own keeps all connections: at 16 connections it takes a fifth of
the processor time of a pool of threads, and a deadline can end any wait, also that for headers
which come a byte at a time.
"""

import asyncio
import re
import threading
import time
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp

from vostok.errors import InvalidInputError, NotFoundError, UnavailableError
from vostok.services.ports import IncomingFile

CONNECTIONS_MAX = 16
TRIES_MAX = 5
PAUSE_SECONDS = 0.5
CONNECT_SECONDS_MAX = 15.0
HEADERS_SECONDS_MAX = 60.0
SILENCE_SECONDS_MAX = 60.0
PACE_SECONDS = 60.0
PACE_BYTES_MIN = 64 << 10
"""A mirror that sends less in each `PACE_SECONDS` is given up: it would hold a place for ever."""
REDIRECTS_MAX = 5
CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)")
Result = TypeVar("Result")
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class HttpDownloads:
    """Implements `services.ports.Downloads`; its thread begins with the first download."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._connections: _Connections | None = None

    def download(self, url: str, into: IncomingFile, *, size: int) -> None:
        """Bring the bytes of a file. See `services.ports.Downloads`."""
        if not url.startswith(("http://", "https://")):
            raise InvalidInputError(
                f"{url!r} is not an http address",
                hint="for example http://mirror.example.org/debian",
            )
        with self._guard:
            if self._connections is None:
                self._connections = _Connections()
            connections = self._connections
        connections.do(connections.bring(url, into, size))

    def close(self) -> None:
        """End the thread, if there is one."""
        with self._guard:
            connections, self._connections = self._connections, None
        if connections is not None:
            connections.end()


class _Connections:
    """A thread with an event loop, and the connections to mirrors that live in it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="downloads", daemon=True)
        self._thread.start()
        self._places = asyncio.Semaphore(CONNECTIONS_MAX)
        self._session = self._result(_new_session())

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it done in the thread; its error is raised here."""
        self._result(work)

    def end(self) -> None:
        """Close the connections and end the thread."""
        self._result(self._session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def bring(self, url: str, into: IncomingFile, size: int) -> None:
        """A file, after as many broken connections as are borne."""
        async with self._places:
            for attempt in range(1, TRIES_MAX + 1):
                try:
                    await self._try(url, into, size)
                except _BrokenError:
                    if attempt == TRIES_MAX:
                        raise
                    await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
                else:
                    return

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _result(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _try(self, url: str, into: IncomingFile, size: int) -> None:
        start = into.size
        if start == size > 0:
            return  # all of it came before a kill; the caller verifies it
        headers = {"Range": f"bytes={start}-"} if start else {}
        try:
            async with asyncio.timeout(HEADERS_SECONDS_MAX):
                response = await self._session.get(
                    url, headers=headers, max_redirects=REDIRECTS_MAX
                )
            async with response:
                _begin(response, url, into, size)
                await _receive(response, url, into)
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise InvalidInputError(f"{url!r} leads to what is no http address") from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise _BrokenError(
                f"{url} could not be read: {_words(error)}",
                hint="check the mirror and the network, then try again",
            ) from error


async def _new_session() -> aiohttp.ClientSession:
    """Connections without cookies; what comes is stored as it lies on the mirror."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_SECONDS_MAX, sock_read=SILENCE_SECONDS_MAX
        ),
        headers={"User-Agent": "vostok", "Accept-Encoding": "identity"},
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=True,
    )


class _BrokenError(UnavailableError):
    """A connection that broke, or an answer that may be another one soon: tried again."""


def _begin(response: aiohttp.ClientResponse, url: str, into: IncomingFile, size: int) -> None:
    """Check what an answer's headers say, and have the file begin where its bytes do."""
    if response.status in GONE:
        raise NotFoundError(f"the mirror has no {url} (HTTP {response.status})")
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        into.restart()
        raise _BrokenError(f"{url} could not be read from where it broke off")
    if response.status == HTTPStatus.PARTIAL_CONTENT:
        _check_range(response, url, into, size)
        return
    if response.status != HTTPStatus.OK:
        raise _BrokenError(
            f"{url} could not be read: the mirror answered HTTP {response.status}",
            hint="check the mirror, then try again",
        )
    if into.size:  # it cannot send a part, so it sends all of it
        into.restart()
    announced = response.content_length
    if announced is not None and announced != size:
        raise InvalidInputError(f"{url} has {announced} bytes, the index says {size}")


def _check_range(
    response: aiohttp.ClientResponse, url: str, into: IncomingFile, size: int
) -> None:
    told = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if told is None or int(told[1]) != into.size:
        into.restart()
        raise _BrokenError(f"{url} could not be read: the mirror sent another part than asked")
    if told[2] not in ("*", str(size)):
        into.restart()
        raise InvalidInputError(f"{url} has {told[2]} bytes, the index says {size}")


async def _receive(response: aiohttp.ClientResponse, url: str, into: IncomingFile) -> None:
    since, received = time.monotonic(), 0
    async for chunk in response.content.iter_any():
        into.write(chunk)
        received += len(chunk)
        now = time.monotonic()
        if now - since >= PACE_SECONDS:
            if received < PACE_BYTES_MIN:
                raise _BrokenError(
                    f"{url} could not be read: {received} bytes came in {now - since:.0f} s",
                    hint="the mirror is too slow; name another one",
                )
            since, received = now, 0


def _words(error: BaseException) -> str:
    if isinstance(error, aiohttp.TooManyRedirects):
        return f"more than {REDIRECTS_MAX} redirects"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return str(error) or type(error).__name__
