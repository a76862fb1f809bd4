"""Persons: all of them for who manages people, and each person's own page."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.access import Role, TokenScope, token_hash
from vostok.domain.credentials import apt_line
from vostok.domain.person import (
    PURPOSE_CHARACTERS_MAX,
    ROLES_OF_PERSONS,
    Person,
    PersonKind,
    PersonState,
)
from vostok.domain.session import PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN, session_id
from vostok.entrypoints.pages import robots
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.clashes import clash_of, shown_thing
from vostok.entrypoints.pages.feed_addresses import feed_addresses
from vostok.entrypoints.pages.list_pieces import list_piece
from vostok.entrypoints.pages.narrowing import narrowing
from vostok.entrypoints.pages.responses import data, page, status_of, unkept
from vostok.entrypoints.pages.rights import PREVIEW, TOLD
from vostok.entrypoints.pages.table_columns import KEYS, PERSONS, TOKENS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.token_fields import (
    SCOPES,
    archives_followed,
    token_for_apt,
    token_request,
)
from vostok.entrypoints.pages.visits import (
    Door,
    Form,
    asker,
    reader_of,
    redirection,
    visit_of,
    visitor_of,
)
from vostok.errors import (
    InvalidInputError,
    NotAuthenticatedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)
from vostok.services.describing import filtering
from vostok.services.describing.effects import effects_document
from vostok.services.describing.people import (
    access_document,
    identity_document,
    person_document,
    session_document,
)

OWN_PAGE: Final = "/me"
GRANTS_SHOWN_MAX: Final = 100
_ROLES: Final = tuple(role for role in reversed(Role) if role in ROLES_OF_PERSONS)
_ROLES_BY_GRANT: Final = (Role.MEMBER,)
"""What those add who manage people by a grant."""


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages and their forms."""
    people, person = _PeoplePages(services), _PersonPages(door, services)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/people{suffix}", people.look)
        door.add_page(router, OWN_PAGE + suffix, person.look)
        door.add_page(router, f"/people/{{name}}{suffix}", person.look)
    door.add_deed(router, "/people", people.add)
    for place in (OWN_PAGE, "/people/{name}"):
        door.add_deed(router, f"{place}/keys", person.add_key)
        door.add_deed(router, f"{place}/keys/revoke", person.revoke_key)
        door.add_deed(router, f"{place}/tokens", person.create_token)
        door.add_deed(router, f"{place}/tokens/revoke", person.revoke_token)
    door.add_deed(router, f"{OWN_PAGE}/password", person.change_password)
    door.add_deed(router, "/people/{name}/password", person.set_password)
    door.add_deed(router, "/people/{name}/password/reset", person.reset_password)
    door.add_deed(router, "/people/{name}/vouch", person.vouch)
    door.add_deed(router, "/people/{name}/disable", person.disable)
    door.add_deed(router, "/people/{name}/enable", person.enable)
    robots.add_routes(router, door, services, person.refused)


class _PeoplePages:
    """All persons, and the form that adds one."""

    def __init__(self, services: Services) -> None:
        self._people = services.people

    def look(self, request: Request) -> Response:
        return self._shown(request)

    def add(self, request: Request, sent: Form) -> Response:
        try:
            person = self._people.add(
                asker(request),
                sent.text("name"),
                email=sent.text("email"),
                role=_role(sent.text("role")),
            )
        except TOLD as error:
            return self._shown(request, error=error, sent=sent)
        return redirection(path_of("people", person.name))

    def _shown(
        self, request: Request, *, error: VostokError | None = None, sent: Form | None = None
    ) -> Response:
        everybody = self._people.persons(asker(request))
        narrowed = narrowing(request, kind=PersonKind, state=PersonState)
        persons = filtering.PERSONS.wanted(map(person_document, everybody), narrowed.wanted)
        if wants_json(request):
            return data({"persons": persons})
        if wants_csv(request):
            return csv_answer(request, Table(name="persons", columns=PERSONS, rows=persons))
        return page(
            request,
            "people.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            piece=list_piece(request, "/people", persons, narrowed=narrowed),
            persons_total=len(everybody),
            roles=_ROLES if visit_of(request).may("vouch") else _ROLES_BY_GRANT,
            linked=self._people.within_reach(asker(request)),
            error=error,
            sent=sent or Form([]),
        )


