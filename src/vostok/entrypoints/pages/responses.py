"""Answers with the headers that every page has, and the pages for errors."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from vostok.entrypoints.pages.rendering import render
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    TooManyFailuresError,
    UnavailableError,
    VostokError,
)

# Nothing inline and nothing from elsewhere, so foreign text that slipped through stays text.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
SECURITY_HEADERS = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)
PAGE_HEADERS = MappingProxyType(
    {
        **SECURITY_HEADERS,
        "Content-Security-Policy": PAGE_POLICY,
        "Cache-Control": "private, no-cache",
    }
)
FILE_HEADERS = MappingProxyType({**PAGE_HEADERS, "Content-Security-Policy": FILE_POLICY})
RETRY_AFTER_SECONDS = 5
_STATIC_SECONDS = 365 * 24 * 3600

# kind -> status, the word in JSON, the heading for people
_ERRORS: dict[type[VostokError], tuple[int, str, str]] = {
    InvalidInputError: (400, "invalid-input", "That address asks for something impossible"),
    NotAuthenticatedError: (401, "not-allowed", "Sign in first"),
    NotAllowedError: (403, "not-allowed", "This needs a permission"),
    NotFoundError: (404, "not-found", "There is nothing here"),
    GoneError: (410, "gone", "This was deleted"),
    ConflictError: (409, "conflict", "Not in this state"),
    TooManyFailuresError: (429, "too-many-failures", "Wait a while"),
    UnavailableError: (503, "unavailable", "Not available at the moment"),
}


def page(request: Request, template: str, status: int = 200, **values: object) -> Response:
    """A rendered template, for whoever asks."""
    visit = getattr(request.state, "visit", None)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    content = render(template, visit=visit, here=here, **values)
    return HTMLResponse(content, status, headers=dict(PAGE_HEADERS))


def unkept(response: Response) -> Response:
    """An answer that no browser keeps: it shows a secret."""
    response.headers["Cache-Control"] = "no-store"
    return response


def data(content: object) -> Response:
    """The page's content as JSON."""
    return JSONResponse(content, headers=dict(PAGE_HEADERS))


def piece_of_data(content: Mapping[str, object], following: str | None) -> Response:
    """A piece of a list as JSON, with the address of the next: in `next`, and as a link."""
    answer = data({**content, "next": following})
    if following is not None:
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


def plain(content: str | Iterator[bytes]) -> Response:
    """Foreign text, which no browser may take for anything else."""
    media_type, headers = "text/plain; charset=utf-8", dict(FILE_HEADERS)
    if isinstance(content, str):
        return Response(content, media_type=media_type, headers=headers)
    return StreamingResponse(content, media_type=media_type, headers=headers)


def static_file(content: bytes, media_type: str) -> Response:
    """A file of ours, whose address changes with its content."""
    cache = f"public, max-age={_STATIC_SECONDS}, immutable"
    headers = {**PAGE_HEADERS, "Cache-Control": cache}
    return Response(content, media_type=media_type, headers=headers)


def status_of(error: VostokError) -> int:
    """The HTTP status of an error."""
    return _ERRORS[_kind(error)][0]


def error_response(request: Request, error: VostokError) -> Response:
    """The page for an error, or a problem (RFC 9457) where the address asks for JSON."""
    answer = _error_answer(request, error)
    if isinstance(error, TooManyFailuresError):
        answer.headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, UnavailableError):
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _error_answer(request: Request, error: VostokError) -> Response:
    status, code, title = _ERRORS[_kind(error)]
    if request.url.path.endswith((".json", ".csv")):
        problem: Mapping[str, object] = {
            "status": status,
            "title": title,
            "detail": str(error),
            "code": code,
            "hint": error.hint,
        }
        headers = {**PAGE_HEADERS, "Content-Type": "application/problem+json"}
        return JSONResponse(problem, status, headers=headers)
    return page(
        request,
        "error.html",
        status,
        status_code=status,
        heading=title,
        sentence=_said_to(request, error),
        hint=error.hint,
    )


def _said_to(request: Request, error: VostokError) -> str:
    """An error's sentence, to whoever it refuses something."""
    visit = getattr(request.state, "visit", None)
    said = str(error)
    if visit is None or not isinstance(error, NotAllowedError):
        return said
    refused = f"{visit.principal.name} may not "
    return f"You may not {said.removeprefix(refused)}" if said.startswith(refused) else said


def _kind(error: VostokError) -> type[VostokError]:
    """The kind in the table that an error is of.

    Raises:
        VostokError: it is of none, which is a bug and is answered as one.
    """
    for kind in _ERRORS:
        if isinstance(error, kind):
            return kind
    raise error
