"""Routes of persons, their keys and tokens. For who manages people only, reading too."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents.effects import TriedPersonView
from vostok.documents.people import (
    AccessTokenView,
    NewTokenView,
    PersonKeyView,
    PersonView,
    PersonWithAccessView,
)
from vostok.domain.access import WHOLE, Role, TokenScope
from vostok.domain.list_filter import ListFilter
from vostok.domain.person import (
    CERTIFICATE_BYTES_MAX,
    TOKEN_DAYS_MAX,
    PersonKind,
    PersonState,
    check_email,
    check_person_name,
    check_scopes,
    check_token_name,
)
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import (
    Body,
    Document,
    DryRun,
    Name,
    NameInPath,
    checked,
    decoded,
)
from vostok.errors import InvalidInputError
from vostok.services.describing.effects import effects_document
from vostok.services.describing.filtering import KEYS, PERSONS, TOKENS
from vostok.services.describing.people import (
    access_document,
    key_document,
    person_document,
    token_document,
)
from vostok.services.people.persons import TokenRequest

CERTIFICATE_LENGTH_MAX = 2 * CERTIFICATE_BYTES_MAX
"""Characters of Base64."""


class PersonBody(Body):
    """A person to add."""

    name: Annotated[Name, checked(check_person_name)]
    email: Annotated[Name, checked(check_email)]
    role: Role = Role.MEMBER


class KeyBody(Body):
    """The OpenPGP certificate of a person, a file as `gpg --export` writes it, in Base64."""

    certificate_base64: Annotated[str, Field(max_length=CERTIFICATE_LENGTH_MAX), checked(decoded)]


class TokenBody(Body):
    """A token for a person; without `days` it has no end, without `archive` it is for all.

    It is good for each of `scopes`, or for the one `scope`; without both for everything.
    """

    name: Annotated[Name, checked(check_token_name)]
    scopes: Annotated[
        list[TokenScope], Field(max_length=len(TokenScope)), checked(check_scopes)
    ] = Field(default_factory=lambda: list(WHOLE), min_length=1)
    scope: TokenScope | None = None
    archive: Name | None = None
    days: Annotated[int, Field(ge=1, le=TOKEN_DAYS_MAX)] | None = None


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of persons."""
    people = services.people

    @router.get("/persons", response_model=list_of("persons", PersonView))
    def persons(
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by(kind=PersonKind, state=PersonState))],
    ) -> Document:
        """All persons, by name, robots among them; or some of them."""
        found = PERSONS.wanted(map(person_document, people.persons(who)), wanted)
        return page.of_all("persons", found, lambda item: [item["name"]])

    @router.post("/persons", status_code=201)
    def add_person(body: PersonBody, who: asker) -> PersonView:
        """Add a person, who comes in by a token, a password or an identity, once there is one."""
        return person_document(people.add(who, body.name, email=body.email, role=body.role))

    @router.get("/persons/{person}")
    def person(person: NameInPath, who: asker) -> PersonWithAccessView:
        """One person with their keys and tokens."""
        return access_document(people.person(who, person))

    @router.post("/persons/{person}/disablements")
    def disable_person(
        person: NameInPath, who: asker, *, dry_run: DryRun = False
    ) -> PersonView | TriedPersonView:
        """Shut a person out: their tokens and keys are good for nothing.

        With `dry_run` only say what would end, and what of theirs would go on.
        """
        if dry_run:
            tried = services.dry_runs.disable(who, person)
            result = person_document(tried.result)
            return {**effects_document(tried.effects), "result": result}
        return person_document(people.set_disabled(who, person, is_disabled=True))

    @router.post("/persons/{person}/enablements")
    def enable_person(person: NameInPath, who: asker) -> PersonView:
        """Let a person in again, with the tokens and keys that were not revoked."""
        return person_document(people.set_disabled(who, person, is_disabled=False))

    _add_key_routes(router, services, asker)
    _add_token_routes(router, services, asker)


def _add_key_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    people = services.people

    @router.get("/keys", response_model=list_of("keys", PersonKeyView))
    def keys(
        who: asker, page: Page, wanted: Annotated[ListFilter, Depends(filtered_by())]
    ) -> Document:
        """The keys of all persons on whom one may act, by person and fingerprint; or some."""
        found = KEYS.wanted(map(key_document, people.keys(who, None)), wanted)
        return page.of_all("keys", found, lambda item: [item["person"], item["fingerprint"]])

    @router.post("/persons/{person}/keys", status_code=201)
    def add_key(person: NameInPath, body: KeyBody, who: asker) -> PersonKeyView:
        """Register a certificate that a person signs uploads with.

        Unless an administrator asks, one of its user IDs must have the person's address.
        """
        data = decoded(body.certificate_base64)
        return key_document(people.add_key(who, person, data))

    @router.delete("/persons/{person}/keys/{fingerprint}")
    def revoke_key(person: NameInPath, fingerprint: NameInPath, who: asker) -> PersonKeyView:
        """Accept nothing any more that a key signs."""
        return key_document(people.revoke_key(who, person, fingerprint))


def _asked_scopes(body: TokenBody) -> frozenset[TokenScope]:
    """What a token is to be for.

    Raises:
        InvalidInputError: it is said in both ways.
    """
    if body.scope is None:
        return frozenset(body.scopes)
    if "scopes" in body.model_fields_set:
        raise InvalidInputError(
            "scope and scopes both say what the token is for", hint="give only scopes"
        )
    return frozenset({body.scope})


def _token_place(token: AccessTokenView) -> list[str]:
    """Two of a person may have one name, for different archives or of different days."""
    return [token["person"], token["name"], token["created_at"], token["archive"] or ""]


def _add_token_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    people = services.people

    @router.get("/tokens", response_model=list_of("tokens", AccessTokenView))
    def tokens(
        who: asker, page: Page, wanted: Annotated[ListFilter, Depends(filtered_by())]
    ) -> Document:
        """What is known of tokens of all on whom one may act, by person and name; or of some."""
        found = TOKENS.wanted(map(token_document, people.tokens(who, None)), wanted)
        return page.of_all("tokens", found, _token_place)

    @router.post("/persons/{person}/tokens", status_code=201)
    def create_token(person: NameInPath, body: TokenBody, who: asker) -> NewTokenView:
        """Create a token, which is told only in this answer."""
        request = TokenRequest(
            person=person,
            name=body.name,
            scopes=_asked_scopes(body),
            archive=body.archive,
            days=body.days,
        )
        known, token = people.create_token(who, request)
        return {**token_document(known), "token": token}

    @router.delete("/persons/{person}/tokens/{token}")
    def revoke_token(person: NameInPath, token: NameInPath, who: asker) -> AccessTokenView:
        """Let a token, given by its name, open nothing any more."""
        return token_document(people.revoke_token(who, person, token))
