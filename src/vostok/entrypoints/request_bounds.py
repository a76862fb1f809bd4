"""What a request may be: how large its body, by its address, and what the address may hold."""

import re
from collections.abc import Sequence
from typing import Final

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API_BYTES_MAX: Final = 8 << 20
"""Holds the longest selection, and a keyring in Base64."""

GATEWAY_BYTES_MAX: Final = 32 << 20
"""Holds the result of an attempt with as many files as one may have."""


class RequestBounds:
    """ASGI middleware: reading more of a body than its address may have raises an error.

    It counts what is read, so that a body in chunks, of which nobody says the size, is bounded
    too. A body that says it is too large is refused before its first byte.

    An address with a null character is answered by `nothing_there`: no name here has one, and a
    database would fail on it.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        log_bytes_max: int,
        file_bytes_max: int,
        upload_bytes_max: int,
        nothing_there: ASGIApp,
    ) -> None:
        self._app = app
        self._nothing_there = nothing_there
        self._bounds: Sequence[tuple[re.Pattern[str], int]] = (
            (re.compile(r"/builder/attempts/[^/]*/log"), log_bytes_max),
            (re.compile(r"/builder/attempts/[^/]*/files/[^/]*"), file_bytes_max),
            (re.compile(r"/builder/.*"), GATEWAY_BYTES_MAX),
            (re.compile(r"/upload/[^/]*/[^/]*/[^/]*"), upload_bytes_max),
            (re.compile(r"/api/v1/archives/[^/]*/uploads/files/[^/]*"), upload_bytes_max),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a bounded body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await self._nothing_there(scope, receive, send)
            return
        bytes_max = self._bytes_max(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        is_too_large = announced.isdecimal() and int(announced) > bytes_max
        count = 0

        async def counted() -> Message:
            nonlocal count
            if is_too_large:
                raise _too_large(bytes_max)
            message = await receive()
            count += len(message.get("body", b""))
            if count > bytes_max:
                raise _too_large(bytes_max)
            return message

        await self._app(scope, counted, send)

    def _bytes_max(self, path: str) -> int:
        for pattern, bytes_max in self._bounds:
            if pattern.fullmatch(path):
                return bytes_max
        return API_BYTES_MAX


def _too_large(bytes_max: int) -> HTTPException:
    return HTTPException(413, f"the body of this request may have at most {bytes_max} bytes")
