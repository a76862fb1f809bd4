"""Signing in to the API: a token for a name and a password."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.documents.people import NewTokenView
from vostok.domain.access import ANONYMOUS, Principal
from vostok.domain.person import TOKEN_DAYS_MAX, check_token_name
from vostok.domain.session import PASSWORD_CHARACTERS_MAX
from vostok.entrypoints.api.parameters import Body, Name, checked
from vostok.errors import NotAllowedError
from vostok.services.describing.people import token_document
from vostok.services.people.persons import TokenRequest

DAYS = 90


class LoginBody(Body):
    """Who signs in, and the name of the token that they get, which tells where it lies."""

    person: Name
    password: Annotated[str, Field(max_length=PASSWORD_CHARACTERS_MAX)]
    name: Annotated[Name, checked(check_token_name)]
    days: Annotated[int, Field(ge=1, le=TOKEN_DAYS_MAX)] = DAYS


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the route."""

    @router.post("/logins", status_code=201)
    def log_in(body: LoginBody, request: Request, who: asker) -> NewTokenView:
        """Create a token of one's own, by name and password. It is told only in this answer.

        An Idempotency-Key is taken and not remembered, because of the password: asked again, it
        is refused, as there is a token of that name.
        """
        if who.name != ANONYMOUS.name:
            raise NotAllowedError(
                f"{who.name} is known by a token already", hint="sign in without showing a token"
            )
        seen = services.passwords.known(body.person, body.password, address=address_of(request))
        person = seen.person
        principal = Principal(name=person.name, role=person.role, person_id=person.id)
        wanted = TokenRequest(person=person.name, name=body.name, days=body.days)
        known, token = services.people.create_token(principal, wanted, seen=seen)
        return {**token_document(known), "token": token}
