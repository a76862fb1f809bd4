"""Errors as answers: problem+json (RFC 9457) for programs, a page for people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from vostok.errors import (
    ChangedError,
    ConflictError,
    GoneError,
    HiddenError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    QuotaExceededError,
    ScopeMissingError,
    TooManyFailuresError,
    UnavailableError,
    VostokError,
)

PROBLEM: Final = "application/problem+json"
VALUE_CHARACTERS_MAX: Final = 200
METHOD_CHARACTERS_MAX: Final = 20
METHODS: Final = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
"""Those that addresses here may have."""
CLIENT_CLOSED_REQUEST: Final = 499
PROGRAM_ADDRESSES: Final = ("/api/v1/", "/builder/", "/upload/", "/views/")
"""Beginnings of addresses that no person types: their errors are never pages."""

SECRET_ADDRESSES: Final = frozenset({"upload", "views"})
"""Parts of addresses that hold a token: nothing repeats them, wherever an answer may be kept."""

KINDS: Final[Mapping[type[VostokError], tuple[int, str]]] = {
    InvalidInputError: (422, "invalid-input"),
    NotAuthenticatedError: (401, "not-allowed"),
    NotAllowedError: (403, "not-allowed"),
    NotFoundError: (404, "not-found"),
    GoneError: (410, "gone"),
    ChangedError: (412, "conflict"),
    ConflictError: (409, "conflict"),
    TooManyFailuresError: (429, "too-many-failures"),
    UnavailableError: (503, "unavailable"),
}
"""Kind of error -> status and code. A kind stands before the kinds that it is one of."""

CODES_OF_STATUS: Final[Mapping[int, str]] = {
    404: "not-found",
    405: "method-not-allowed",
    408: "unavailable",
    413: "invalid-input",
}
RETRY_AFTER_SECONDS: Final = 5
"""To try again, on a new connection: what is left of a body that came too slowly is not read."""

DESCRIPTION_HINT: Final = "what each address takes is in /api/v1/openapi.json"
FAULTS_TOLD_MAX: Final = 50
"""Of one request. A body of 8 MiB can have a million."""
DETAIL_CHARACTERS_MAX: Final = 2_000

FAULT_CODES: Final[Mapping[str, str]] = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "unknown_parameter": "unknown",
    "enum": "not-a-choice",
    "literal_error": "not-a-choice",
    "greater_than": "out-of-range",
    "greater_than_equal": "out-of-range",
    "less_than": "out-of-range",
    "less_than_equal": "out-of-range",
    "int_parsing_size": "out-of-range",
    "finite_number": "out-of-range",
    "too_short": "too-short",
    "string_too_short": "too-short",
    "too_long": "too-long",
    "string_too_long": "too-long",
    "json_invalid": "not-json",
    "refused": "not-acceptable",
    "value_error": "not-acceptable",
}
"""What the validator calls a fault -> its code. Every other is `wrong-type`, or `malformed` for
text that is to be read as something else. Codes stay, whatever validates."""

DESCRIPTIONS: Final[Mapping[int, str]] = {
    400: "The body is not text",
    401: "Who asks showed no token, or none that is known here",
    403: "Who asks has no right to it",
    404: "There is none, as far as who asks may know",
    408: "The body did not come in time",
    409: "It is not in the state that this begins from, or the idempotency key is used",
    410: "It was deleted",
    412: "It is not as it was seen: `changed` names what is otherwise",
    413: "The body is too large",
    422: "The input is not acceptable: `errors` names every field",
    429: "Too many wrong tokens or passwords were shown; `Retry-After` says how long to wait",
    500: "A fault in Vostok",
    503: "Something did not answer in time; the same may work later",
}
"""What each status of an error means."""

HINTS: Final[Mapping[int, str]] = {
    400: "send JSON in UTF-8",
    401: "show one: Authorization: Bearer TOKEN; the administrator's is in admin.token",
    403: "ask whoever administers the archive: vostok right list trial",
    404: "see which there are: vostok archive list",
    408: "send it again, all at once",
    409: "reload, and decide again",
    410: "see which archives there are: vostok archive list",
    412: "look at it again, and send its new ETag",
    413: "send less at once",
    422: DESCRIPTION_HINT,
    429: "wait as long as Retry-After says",
    500: "the server's log has the details; please report it",
    503: "try again in a while",
}
"""What to do next, as the examples of the description have it."""

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
        "changed": {
            "type": "array",
            "description": "Of 412: what is not as it was seen",
            "items": {"type": "string"},
        },
        "missing_scope": {
            "type": "string",
            "description": "Of the reason `scope-missing`: what the token would have to be for",
        },
        "quota": {
            "type": "object",
            "description": "Of the reason `quota-exceeded`: whose limit, and its numbers",
            "required": ["subject", "measure", "asked"],
            "properties": {
                "subject": {
                    "type": "string",
                    "examples": ["person lou", "whoever owns trial"],
                },
                "measure": {"type": "string", "examples": ["archives", "builds", "bytes"]},
                "limit": {"type": "integer", "description": "For whoever may know it"},
                "used": {"type": "integer", "description": "For whoever may know it"},
                "asked": {"type": "integer", "description": "How many it would add"},
            },
        },
        "now": {
            "type": "object",
            "description": "Of 412: what of it is now, as far as everybody reads it who sees it",
        },
        "errors": {
            "type": "array",
            "description": "Every fault of the input",
            "maxItems": FAULTS_TOLD_MAX,
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {
                        "type": "string",
                        "description": "Its name; of one in a list or an object, the path to it",
                    },
                    "code": {
                        "type": "string",
                        "description": "The kind of fault, for programs",
                        "examples": sorted({*FAULT_CODES.values(), "wrong-type", "malformed"}),
                    },
                    "detail": {"type": "string", "description": "What is wrong, for people"},
                },
            },
        },
    },
}


def described_errors() -> dict[int | str, dict[str, Any]]:
    """The errors that every operation can answer with, as the description has them."""
    codes = {**CODES_OF_STATUS, **dict(KINDS.values())}
    return {
        status: {
            "description": description,
            "content": {
                PROBLEM: {
                    "schema": PROBLEM_SCHEMA,
                    "example": _example(status, codes.get(status, "invalid-input"), description),
                }
            },
        }
        for status, description in DESCRIPTIONS.items()
    }


def _example(status: int, code: str, detail: str) -> Mapping[str, object]:
    code = "bug" if status == 500 else code  # noqa: PLR2004 - HTTP
    found: dict[str, object] = {
        "status": status,
        "title": code.replace("-", " "),
        "code": code,
        "detail": detail[:1].lower() + detail[1:],
        "hint": HINTS[status],
    }
    if status == 412:  # noqa: PLR2004 - HTTP
        found |= {"reason": "changed-meanwhile", "changed": ["policy"], "now": {"policy": "never"}}
    if status == 422:  # noqa: PLR2004 - HTTP
        fault = {"field": "name", "code": "missing", "detail": "Field required"}
        found |= {"detail": "name: Field required", "hint": DESCRIPTION_HINT, "errors": [fault]}
    return found


def add_error_answers(
    app: FastAPI,
    page: ErrorPage,
    look_for_nothing: Callable[[], None],
    headers: Mapping[str, str],
) -> None:
    """Have the application answer every error in one of the two forms.

    Args:
        app: whose doors raise errors and never answer with one themselves.
        page: makes the page for an error.
        look_for_nothing: takes as long as finding that an archive is not there.
        headers: of the answer to a fault of ours, which is made outside what gives the others
            theirs.
    """

    def told(request: Request, error: VostokError) -> Response:
        if isinstance(error, HiddenError):
            look_for_nothing()
        return page(request, error) if _is_for_a_person(request) else problem_of_error(error)

    def vostok_error(request: Request, error: Exception) -> Response:
        return told(request, _known(error))

    def http_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, StarletteHTTPException):
            raise error
        if error.status_code == 404:  # noqa: PLR2004 - the one that people meet
            return told(request, _unknown_address(request))
        if error.status_code == 405:  # noqa: PLR2004 - its answer says what is allowed
            return _wrong_method(request)
        return _problem_of_status(error)

    app.add_exception_handler(VostokError, vostok_error)
    app.add_exception_handler(StarletteHTTPException, http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ClientDisconnect, _disconnected)
    app.add_exception_handler(Exception, lambda _request, _error: _fault(headers))


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
    if isinstance(error, TooManyFailuresError):
        headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, UnavailableError):
        headers |= {"Retry-After": str(RETRY_AFTER_SECONDS), "Connection": "close"}
    more: dict[str, object] = {} if error.reason is None else {"reason": error.reason}
    if isinstance(error, ScopeMissingError):
        more["missing_scope"] = error.scope
    if isinstance(error, ChangedError):
        more |= {"changed": list(error.changed), "now": error.now}
    if isinstance(error, QuotaExceededError):
        numbers = {"limit": error.limit, "used": error.used, "asked": error.asked}
        more["quota"] = {
            "subject": error.subject,
            "measure": error.measure,
            **{name: number for name, number in numbers.items() if number is not None},
        }
    return problem(status, code, str(error), hint=error.hint, headers=headers, **more)


def _is_for_a_person(request: Request) -> bool:
    if request.url.path.startswith(PROGRAM_ADDRESSES):
        return False
    return "text/html" in request.headers.get("accept", "")


def _unknown_address(request: Request) -> NotFoundError:
    path = request.url.path
    has_token = not SECRET_ADDRESSES.isdisjoint(path.split("/"))
    return NotFoundError(
        "there is nothing at this address"
        if has_token
        else f"there is nothing at {path[:VALUE_CHARACTERS_MAX]}",
        hint="the API's addresses are in /api/v1/openapi.json, the pages begin at /",
    )


def _known(error: Exception) -> VostokError:
    if isinstance(error, VostokError):
        return error
    raise error


def _wrong_method(request: Request) -> JSONResponse:
    """The answer where an address has routes, and none for the method. O(routes)."""
    allowed = ", ".join(
        method
        for method in METHODS
        for scope in [{**request.scope, "method": method}]
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
    )
    method = _cut(request.method, METHOD_CHARACTERS_MAX)
    return problem(
        405,
        CODES_OF_STATUS[405],
        f"{method} is no method of this address",
        hint=f"it takes {allowed}; {DESCRIPTION_HINT}",
        headers={"Allow": allowed},
    )


def _problem_of_status(error: StarletteHTTPException) -> JSONResponse:
    code = CODES_OF_STATUS.get(error.status_code, "invalid-input")
    detail = error.detail[:1].lower() + error.detail[1:]
    hint = HINTS.get(error.status_code)
    return problem(error.status_code, code, detail, hint=hint, headers=error.headers)


def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = error.errors()
    told = [_field_fault(fault) for fault in faults[:FAULTS_TOLD_MAX]]
    detail = "; ".join(f"{fault['field']}: {fault['detail']}".lstrip(": ") for fault in told)
    hints = [fault["ctx"]["hint"] for fault in faults if "hint" in fault.get("ctx", {})]
    return problem(
        422,
        "invalid-input",
        _cut(detail, DETAIL_CHARACTERS_MAX) or "the request is not well-formed",
        hint=hints[0] if hints else DESCRIPTION_HINT,
        errors=told,
    )


def _field_fault(fault: Mapping[str, Any]) -> Mapping[str, str]:
    """The member of `errors` for one fault; nothing in it is longer than a bound."""
    context = fault.get("ctx", {})
    kind = fault["type"]
    other = "malformed" if kind.endswith("_parsing") else "wrong-type"
    raised = context.get("error") if kind == "value_error" else None
    return {
        "field": _field(fault["loc"][1:]),
        "code": context.get("reason") or FAULT_CODES.get(kind, other),
        "detail": _cut(str(raised or fault["msg"]), DETAIL_CHARACTERS_MAX),
    }


def _field(place: Sequence[object]) -> str:
    return _cut(".".join(_cut(str(part), VALUE_CHARACTERS_MAX) for part in place[:10]))


def _cut(text: str, characters_max: int = VALUE_CHARACTERS_MAX) -> str:
    """The beginning of a text that came from outside, with half characters replaced."""
    return text[:characters_max].encode("utf-8", "replace").decode()


def _disconnected(_request: Request, _error: Exception) -> Response:
    """Nobody reads it; without an answer it would be logged as a fault of ours."""
    return Response(status_code=CLIENT_CLOSED_REQUEST)


def _fault(headers: Mapping[str, str]) -> Response:
    """A bug. The server logs it with its traceback, of which nothing is told outside."""
    return problem(
        500,
        "bug",
        "a fault in Vostok ended this request",
        hint="the server's log has the details; please report it",
        headers=headers,
    )
