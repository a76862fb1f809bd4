"""Who may do what in an archive, or on the installation, person by person; and one asked about."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents.people import AccessTokenView
from vostok.documents.standings import PersonPermissionsView
from vostok.domain.access import ANONYMOUS, IN_ARCHIVES, is_allowed
from vostok.domain.archive import ArchiveKind
from vostok.domain.grounds import KnownPerson
from vostok.domain.person import AccessToken
from vostok.domain.rights import Rights
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.list_pieces import ListPiece, list_piece, with_text
from vostok.entrypoints.pages.responses import page, piece_of_data, status_of
from vostok.entrypoints.pages.table_columns import PERMISSIONS, TOKENS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of, visit_of
from vostok.errors import NotFoundError
from vostok.services.describing.people import token_document
from vostok.services.describing.standings import permissions_document, standing_document
from vostok.services.people.standings import Standings

PERSONS_SHOWN_MAX: Final = 50
"""On a page: each row says why, right by right."""
PERSONS_SENT_MAX: Final = 1_000
"""In one piece of the JSON."""
NAMES_SHOWN_MAX: Final = 5
"""Of the members of a team, or of a role, on the page of rights; the rest is a link away."""


def standings_path(archive: str | None) -> str:
    """The page of who may do what in an archive, or on the installation."""
    return "/rights/persons" if archive is None else path_of("archives", archive, "persons")


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages."""
    pages = _StandingPages(services)
    for place in ("/rights/persons", "/archives/{name}/persons"):
        for suffix in (".json", ".csv", ""):
            door.add_page(router, place + suffix, pages.look)


class _StandingPages:
    """The page of one archive, or of the installation where the address names none."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def look(self, request: Request) -> Response:
        archive: str | None = request.path_params.get("name")
        wanted = request.query_params.get("person", "").strip()
        standings = self._services.standings
        if wanted and wants_json(request):
            asked = permissions_document(*standings.of_person(asker(request), archive, wanted))
            return piece_of_data(asked, None)
        if wanted and wants_csv(request):
            asked = permissions_document(*standings.of_person(asker(request), archive, wanted))
            return csv_answer(request, _permissions_table(asked))
        found = standings.of_place(asker(request), archive)
        persons = with_text(request, found.persons, _words)
        path = standings_path(archive)
        if wants_json(request):
            return _piece_of_persons(request, found, persons)
        tokens = [] if archive is None else self._tokens(request, archive)
        if wants_csv(request):
            return csv_answer(
                request,
                Table(name="persons", columns=_columns(found), rows=_rows(found, persons)),
                Table(name="tokens", columns=TOKENS, rows=tokens),
            )
        return self._page(
            request,
            found,
            list_piece(request, path, persons, rows_max=PERSONS_SHOWN_MAX),
            wanted,
            tokens,
        )

    def _page(
        self,
        request: Request,
        found: Standings,
        piece: ListPiece[KnownPerson],
        wanted: str,
        tokens: list[AccessTokenView],
    ) -> Response:
        archive, asked, error = found.archive, None, None
        if wanted:
            try:
                asked = permissions_document(found, found.person(wanted))
            except NotFoundError as refused:
                error = refused
        return page(
            request,
            "persons.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            archive=archive,
            is_private=found.is_private,
            is_derived=archive is not None
            and reader_of(request).archive(archive)["kind"] == ArchiveKind.DERIVED,
            base=standings_path(archive),
            rights=found.rights,
            piece=piece,
            rows=[standing_document(found, person) for person in piece.rows],
            persons_total=len(found.persons),
            wanted=wanted,
            asked=asked,
            error=error,
            tokens=tokens,
            knows_all_tokens=visit_of(request).may("manage-people"),
            everybody=_for_everybody(found),
        )

    def _tokens(self, request: Request, archive: str) -> list[AccessTokenView]:
        """Those that are good for this archive alone, of whom whoever looks may know."""
        visit, people = visit_of(request), self._services.people
        if visit.may("manage-people"):
            known = people.tokens(asker(request), None)
        elif visit.principal.person_id is not None:
            known = people.tokens(asker(request), visit.principal.name)
        else:
            known = []
        now = reader_of(request).now()

        def is_good(token: AccessToken) -> bool:
            return token.revoked_at is None and (
                token.expires_at is None or token.expires_at > now
            )

        return [token_document(one) for one in known if one.archive == archive and is_good(one)]


def _words(person: KnownPerson) -> Iterator[str]:
    """What somebody is found by: their name, their role, and the teams that they are in."""
    yield person.name
    yield person.role
    for held in person.held:
        if held.by_team is not None:
            yield from (held.grant.holder.name, held.by_team)


def _piece_of_persons(request: Request, found: Standings, persons: list[KnownPerson]) -> Response:
    path = f"{standings_path(found.archive)}.json"
    piece = list_piece(request, path, persons, rows_max=PERSONS_SENT_MAX)
    following = piece.address(piece.page + 1) if piece.page < piece.pages else None
    content = {
        "archive": found.archive,
        "persons": [standing_document(found, person) for person in piece.rows],
        "members": found.members,
    }
    return piece_of_data(content, following)


def _columns(found: Standings) -> tuple[str, ...]:
    return ("person", "role", *found.rights)


def _rows(found: Standings, persons: list[KnownPerson]) -> Iterator[Mapping[str, Any]]:
    """A row for each, with the grounds in the column of each right; read while it is sent."""
    for person in persons:
        told = standing_document(found, person)
        yield {
            "person": told["person"],
            "role": told["role"],
            **{
                held["right"]: "; ".join(ground["sentence"] for ground in held["grounds"])
                for held in told["rights"]
            },
        }


def _permissions_table(asked: PersonPermissionsView) -> Table:
    rows = [
        {**one, "grounds": "; ".join(ground["sentence"] for ground in one["grounds"])}
        for one in asked["permissions"]
    ]
    return Table(name="permissions", columns=PERMISSIONS, rows=rows)


def _for_everybody(found: Standings) -> list[str]:
    """What nobody needs a right for there, nor an account."""
    if found.archive is None:
        return []
    nobody = replace(ANONYMOUS, rights=Rights(hidden=frozenset(found.private)))
    return [action for action in IN_ARCHIVES if is_allowed(nobody, action, found.archive)]
