"""Signing in and out."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.session import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    Session,
)
from vostok.entrypoints.pages.people import new_password
from vostok.entrypoints.pages.responses import page, status_of
from vostok.entrypoints.pages.visits import (
    Door,
    Form,
    redirection,
    safe_next,
    visit_of,
    visitor_of,
)
from vostok.errors import (
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    TooManyFailuresError,
    VostokError,
)

NAME_FIELD, PASSWORD_FIELD, TOKEN_FIELD = "name", "password", "token"


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages."""
    pages = _SigningIn(door, services)
    door.add_page(router, "/sign-in", pages.look)
    door.add_deed(router, "/sign-in", pages.sign_in, for_strangers=True)
    door.add_deed(router, "/sign-in/password", pages.choose, for_strangers=True)
    door.add_deed(router, "/sign-out", pages.sign_out)


class _SigningIn:
    """The page to sign in at, and the one to choose a password at who was given one."""

    def __init__(self, door: Door, services: Services) -> None:
        self._door = door
        self._passwords = services.passwords
        self._sessions = services.sessions
        self._provider = services.open_id.provider_name

    def look(self, request: Request) -> Response:
        next_path = safe_next(request.query_params.get("next", ""))
        if visit_of(request).is_signed_in:
            return redirection(next_path)
        return self._asked(request, next_path)

    def sign_in(self, request: Request, sent: Form) -> Response:
        next_path, name = safe_next(sent.text("next")), sent.text(NAME_FIELD)
        visitor, token = visitor_of(request), sent.text(TOKEN_FIELD)
        try:
            secret, session = (
                self._sessions.sign_in_by_token(token, address=visitor.address)
                if token
                else self._sessions.sign_in(
                    name,
                    sent.secret(PASSWORD_FIELD),
                    address=visitor.address,
                    agent=visitor.agent,
                )
            )
        except (NotAuthenticatedError, TooManyFailuresError) as error:
            return self._asked(request, next_path, error=error, name=name)
        except NotAllowedError:  # the password is only for choosing another one
            return _choosing(request, next_path, name=name)
        return self._begun(request, next_path, secret, session)

    def choose(self, request: Request, sent: Form) -> Response:
        next_path, name = safe_next(sent.text("next")), sent.text(NAME_FIELD)
        visitor = visitor_of(request)
        try:
            seen = self._passwords.change(
                name, sent.secret("old"), new_password(sent), address=visitor.address
            )
            secret, session = self._sessions.begin_by_password(seen, visitor)
        except (NotAuthenticatedError, InvalidInputError, TooManyFailuresError) as error:
            return _choosing(request, next_path, error=error, name=name)
        return self._begun(request, next_path, secret, session)

    def sign_out(self, request: Request, _sent: Form) -> Response:
        self._sessions.sign_out(visit_of(request).secret)
        answer = redirection("/archives")
        answer.delete_cookie(
            self._door.cookie,
            path="/",
            secure=self._door.is_secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    def _asked(
        self, request: Request, next_path: str, *, error: VostokError | None = None, name: str = ""
    ) -> Response:
        return page(
            request,
            "sign-in.html",
            200 if error is None else status_of(error),
            next_path=next_path,
            takes_token=self._sessions.takes_token(),
            provider=self._provider,
            error=error,
            name=name,
        )

    def _begun(self, request: Request, next_path: str, secret: str, session: Session) -> Response:
        if before := visit_of(request).secret:
            self._sessions.sign_out(before)
        answer = redirection(next_path)
        self._door.give_cookie(answer, secret, session)
        return answer


def _choosing(
    request: Request, next_path: str, *, error: VostokError | None = None, name: str
) -> Response:
    return page(
        request,
        "choose-password.html",
        200 if error is None else status_of(error),
        next_path=next_path,
        name=name,
        error=error,
        password_min=PASSWORD_CHARACTERS_MIN,
        password_max=PASSWORD_CHARACTERS_MAX,
    )
