"""Who visits a page, and the door at which each is asked: sessions, and forms that are ours."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vostok.adapters.callers import address_of
from vostok.domain.access import ANONYMOUS, Action, Principal, Role, is_allowed
from vostok.domain.session import Session, Visitor, cookie_name, is_form_token
from vostok.entrypoints.pages.filters import unseen_character
from vostok.entrypoints.pages.reading import PageReader
from vostok.entrypoints.pages.responses import error_response
from vostok.errors import (
    HiddenError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    VostokError,
)

FORM_BYTES_MAX: Final = 4 << 20
"""Holds the longest selection with every character escaped that commonly is."""
FORM_FIELDS_MAX: Final = 20_000
SECRET_FIELDS: Final = frozenset({"password", "old", "new", "again"})
"""Fields that no page shows again: they may hold anything."""
NEXT_CHARACTERS_MAX: Final = 2_000
FORM_TOKEN_FIELD: Final = "form_token"  # noqa: S105 - a name

# A path of this server: two slashes, or a backslash, would be another one's address.
_PATH_HERE: Final = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")
_FORM_TYPE: Final = "application/x-www-form-urlencoded"


class SessionFinder(Protocol):
    """Whom a session's secret stands for."""

    def find(self, secret: str, *, address: str) -> Session | None:
        """The session, while it lasts."""
        ...

    def stranger(self) -> Principal:
        """Whoever has not signed in, with what they must not see."""
        ...

    def look_for_nothing(self) -> None:
        """Take as long as finding that an archive is not there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody who looks at a page.

    Attributes:
        principal: who; anonymous for whoever has not signed in.
        secret: of the session, as the cookie has it; empty without one.
        form_token: what the forms of this session carry.
        can_sign_in: whether there is a page for that.
    """

    principal: Principal = ANONYMOUS
    secret: str = ""
    form_token: str = ""
    can_sign_in: bool = False

    @property
    def is_signed_in(self) -> bool:
        """Whether it is somebody known."""
        return self.principal.role is not Role.ANONYMOUS

    def may(self, action: str, archive: str | None = None) -> bool:
        """Whether to offer something. The service that does it asks again."""
        return is_allowed(self.principal, Action(action), archive)


class Form:
    """The fields of a form that was sent, each perhaps several times."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """A field's text without the space around it; empty if it was not sent."""
        return next((value.strip() for known, value in self._fields if known == name), "")

    def secret(self, name: str) -> str:
        """A field's text exactly as typed."""
        return next((value for known, value in self._fields if known == name), "")

    def all(self, name: str) -> list[str]:
        """Every value of a field, empty ones left out."""
        return [value for known, value in self._fields if known == name and value]

    def has(self, name: str) -> bool:
        """Whether a field was sent, empty or not."""
        return any(known == name for known, _ in self._fields)

    def maybe(self, name: str) -> str | None:
        """A field's text, or None if it is empty."""
        return self.text(name) or None

    @property
    def content(self) -> bytes:
        """All fields as they were sent, to compare two forms by."""
        return repr(self._fields).encode()


Page = Callable[[Request], Response]
Deed = Callable[[Request, Form], Response]


def visit_of(request: Request) -> Visit:
    """Who asks, as the door found."""
    found: Visit = getattr(request.state, "visit", Visit())
    return found


def visitor_of(request: Request) -> Visitor:
    """From where somebody asks, and with what."""
    return Visitor(address=address_of(request), agent=request.headers.get("user-agent", ""))


def asker(request: Request) -> Principal:
    """The principal who asks."""
    return visit_of(request).principal


