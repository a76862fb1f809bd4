"""Routes of what a person comes in by: passwords, sessions, identities at other servers."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.documents.people import (
    IdentityView,
    OneTimePasswordView,
    PersonView,
    SessionView,
)
from vostok.domain.access import ANONYMOUS
from vostok.domain.session import PASSWORD_CHARACTERS_MAX, check_password
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.parameters import Body, Document, NameInPath, NumberInPath, checked
from vostok.errors import NotAllowedError
from vostok.services.describing.people import (
    identity_document,
    person_document,
    session_document,
)
from vostok.services.people.passwords import ONE_TIME_LASTING


class PasswordBody(Body):
    """The new password of a person."""

    password: Annotated[str, Field(max_length=PASSWORD_CHARACTERS_MAX), checked(check_password)]


class PasswordChangeBody(Body):
    """The password that a person has, and the one that they want."""

    old: Annotated[str, Field(max_length=PASSWORD_CHARACTERS_MAX)]
    new: Annotated[str, Field(max_length=PASSWORD_CHARACTERS_MAX), checked(check_password)]


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes."""
    passwords = services.passwords

    @router.put("/persons/{person}/password")
    def set_password(person: NameInPath, body: PasswordBody, who: asker) -> PersonView:
        """Give another person a password. All their sessions end."""
        return person_document(passwords.give(who, person, body.password))

    @router.post("/persons/{person}/password/resets", status_code=201)
    def reset_password(person: NameInPath, who: asker) -> OneTimePasswordView:
        """Give another person a password for choosing their own. It is told only in this answer.

        All their sessions end; their tokens and keys stay.
        """
        found, password = passwords.reset(who, person)
        return {
            **person_document(found),
            "password": password,
            "good_for_seconds": int(ONE_TIME_LASTING.total_seconds()),
        }

    @router.post("/persons/{person}/guarantees", status_code=201)
    def vouch(person: NameInPath, who: asker) -> OneTimePasswordView:
        """Say that a person is who they are said to be, so that they may do what was granted.

        Their guarantors may have kept ways in, so all end: sessions, tokens, keys, webhooks. The
        password for choosing their own is told only in this answer.
        """
        found, password = passwords.vouch(who, person)
        return {
            **person_document(found),
            "password": password,
            "good_for_seconds": int(ONE_TIME_LASTING.total_seconds()),
        }

    @router.post("/persons/{person}/password/changes")
    def change_password(
        person: NameInPath, body: PasswordChangeBody, request: Request, who: asker
    ) -> PersonView:
        """Change one's own password: the old one is proof enough, no token need be shown.

        All sessions end; tokens and keys stay. An Idempotency-Key is taken and not remembered,
        because of the passwords: asked again, it is tried again, and the old one is no longer it.
        """
        address = address_of(request)
        if who.name == ANONYMOUS.name:
            seen = passwords.change(person, body.old, body.new, address=address)
            return person_document(seen.person)
        if who.name != person:
            raise NotAllowedError(
                f"{who.name} may not change the password of {person}",
                hint=f"an administrator gives another: vostok person reset-password {person}",
            )
        seen = passwords.change_own(who, body.old, body.new, address=address)
        return person_document(seen.person)

    _add_session_routes(router, services, asker)
    _add_identity_routes(router, services, asker)


def _add_session_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    ways_in = services.ways_in

    @router.get("/persons/{person}/sessions", response_model=list_of("sessions", SessionView))
    def sessions(person: NameInPath, who: asker, page: Page) -> Document:
        """The sessions of a person at the pages, the newest first."""
        found = map(session_document, ways_in.of(who, person).sessions)
        return page.of_all(
            "sessions", found, lambda item: [item["created_at"], item["id"]], descending=True
        )

    @router.delete("/persons/{person}/sessions/{session}", status_code=204)
    def end_session(person: NameInPath, session: NameInPath, who: asker) -> None:
        """End one session."""
        ways_in.end_session(who, person, session)

    @router.delete("/persons/{person}/sessions", status_code=204)
    def end_sessions(person: NameInPath, who: asker) -> None:
        """End all sessions of a person."""
        ways_in.end_sessions(who, person)


def _add_identity_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    ways_in = services.ways_in

    @router.get("/persons/{person}/identities", response_model=list_of("identities", IdentityView))
    def identities(person: NameInPath, who: asker, page: Page) -> Document:
        """The identities at other servers by which a person signs in, or did."""
        found = map(identity_document, ways_in.of(who, person).identities)
        return page.of_all("identities", found, lambda item: [item["number"]])

    @router.delete("/persons/{person}/identities/{number}")
    def unlink_identity(person: NameInPath, number: NumberInPath, who: asker) -> IdentityView:
        """Have nobody sign in by an identity any more; not one's own last way in.

        The person's sessions end.
        """
        return identity_document(ways_in.unlink(who, person, number))

    @router.post("/persons/{person}/identities/{number}/links")
    def link_identity(person: NameInPath, number: NumberInPath, who: asker) -> IdentityView:
        """Have a person sign in again by an identity that was unlinked.

        Of one's own only what one unlinked oneself: what has `withdrawn_at`, administrators do.
        """
        return identity_document(ways_in.link(who, person, number))
