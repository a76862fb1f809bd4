"""Small files of somebody else's archive, read over HTTP with retries and within a time."""

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus

import aiohttp

from vostok.domain.mirror_answer import MirrorAnswer
from vostok.errors import InvalidInputError, NotFoundError, UnavailableError

TRIES_MAX = 4
TRY_SECONDS_MAX = 120.0
"""One try, from the first byte sent to the last one read: a mirror that sends a byte a second
would else be waited for until its 16 MiB are there."""
SILENCE_SECONDS_MAX = 60.0
PAUSE_SECONDS = 0.5
REDIRECTS_MAX = 5
VALIDATOR_LENGTH_MAX = 1000


class HttpMirror:
    """Implements `services.ports.Mirror`.

    Args:
        deadline: until when all is to be read, by the monotonic clock; None: each file has its
            tries.
    """

    def __init__(self, *, deadline: float | None = None) -> None:
        self._deadline = deadline

    def within(self, seconds: float) -> "HttpMirror":
        """The same for a time. See `services.ports.Mirror`."""
        return HttpMirror(deadline=time.monotonic() + seconds)

    def read(self, url: str, *, size_max: int) -> bytes:
        """A small file. See `services.ports.Mirror`."""
        return self.read_again(url, size_max=size_max, before=None).body

    def read_again(self, url: str, *, size_max: int, before: MirrorAnswer | None) -> MirrorAnswer:
        """A small file, or the one before. See `services.ports.Mirror`."""
        if not url.startswith(("http://", "https://")):
            raise _not_http(url)
        return asyncio.run(_read_until(self._deadline, url, size_max, before))


async def _read_until(
    deadline: float | None, url: str, size_max: int, before: MirrorAnswer | None
) -> MirrorAnswer:
    left = None if deadline is None else max(0.0, deadline - time.monotonic())
    try:
        async with asyncio.timeout(left):
            return await _read(url, size_max, before)
    except TimeoutError as error:
        raise UnavailableError(
            f"{url} was not read in the time that there is for all of it",
            hint="check the mirror and the network; a job has more time for it",
        ) from error


async def _read(url: str, size_max: int, before: MirrorAnswer | None) -> MirrorAnswer:
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TRY_SECONDS_MAX, sock_read=SILENCE_SECONDS_MAX),
        headers={"User-Agent": "vostok", "Accept-Encoding": "identity"},
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=True,
    ) as session:
        for attempt in range(1, TRIES_MAX + 1):
            try:
                return await _try(session, url, size_max, before)
            except UnavailableError:
                if attempt == TRIES_MAX:
                    raise
                await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
    raise AssertionError  # the loop returns or raises


async def _try(
    session: aiohttp.ClientSession, url: str, size_max: int, before: MirrorAnswer | None
) -> MirrorAnswer:
    headers = {} if before is None else _conditions(before)
    try:
        async with session.get(url, headers=headers, max_redirects=REDIRECTS_MAX) as response:
            if before is not None and response.status == HTTPStatus.NOT_MODIFIED:
                return before
            _check(response, url)
            data = bytearray()
            async for chunk in response.content.iter_any():
                data += chunk
                if len(data) > size_max:
                    raise InvalidInputError(f"{url} is larger than {size_max} bytes")
            return MirrorAnswer(
                body=bytes(data),
                etag=_validator(response, "ETag"),
                last_modified=_validator(response, "Last-Modified"),
            )
    except aiohttp.NonHttpUrlRedirectClientError as error:
        raise InvalidInputError(
            f"{url} is redirected to {error}, which is no http address",
            hint="check the mirror's address: --mirror",
        ) from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise _not_http(url) from error
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        raise UnavailableError(
            f"{url} could not be read: {_words(error)}",
            hint="check the mirror and the network, then try again",
        ) from error


def _conditions(before: MirrorAnswer) -> Mapping[str, str]:
    """The headers that ask for another file than the one before (RFC 9110, 13.1).

    Where there is an entity tag the time is not sent: it counts in whole seconds only.
    """
    if before.etag:
        return {"If-None-Match": before.etag}
    return {"If-Modified-Since": before.last_modified} if before.last_modified else {}


def _validator(response: aiohttp.ClientResponse, name: str) -> str:
    value = response.headers.get(name, "")
    return value if len(value) <= VALIDATOR_LENGTH_MAX and value.isascii() else ""


def _check(response: aiohttp.ClientResponse, url: str) -> None:
    if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise NotFoundError(f"the mirror has no {url} (HTTP {response.status})")
    if response.status != HTTPStatus.OK:
        raise UnavailableError(
            f"{url} could not be read: the mirror answered HTTP {response.status}",
            hint="check the mirror, then try again",
        )


def _words(error: BaseException) -> str:
    if isinstance(error, aiohttp.TooManyRedirects):
        return f"more than {REDIRECTS_MAX} redirects"
    if isinstance(error, TimeoutError):
        return f"it was not there in {TRY_SECONDS_MAX:.0f} s"
    return str(error) or type(error).__name__


def _not_http(url: str) -> InvalidInputError:
    return InvalidInputError(
        f"{url!r} is not an http address", hint="for example http://mirror.example.org/debian"
    )