class _PersonPages:
    """One person; where the address names none, whoever is signed in."""

    def __init__(self, door: Door, services: Services) -> None:
        self._door = door
        self._services = services
        self._people = services.people
        self._passwords = services.passwords
        self._sessions = services.sessions
        self._ways_in = services.ways_in
        self._url = services.url

    def look(self, request: Request) -> Response:
        """With `?apt=ARCHIVE` the form for a token is filled in as apt needs one."""
        is_of_data = wants_json(request) or wants_csv(request)
        if is_token_of_installation(request) and not is_of_data:
            return page(request, "no-person.html")
        archive = request.query_params.get("apt", "")
        return self._shown(request, sent=token_for_apt(archive) if archive else None)

    def refused(self, request: Request, error: VostokError, sent: Form) -> Response:
        """The page with what was refused of the person whom the address names."""
        return self._shown(request, error=error, sent=sent)

    def add_key(self, request: Request, sent: Form) -> Response:
        """What was typed is not shown again: it may be a secret key by mistake."""
        certificate = sent.text("certificate")
        try:
            self._people.add_key(asker(request), person_named(request), certificate.encode())
        except TOLD as error:
            return self._shown(request, error=error, sent=Form([("opened", "keys")]))
        return redirection(person_path(request))

    def revoke_key(self, request: Request, sent: Form) -> Response:
        self._people.revoke_key(asker(request), person_named(request), sent.text("fingerprint"))
        return redirection(person_path(request))

    def create_token(self, request: Request, sent: Form) -> Response:
        """Answers with the page itself: the token is in no address, and in no history."""
        try:
            asked = token_request(person_named(request), sent)
            _, token = self._people.create_token(asker(request), asked)
        except TOLD as error:
            return self._shown(request, error=error, sent=sent)
        feeds = apt = None
        if asked.scopes == {TokenScope.FEED}:
            feeds = feed_addresses(self._url, token, archives_followed(request, asked))
        if asked.scopes == {TokenScope.READ}:
            apt = apt_line(self._url, asked.person, token, asked.archive)
        told: dict[str, Any] = {
            "token": token,
            "token_name": asked.name,
            "feeds": feeds,
            "apt": apt,
        }
        return unkept(self._shown(request, **told))

    def revoke_token(self, request: Request, sent: Form) -> Response:
        self._people.revoke_token(asker(request), person_named(request), sent.text("token_name"))
        return redirection(person_path(request))

    def set_password(self, request: Request, sent: Form) -> Response:
        try:
            password = new_password(sent)
            self._passwords.give(asker(request), person_named(request), password)
        except TOLD as error:
            return self._shown(request, error=error)
        return redirection(person_path(request), told="password")

    def reset_password(self, request: Request, _sent: Form) -> Response:
        """Answers with the page itself: the password is in no address, and in no history."""
        try:
            _, password = self._passwords.reset(asker(request), person_named(request))
        except TOLD as error:
            return self._shown(request, error=error)
        return unkept(self._shown(request, password=password))

    def vouch(self, request: Request, _sent: Form) -> Response:
        """Answers with the page itself, as a reset does."""
        try:
            _, password = self._passwords.vouch(asker(request), person_named(request))
        except TOLD as error:
            return self._shown(request, error=error)
        return unkept(self._shown(request, password=password))

    def change_password(self, request: Request, sent: Form) -> Response:
        """All of the person's sessions end; a new one begins, so that they need not sign in."""
        visitor = visitor_of(request)
        try:
            seen = self._passwords.change_own(
                asker(request), sent.secret("old"), new_password(sent), address=visitor.address
            )
        except (*TOLD, UnavailableError) as error:
            return self._shown(request, error=error)
        secret, session = self._sessions.begin_by_password(seen, visitor)
        answer = redirection(OWN_PAGE)
        self._door.give_cookie(answer, secret, session)
        return answer

    def disable(self, request: Request, sent: Form) -> Response:
        if sent.text("do") == PREVIEW:
            tried = self._services.dry_runs.disable(asker(request), person_named(request))
            return self._shown(request, plan=effects_document(tried.effects))
        self._people.set_disabled(asker(request), person_named(request), is_disabled=True)
        return redirection(person_path(request))

    def enable(self, request: Request, _sent: Form) -> Response:
        self._people.set_disabled(asker(request), person_named(request), is_disabled=False)
        return redirection(person_path(request))

    def _shown(
        self,
        request: Request,
        *,
        error: VostokError | None = None,
        sent: Form | None = None,
        **told: object,
    ) -> Response:
        """The page; after a refusal with what was refused, and with what is told only now."""
        thing = robots.robot_thing(person_named(request))
        found = self._people.person(asker(request), person_named(request))
        access = access_document(found)
        ways_in = self._ways_in.of(asker(request), person_named(request))
        document = {
            **access,
            "sessions": [session_document(session) for session in ways_in.sessions],
            "identities": [identity_document(identity) for identity in ways_in.identities],
        }
        if wants_json(request):
            return data(document)
        if wants_csv(request):
            return csv_answer(
                request,
                Table(name="tokens", columns=TOKENS, rows=access["tokens"]),
                Table(name="keys", columns=KEYS, rows=access["keys"]),
            )
        return page(
            request,
            "person.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            person=document,
            base=person_path(request),
            manages=self._manages(request, found.person),
            is_answerable_out=found.person.robot is not None
            and found.person.robot.is_answerable_out,
            purpose_max=PURPOSE_CHARACTERS_MAX,
            shown=shown_thing(self._services, request, thing) if found.person.robot else None,
            clash=clash_of(self._services, request, error, sent, thing),
            shut_out_by=found.person.disabled_by_manager,
            ways_in=ways_in,
            this_session=session_id(token_hash(visit_of(request).secret)),
            is_own="name" not in request.path_params,
            scopes=SCOPES,
            grants_shown=GRANTS_SHOWN_MAX,
            password_min=PASSWORD_CHARACTERS_MIN,
            password_max=PASSWORD_CHARACTERS_MAX,
            error=error,
            sent=sent or Form([]),
            is_set=request.query_params.get("told") == "password" and error is None,
            **told,
        )

    def _manages(self, request: Request, person: Person) -> bool:
        """Whether whoever looks may act on this person, who may be themselves."""
        if person.robot is not None and person.robot.answerable == asker(request).name:
            return True
        if not visit_of(request).may("manage-people"):
            return False
        return person_named(request) in self._people.within_reach(asker(request))


