"""What closes a person's ways in: sessions that are ended, identities that are unlinked."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.access import token_hash
from vostok.entrypoints.pages.asked import is_number
from vostok.entrypoints.pages.people import OWN_PAGE, person_named, person_path
from vostok.entrypoints.pages.visits import Door, Form, asker, redirection, visit_of
from vostok.errors import NotFoundError

NUMBER_DIGITS_MAX: Final = 9


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the forms, which the page of a person shows."""
    ways_in = services.ways_in

    def end_session(request: Request, sent: Form) -> Response:
        ways_in.end_session(asker(request), person_named(request), sent.text("session"))
        return redirection(person_path(request))

    def end_others(request: Request, _sent: Form) -> Response:
        """All sessions but the one that asks."""
        here = token_hash(visit_of(request).secret)
        ways_in.end_sessions(asker(request), person_named(request), but=here)
        return redirection(person_path(request))

    def unlink(request: Request, sent: Form) -> Response:
        """The session that asks goes on, if it is the person's own."""
        here = token_hash(visit_of(request).secret)
        ways_in.unlink(asker(request), person_named(request), _number(sent), but=here)
        return redirection(person_path(request))

    def link(request: Request, sent: Form) -> Response:
        ways_in.link(asker(request), person_named(request), _number(sent))
        return redirection(person_path(request))

    deeds: dict[str, Callable[[Request, Form], Response]] = {
        "sessions/end": end_session,
        "sessions/end-others": end_others,
        "identities/unlink": unlink,
        "identities/link": link,
    }
    for place in (OWN_PAGE, "/people/{name}"):
        for path, deed in deeds.items():
            door.add_deed(router, f"{place}/{path}", deed)


def _number(sent: Form) -> int:
    text = sent.text("number")
    if not is_number(text) or len(text) > NUMBER_DIGITS_MAX:
        raise NotFoundError(f"there is no identity {text[:40]!r}")
    return int(text)