class Door:
    """Lets requests in: finds who it is, and turns errors into pages."""

    def __init__(self, reader: PageReader, sessions: SessionFinder | None, url: str = "") -> None:
        self._reader = reader
        self._sessions = sessions
        self._url = urlsplit(url)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; with `__Host-` no other host can have set it."""
        return cookie_name(is_secure=self.is_secure)

    @property
    def is_secure(self) -> bool:
        """Whether people reach this server over https."""
        return self._url.scheme == "https"

    def add_page(self, router: APIRouter, path: str, endpoint: Page) -> None:
        """A page that is looked at."""

        def guarded(request: Request) -> Response:
            try:
                self._let_in(request)
                return endpoint(request)
            except NotAuthenticatedError as error:
                return self._ask_to_sign_in(request, error)
            except VostokError as error:
                return self._refused(request, error)

        router.add_route(path, guarded, methods=["GET"], include_in_schema=False)

    def whoever(self, request: Request) -> Callable[[], Principal]:
        """Finds out who looks, each time anew: a session can end meanwhile.

        Raises:
            NotAuthenticatedError: from what it returns, when the session has ended.
        """
        secret, address = request.cookies.get(self.cookie, ""), address_of(request)
        was_signed_in = visit_of(request).is_signed_in

        def found() -> Principal:
            visit = self._visit(secret if was_signed_in else "", address)
            if was_signed_in and not visit.is_signed_in:
                raise NotAuthenticatedError("your session has ended", hint="sign in")
            return visit.principal

        return found

    def add_deed(
        self, router: APIRouter, path: str, endpoint: Deed, *, for_strangers: bool = False
    ) -> None:
        """A form that is sent. Only this server's own pages may send it.

        Args:
            router: gets the route.
            path: where.
            endpoint: what it does; it answers with a redirection to a page, or with what is shown
                once: what was refused, or a secret.
            for_strangers: whether it is for those who have not signed in.
        """

        def done(request: Request, form: Form) -> Response:
            self._let_in(request)
            self._check_origin(request)
            if not for_strangers:
                _check_form(visit_of(request), form)
            return endpoint(request, form)

        async def guarded(request: Request) -> Response:
            try:
                form = await _form(request)
                return await run_in_threadpool(done, request, form)
            except VostokError as error:
                return await run_in_threadpool(self._refused, request, error)

        router.add_route(path, guarded, methods=["POST"], include_in_schema=False)

    def add_link(self, router: APIRouter, path: str, endpoint: Page) -> None:
        """What the button behind a link from a letter does, or a mail program with one click.

        The link itself says who may: nobody needs a session, and mail programs say no origin.
        """

        def guarded(request: Request) -> Response:
            try:
                self._let_in(request)
                return endpoint(request)
            except VostokError as error:
                return error_response(request, error)

        router.add_route(path, guarded, methods=["POST"], include_in_schema=False)

    def _refused(self, request: Request, error: VostokError) -> Response:
        if self._sessions is not None and isinstance(error, HiddenError):
            self._sessions.look_for_nothing()
        return error_response(request, error)

    def give_cookie(self, answer: Response, secret: str, session: Session) -> None:
        """Have the browser show a session's secret from now on."""
        answer.set_cookie(
            self.cookie,
            secret,
            expires=session.expires_at,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="strict",
        )

    def _let_in(self, request: Request) -> None:
        secret = request.cookies.get(self.cookie, "")
        request.state.visit = self._visit(secret, address_of(request))
        request.state.reader = self._reader.seen_by(asker(request))
        request.state.server_url = self._url.geturl().rstrip("/")

    def _visit(self, secret: str, address: str) -> Visit:
        return Visit() if self._sessions is None else _visit(self._sessions, secret, address)

    def _check_origin(self, request: Request) -> None:
        """Refuse what another site's page had the browser send.

        Every browser says where a form comes from; who says nothing is no browser.
        """
        origin = urlsplit(request.headers.get("origin", ""))
        is_own = origin.netloc == self._url.netloc
        is_here = bool(origin.netloc) and (
            # Where the server has https, somebody on the way could make pages of its http.
            origin.scheme == self._url.scheme
            if is_own
            else origin.netloc == request.headers.get("host", "")
        )
        if not is_here or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise NotAllowedError(
                "this form was not sent from a page of this server",
                hint="open the page here and send it again",
            )

    def _ask_to_sign_in(self, request: Request, error: NotAuthenticatedError) -> Response:
        if not visit_of(request).can_sign_in or request.url.path.endswith((".json", ".csv")):
            return error_response(request, error)
        return RedirectResponse(sign_in_path(here(request)), status_code=303)


