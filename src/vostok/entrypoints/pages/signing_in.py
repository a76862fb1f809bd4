"""Signing in and out."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.entrypoints.pages.responses import page
from vostok.entrypoints.pages.visits import Door, Form, redirection, safe_next, visit_of
from vostok.errors import NotAuthenticatedError, UnavailableError, VostokError

NAME_FIELD, PASSWORD_FIELD, TOKEN_FIELD = "name", "password", "token"


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages."""
    sessions = services.sessions

    def shown(
        request: Request, next_path: str, *, error: VostokError | None = None, name: str = ""
    ) -> Response:
        status = 200
        if error is not None:
            status = 429 if isinstance(error, UnavailableError) else 401
        return page(
            request,
            "sign-in.html",
            status,
            next_path=next_path,
            takes_token=sessions.takes_token(),
            provider=services.open_id.provider_name,
            error=error,
            name=name,
        )

    def form(request: Request) -> Response:
        next_path = safe_next(request.query_params.get("next", ""))
        if visit_of(request).is_signed_in:
            return redirection(next_path)
        return shown(request, next_path)

    def sign_in(request: Request, sent: Form) -> Response:
        next_path, name = safe_next(sent.text("next")), sent.text(NAME_FIELD)
        address = request.client.host if request.client else ""
        token = sent.text(TOKEN_FIELD)
        try:
            secret, session = (
                sessions.sign_in_by_token(token, address=address)
                if token
                else sessions.sign_in(name, sent.secret(PASSWORD_FIELD), address=address)
            )
        except (NotAuthenticatedError, UnavailableError) as error:
            return shown(request, next_path, error=error, name=name)
        if before := visit_of(request).secret:
            sessions.sign_out(before)
        answer = redirection(next_path)
        door.give_cookie(answer, secret, session)
        return answer

    def sign_out(request: Request, _sent: Form) -> Response:
        sessions.sign_out(visit_of(request).secret)
        answer = redirection("/archives")
        answer.delete_cookie(
            door.cookie, path="/", secure=door.is_secure, httponly=True, samesite="strict"
        )
        return answer

    door.add_page(router, "/sign-in", form)
    door.add_deed(router, "/sign-in", sign_in, for_strangers=True)
    door.add_deed(router, "/sign-out", sign_out)
