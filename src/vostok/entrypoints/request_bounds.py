"""What a request may be: how large its body, by its address, and what the address may hold."""

import math
import re
from collections.abc import Sequence
from typing import Final

import anyio
from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API_BYTES_MAX: Final = 8 << 20
"""Holds the longest selection, and a keyring in Base64."""

GATEWAY_BYTES_MAX: Final = 32 << 20
"""Holds the result of an attempt with as many files as one may have."""


BODY_SECONDS_MAX: Final = 60.0
"""For a body to come, whole. Files of uploads, files of builds and pieces of logs have bounds of
their own, where they are received."""

GATEWAY_SECONDS_MAX: Final = 600.0


class RequestBounds:
    """ASGI middleware: reading more of a body than its address may have raises an error.

    Waiting longer for one than its address allows does too, so that nobody holds many connections
    open by sending a byte now and then.

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
        self._bounds: Sequence[tuple[re.Pattern[str], int, float]] = (
            (re.compile(r"/builder/attempts/[^/]*/log"), log_bytes_max, math.inf),
            (re.compile(r"/builder/attempts/[^/]*/files/[^/]*"), file_bytes_max, math.inf),
            (re.compile(r"/builder/.*"), GATEWAY_BYTES_MAX, GATEWAY_SECONDS_MAX),
            (re.compile(r"/upload/[^/]*/[^/]*/[^/]*"), upload_bytes_max, math.inf),
            (
                re.compile(r"/api/v1/archives/[^/]*/uploads/files/[^/]*"),
                upload_bytes_max,
                math.inf,
            ),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a bounded body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await self._nothing_there(scope, receive, send)
            return
        bytes_max, seconds_max = self._bounds_of(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        is_too_large = announced.isdecimal() and int(announced) > bytes_max
        count, deadline = 0, anyio.current_time() + seconds_max

        async def counted() -> Message:
            nonlocal count, deadline
            if is_too_large:
                raise _too_large(bytes_max)
            with anyio.CancelScope(deadline=deadline) as waiting:
                message = await receive()
            if waiting.cancelled_caught:
                raise _too_slow(seconds_max)
            count += len(message.get("body", b""))
            if count > bytes_max:
                raise _too_large(bytes_max)
            if not message.get("more_body", False):
                deadline = math.inf  # what is waited for from now on is that the asker leaves
            return message

        await self._app(scope, counted, send)

    def _bounds_of(self, path: str) -> tuple[int, float]:
        """How many bytes a body may have, and how many seconds it may take."""
        for pattern, bytes_max, seconds_max in self._bounds:
            if pattern.fullmatch(path):
                return bytes_max, seconds_max
        return API_BYTES_MAX, BODY_SECONDS_MAX


def _too_large(bytes_max: int) -> HTTPException:
    return HTTPException(413, f"the body of this request may have at most {bytes_max} bytes")


def _too_slow(seconds_max: float) -> HTTPException:
    return HTTPException(
        408,
        f"the body of this request did not come in {seconds_max:g} seconds",
        headers={"Connection": "close"},
    )