def _visit(sessions: SessionFinder, secret: str, address: str) -> Visit:
    session = sessions.find(secret, address=address) if secret else None
    if session is None:
        return Visit(principal=sessions.stranger(), can_sign_in=True)
    return Visit(
        principal=session.principal,
        secret=secret,
        form_token=session.form_token,
        can_sign_in=True,
    )


def reader_of(request: Request) -> PageReader:
    """What whoever asks may read."""
    found: PageReader = request.state.reader
    return found


def server_url(request: Request) -> str:
    """The server's address, to be copied elsewhere: its own, whatever host a request names."""
    own: str = request.state.server_url
    return own or str(request.base_url).rstrip("/")


def here(request: Request) -> str:
    """The address of this page on this server, with its query."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def sign_in_path(next_path: str) -> str:
    """The page to sign in at, which then leads on."""
    return "/sign-in?" + urlencode({"next": next_path})


def safe_next(path: str) -> str:
    """Where to go after signing in: a path of this server, or the first page."""
    if len(path) <= NEXT_CHARACTERS_MAX and _PATH_HERE.fullmatch(path):
        return path
    return "/archives"


def redirection(path: str, **query: str | int | None) -> Response:
    """The answer to a form that was sent: another page, which reloading does not send again."""
    given: Mapping[str, str | int] = {
        name: value for name, value in query.items() if value is not None
    }
    return RedirectResponse(path + ("?" + urlencode(given) if given else ""), status_code=303)


async def _form(request: Request) -> Form:
    """The fields of a request's body.

    Raises:
        InvalidInputError: it is no form, too large, has too many fields, or holds what nobody
            sees.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM_TYPE:
        raise InvalidInputError(f"a form is {_FORM_TYPE}, not {kind[:100] or 'of no type'}")
    body = await request.body()
    if len(body) > FORM_BYTES_MAX:
        raise InvalidInputError(f"a form of {len(body)} bytes is over {FORM_BYTES_MAX}")
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX, errors="strict"
        )
    except ValueError as error:
        raise InvalidInputError(f"the form cannot be read: {error}") from None
    if any("\x00" in value for field in fields for value in field):
        raise InvalidInputError("the form holds a null character, which no database keeps")
    return _seen_whole(fields)


def form_in_address(request: Request) -> Form:
    """The fields of a form that is looked at before it is sent: they stand in the address.

    Raises:
        InvalidInputError: a field holds what nobody sees.
    """
    return _seen_whole(request.query_params.multi_items())


def _seen_whole(fields: Sequence[tuple[str, str]]) -> Form:
    """The form, if people see all that is in it: pages show other characters for some.

    Else what was looked at would not be what is then taken.
    """
    for name, value in fields:
        if name not in SECRET_FIELDS and (found := unseen_character(value)):
            raise InvalidInputError(
                f"the field {name[:100]} holds {found}, a character that nobody sees",
                hint="take it out, and send the form again",
            )
    return Form(fields)


def _check_form(visit: Visit, form: Form) -> None:
    """Refuse a form that no page of this session has shown.

    Raises:
        NotAuthenticatedError: nobody is signed in.
        NotAllowedError: the form is another session's, or nobody's.
    """
    if not visit.is_signed_in:
        raise NotAuthenticatedError(
            "your session has ended, so nothing was done", hint="sign in, then send it again"
        )
    if not is_form_token(form.secret(FORM_TOKEN_FIELD), visit.secret):
        raise NotAllowedError(
            "this form belongs to another session, so nothing was done",
            hint="go back, load the page again, and send it again",
        )