def is_token_of_installation(request: Request) -> bool:
    """Whether one's own page is asked for by who is no person."""
    is_own = request.path_params.get("name") is None
    return is_own and visit_of(request).is_signed_in and asker(request).person_id is None


def person_named(request: Request) -> str:
    """The person whom the address names, or whoever is signed in.

    Raises:
        NotAuthenticatedError: nobody is.
        NotFoundError: the administrator's token is, which is no person.
    """
    named: str | None = request.path_params.get("name")
    if named is not None:
        return named
    if not visit_of(request).is_signed_in:
        raise NotAuthenticatedError("this page is of whoever is signed in", hint="sign in")
    if asker(request).person_id is None:
        raise NotFoundError(
            f"{asker(request).name} is no person, and has neither keys nor tokens",
            hint="add one: vostok person add NAME --email ADDRESS --role administrator",
        )
    return asker(request).name


def person_path(request: Request) -> str:
    """The page of the person whom the address names, or one's own."""
    named = request.path_params.get("name")
    return OWN_PAGE if named is None else path_of("people", named)


def _role(text: str) -> Role:
    if text not in set(Role):
        raise InvalidInputError(
            f"there is no role {text[:40]!r}", hint=f"choose one of: {', '.join(_ROLES)}"
        )
    return Role(text)


def new_password(sent: Form) -> str:
    """The password that was typed twice.

    Raises:
        InvalidInputError: not twice the same.
    """
    password = sent.secret("new")
    if password != sent.secret("again"):
        raise InvalidInputError(
            "the new password was typed in two different ways, so it was not set",
            hint="type it again, twice",
        )
    return password
