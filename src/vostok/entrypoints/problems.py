"""Errors as answers: problem+json (RFC 9457) for programs, a page for people."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)

PROBLEM: Final = "application/problem+json"
VALUE_CHARACTERS_MAX: Final = 200
CLIENT_CLOSED_REQUEST: Final = 499
PROGRAM_ADDRESSES: Final = ("/api/", "/builder/")
"""Beginnings of addresses that no person types: their errors are never pages."""

KINDS: Final[Mapping[type[VostokError], tuple[int, str]]] = {
    InvalidInputError: (422, "invalid-input"),
    NotAuthenticatedError: (401, "not-allowed"),
    NotAllowedError: (403, "not-allowed"),
    NotFoundError: (404, "not-found"),
    GoneError: (410, "gone"),
    ConflictError: (409, "conflict"),
    UnavailableError: (503, "unavailable"),
}
"""Kind of error -> status and code. A kind stands before the kinds that it is one of."""

CODES_OF_STATUS: Final[Mapping[int, str]] = {
    404: "not-found",
    405: "invalid-input",
    413: "invalid-input",
}
RETRY_AFTER_SECONDS: Final = 5
DESCRIPTION_HINT: Final = "what each address takes is in /api/v1/openapi.json"

ErrorPage = Callable[[Request, VostokError], Response]

PROBLEM_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["status", "title", "code", "detail", "hint"],
    "properties": {
        "status": {"type": "integer", "description": "The HTTP status again"},
        "title": {"type": "string", "description": "The code, for people"},
        "code": {"type": "string", "description": "The kind of error, for programs"},
        "detail": {"type": "string", "description": "One sentence with the values in it"},
        "hint": {"type": ["string", "null"], "description": "What to do next"},
        "reason": {"type": "string", "description": "A stable code of what refused it, if any"},
        "errors": {
            "type": "array",
            "description": "Every fault of the input",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def add_error_answers(app: FastAPI, page: ErrorPage) -> None:
    """Have the application answer every error in one of the two forms.

    Args:
        app: whose doors raise errors and never answer with one themselves.
        page: makes the page for an error.
    """

    def told(request: Request, error: VostokError) -> Response:
        return page(request, error) if _is_for_a_person(request) else problem_of_error(error)

    def vostok_error(request: Request, error: Exception) -> Response:
        return told(request, _known(error))

    def http_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, StarletteHTTPException):
            raise error
        if error.status_code == 404:  # noqa: PLR2004 - the one that people meet
            return told(request, _unknown_address(request))
        return _problem_of_status(error)

    app.add_exception_handler(VostokError, vostok_error)
    app.add_exception_handler(StarletteHTTPException, http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ClientDisconnect, _disconnected)
    app.add_exception_handler(Exception, _fault)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    hint: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> JSONResponse:
    """A problem document as an answer; `more` are further members of it."""
    title = code.replace("-", " ")
    content = {"status": status, "title": title, "code": code, "detail": detail, "hint": hint}
    return JSONResponse(
        {**content, **more},
        status_code=status,
        media_type=PROBLEM,
        headers=dict(headers or {}) | {"Cache-Control": "no-store"},
    )


def problem_of_error(error: VostokError) -> JSONResponse:
    """The problem document for an error of ours."""
    status, code = next(found for kind, found in KINDS.items() if isinstance(error, kind))
    headers = {}
    if isinstance(error, NotAuthenticatedError):
        headers["WWW-Authenticate"] = 'Bearer realm="vostok"'
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    more = {} if error.reason is None else {"reason": error.reason}
    return problem(status, code, str(error), hint=error.hint, headers=headers, **more)


def _is_for_a_person(request: Request) -> bool:
    if request.url.path.startswith(PROGRAM_ADDRESSES):
        return False
    return "text/html" in request.headers.get("accept", "")


def _unknown_address(request: Request) -> NotFoundError:
    return NotFoundError(
        f"there is nothing at {request.url.path[:VALUE_CHARACTERS_MAX]}",
        hint="the API's addresses are in /api/v1/openapi.json, the pages begin at /",
    )


def _known(error: Exception) -> VostokError:
    if isinstance(error, VostokError):
        return error
    raise error


def _problem_of_status(error: StarletteHTTPException) -> JSONResponse:
    code = CODES_OF_STATUS.get(error.status_code, "invalid-input")
    detail = error.detail[:1].lower() + error.detail[1:]
    return problem(error.status_code, code, detail, headers=error.headers)


def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [
        {"field": ".".join(str(part) for part in fault["loc"][1:]), "message": fault["msg"]}
        for fault in error.errors()
    ]
    detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in errors)
    return problem(
        422,
        "invalid-input",
        detail or "the request is not well-formed",
        hint=DESCRIPTION_HINT,
        errors=errors,
    )


def _disconnected(_request: Request, _error: Exception) -> Response:
    """Nobody reads it; without an answer it would be logged as a fault of ours."""
    return Response(status_code=CLIENT_CLOSED_REQUEST)


def _fault(_request: Request, _error: Exception) -> Response:
    """A bug. The server logs it with its traceback, of which nothing is told outside."""
    return problem(
        500,
        "bug",
        "a fault in Vostok ended this request",
        hint="the server's log has the details; please report it",
    )
