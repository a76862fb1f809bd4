"""Somebody else's archive, read over HTTP with retries."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import httpx

from vostok.domain.mirror_answer import MirrorAnswer
from vostok.errors import InvalidInputError, NotFoundError, UnavailableError

TRIES_MAX = 4
TIMEOUT_SECONDS = 60.0
PAUSE_SECONDS = 0.5
CHUNK_BYTES = 1 << 18
VALIDATOR_LENGTH_MAX = 1000


class HttpMirror:
    """Implements `services.ports.Mirror`."""

    def __init__(self) -> None:
        self._client = httpx.Client(
            timeout=TIMEOUT_SECONDS,
            follow_redirects=True,
            headers={"User-Agent": "vostok", "Accept-Encoding": "identity"},
        )

    def read(self, url: str, *, size_max: int) -> bytes:
        """A small file. See `services.ports.Mirror`."""
        return self.read_again(url, size_max=size_max, before=None).body

    def read_again(self, url: str, *, size_max: int, before: MirrorAnswer | None) -> MirrorAnswer:
        """A small file, or the one before. See `services.ports.Mirror`."""
        headers = {} if before is None else _conditions(before)
        for attempt in range(1, TRIES_MAX + 1):
            try:
                with self._response(url, headers) as response:
                    if before is not None and response.status_code == HTTPStatus.NOT_MODIFIED:
                        return before
                    _check(response, url)
                    return MirrorAnswer(
                        body=_joined(response.iter_bytes(CHUNK_BYTES), url, size_max),
                        etag=_validator(response, "ETag"),
                        last_modified=_validator(response, "Last-Modified"),
                    )
            except UnavailableError:
                if attempt == TRIES_MAX:
                    raise
                time.sleep(PAUSE_SECONDS * 2**attempt)
        raise AssertionError  # the loop returns or raises

    @contextmanager
    def stream(self, url: str) -> Iterator[Iterator[bytes]]:
        """A file in pieces. See `services.ports.Mirror`."""
        with self._response(url, {}) as response:
            _check(response, url)
            yield response.iter_bytes(CHUNK_BYTES)

    @contextmanager
    def _response(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                yield response
        except httpx.InvalidURL as error:
            raise InvalidInputError(f"{url!r} is no address: {error}") from error
        except httpx.UnsupportedProtocol as error:
            raise InvalidInputError(
                f"{url!r} is not an http address",
                hint="for example http://mirror.example.org/debian",
            ) from error
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"{url} could not be read: {str(error) or type(error).__name__}",
                hint="check the mirror and the network, then try again",
            ) from error


def _conditions(before: MirrorAnswer) -> dict[str, str]:
    """The headers that ask for another file than the one before (RFC 9110, 13.1).

    Where there is an entity tag the time is not sent: it counts in whole seconds only.
    """
    if before.etag:
        return {"If-None-Match": before.etag}
    return {"If-Modified-Since": before.last_modified} if before.last_modified else {}


def _validator(response: httpx.Response, name: str) -> str:
    value = str(response.headers.get(name, ""))
    return value if len(value) <= VALIDATOR_LENGTH_MAX and value.isascii() else ""


def _check(response: httpx.Response, url: str) -> None:
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise NotFoundError(f"the mirror has no {url} (HTTP {response.status_code})")
    if response.status_code != HTTPStatus.OK:
        raise UnavailableError(
            f"{url} could not be read: the mirror answered HTTP {response.status_code}",
            hint="check the mirror, then try again",
        )


def _joined(chunks: Iterator[bytes], url: str, size_max: int) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > size_max:
            raise InvalidInputError(f"{url} is larger than {size_max} bytes")
    return bytes(data)
