"""Signing in by a provider of identities: the way there, and the way back."""

import json
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vostok.domain.identity import SignInTrip
from vostok.entrypoints.pages.responses import page, status_of, unkept
from vostok.entrypoints.pages.visits import Door, safe_next, visitor_of
from vostok.errors import ConflictError, NotAuthenticatedError, TooManyFailuresError
from vostok.services.people.open_id import OPEN_ID_BACK, OpenIdService, new_trip

TRIP_SECONDS_MAX: Final = 900
ANSWER_CHARACTERS_MAX: Final = 4_096
_KEPT: Final = ("state", "nonce", "verifier", "next_path")
_ANSWERS: Final = ("state", "code", "iss", "error", "error_description")


def add_routes(router: APIRouter, door: Door, open_id: OpenIdService) -> None:
    """Add the pages."""
    cookie = "__Host-vostok-trip" if door.is_secure else "vostok-trip"

    def go(request: Request) -> Response:
        trip = new_trip(safe_next(request.query_params.get("next", "")))
        answer = RedirectResponse(open_id.address_for(trip), status_code=303)
        kept = json.dumps({name: getattr(trip, name) for name in _KEPT})
        # Lax: the browser comes back from another site, and must show it then.
        answer.set_cookie(
            cookie,
            kept.encode().hex(),
            max_age=TRIP_SECONDS_MAX,
            path="/",
            secure=door.is_secure,
            httponly=True,
            samesite="lax",
        )
        return unkept(answer)

    def back(request: Request) -> Response:
        trip = _trip(request.cookies.get(cookie, ""))
        given = {
            name: request.query_params[name][:ANSWER_CHARACTERS_MAX]
            for name in _ANSWERS
            if name in request.query_params
        }
        try:
            secret, session = open_id.sign_in(trip, given, visitor=visitor_of(request))
        except (NotAuthenticatedError, ConflictError, TooManyFailuresError) as error:
            answer = page(request, "sign-in-refused.html", status_of(error), error=error)
            answer.delete_cookie(cookie, path="/", secure=door.is_secure, httponly=True)
            return answer
        # A page that leads on, not a redirection: that would still count as another site's, and
        # the browser would not show the session's cookie.
        answer = page(
            request, "signed-in.html", name=session.principal.name, next_path=trip.next_path
        )
        answer.delete_cookie(cookie, path="/", secure=door.is_secure, httponly=True)
        door.give_cookie(answer, secret, session)
        return unkept(answer)

    door.add_page(router, "/sign-in/open-id", go)
    door.add_page(router, OPEN_ID_BACK, back)


def _trip(kept: str) -> SignInTrip:
    """What the browser kept.

    A browser without it gets a trip that no answer belongs to.
    """
    try:
        found = json.loads(bytes.fromhex(kept))
        known = {name: str(found[name]) for name in _KEPT}
    except (ValueError, TypeError, KeyError, RecursionError):
        return new_trip(safe_next(""))
    return SignInTrip(
        state=known["state"],
        nonce=known["nonce"],
        verifier=known["verifier"],
        next_path=safe_next(known["next_path"]),
    )
