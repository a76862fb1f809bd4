"""Who may do what in an archive, and on all of them: pages that show it and change it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.access import Role
from vostok.domain.archive import ArchiveKind
from vostok.domain.effect import Effect
from vostok.domain.person import PersonKind, is_robot_name
from vostok.domain.rights import (
    OF_ARCHIVES,
    OF_INSTALLATION,
    Grant,
    Holder,
    HolderKind,
    Right,
    SourceLimit,
)
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import number_in_path, wants_json
from vostok.entrypoints.pages.list_pieces import list_piece, with_text
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.standings import NAMES_SHOWN_MAX, standings_path
from vostok.entrypoints.pages.table_columns import GRANTS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import (
    Door,
    Form,
    asker,
    reader_of,
    redirection,
    visit_of,
)
from vostok.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    VostokError,
)
from vostok.services.describing.effects import effects_document
from vostok.services.describing.rights import grant_document
from vostok.services.people.rights import GrantRequest
from vostok.services.people.standings import Standings

PREVIEW: Final = "preview"
"""The button of forms that says what would be done, and does nothing."""
HOLDERS_SHOWN_MAX: Final = 50
"""On a page: each row has a form for each right."""
SUGGESTIONS_MAX: Final = 500
PATTERNS_MAX: Final = 100
MEANINGS: Final = MappingProxyType(
    {
        Right.VIEW: "see it, if it is private",
        Right.DERIVE: "make archives that have it as a parent",
        Right.UPLOAD: "upload sources",
        Right.REBUILD: "ask for new builds",
        Right.RETRY: "retry and cancel builds, publish",
        Right.MERGE: "sync it with its parents, and hold what is to wait",
        Right.ADMINISTER: "all of these, settings, syncs, deletion, and granting",
        Right.CREATE: "make archives and toolchains",
        Right.BUILDERS: "add, pause and remove builders",
        Right.PEOPLE: "manage teams, and persons who may do no more than oneself",
    }
)
# What is told on the page itself, beside the form that it is about.
TOLD: Final = (InvalidInputError, NotFoundError, ConflictError, NotAllowedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRow:
    """A person or a team, with what was granted to them."""

    holder: Holder
    grants: tuple[Grant, ...]

    @property
    def kind(self) -> str:
        """The kind of the holder, in words: robots are known by their names."""
        is_robot = self.holder.kind is HolderKind.PERSON and is_robot_name(self.holder.name)
        return PersonKind.ROBOT if is_robot else self.holder.kind

    @property
    def sees(self) -> bool:
        """Whether seeing the archive follows from another right on it, or on all."""
        return any(grant.right in OF_ARCHIVES for grant in self.grants)

    def of(self, right: Right) -> list[Grant]:
        """The grants of one right: for uploads there can be several."""
        return [grant for grant in self.grants if grant.right is right]

    @property
    def administers(self) -> bool:
        """Whether every right on an archive follows."""
        return bool(self.of(Right.ADMINISTER))


def holder_rows(grants: Sequence[Grant]) -> list[HolderRow]:
    """The rows of the matrix: teams first, each kind by name."""
    found: dict[Holder, list[Grant]] = {}
    for grant in grants:
        found.setdefault(grant.holder, []).append(grant)
    order = sorted(found, key=lambda holder: (holder.kind is HolderKind.PERSON, holder.name))
    return [HolderRow(holder=holder, grants=tuple(found[holder])) for holder in order]


def rights_path(archive: str | None) -> str:
    """The page of an archive's rights, or of those on all."""
    return "/rights" if archive is None else path_of("archives", archive, "rights")


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages and their forms."""
    pages = _RightsPages(services)
    for place in ("/rights", "/archives/{name}/rights"):
        for suffix in (".json", ".csv", ""):
            door.add_page(router, place + suffix, pages.look)
        door.add_deed(router, place, pages.grant)
        door.add_deed(router, place + "/{number}/revoke", pages.revoke)
    door.add_deed(router, "/archives/{name}/visibility", pages.set_visibility)


class _RightsPages:
    """The page of one archive's rights, or of those on all where the address names none."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def look(self, request: Request) -> Response:
        return self._shown(request)

    def grant(self, request: Request, sent: Form) -> Response:
        archive = _archive(request)
        try:
            wanted = _request(archive, sent)
            if sent.text("do") == PREVIEW:
                plan = self._services.dry_runs.give(asker(request), wanted)
                return self._shown(request, sent=sent, plan=plan.effects)
            self._services.rights.give(asker(request), wanted)
        except TOLD as error:
            return self._shown(request, error=error, sent=sent)
        return redirection(rights_path(archive))

    def revoke(self, request: Request, sent: Form) -> Response:
        archive = _archive(request)
        number = number_in_path(request, "number", "grant")
        try:
            if sent.text("do") == PREVIEW:
                plan = self._services.dry_runs.revoke(asker(request), archive, number)
                return self._shown(request, plan=plan.effects)
            self._services.rights.revoke(asker(request), archive, number)
        except TOLD as error:
            return self._shown(request, error=error)
        return redirection(rights_path(archive))

    def set_visibility(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        wanted = sent.text("private")
        try:
            if wanted not in {"yes", "no"}:
                raise InvalidInputError(
                    f"an archive is private or it is not: {wanted[:40]!r}", hint="yes or no"
                )
            if sent.text("do") == PREVIEW:
                plan = self._services.dry_runs.set_private(
                    asker(request), name, is_private=wanted == "yes"
                )
                return self._shown(request, plan=plan.effects)
            self._services.rights.set_private(asker(request), name, is_private=wanted == "yes")
        except TOLD as error:
            return self._shown(request, error=error)
        return redirection(rights_path(name))

    def _shown(
        self,
        request: Request,
        *,
        error: VostokError | None = None,
        sent: Form | None = None,
        plan: Sequence[Effect] | None = None,
    ) -> Response:
        """The page; after a refusal with what was refused, and with what was typed."""
        name, rights = _archive(request), self._services.rights
        everywhere: list[Grant] = []
        is_private = is_derived = False
        if name is None:
            grants = rights.grants(asker(request), None)
        else:
            grants, everywhere, archive = rights.of_archive(asker(request), name)
            is_private = archive.is_private
            is_derived = archive.kind is ArchiveKind.DERIVED
        standings = self._services.standings.of_place(asker(request), name)
        rows_total = len({grant.holder for grant in grants})
        grants = with_text(request, grants, _holder)
        if wants_json(request):
            return data(_document(name, grants, everywhere, is_private=is_private))
        if wants_csv(request):
            told = [grant_document(grant) for grant in (*grants, *everywhere)]
            return csv_answer(request, Table(name="rights", columns=GRANTS, rows=told))
        rows, of_all = holder_rows(grants), holder_rows(everywhere)
        return page(
            request,
            "rights.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            archive=name,
            is_private=is_private,
            is_derived=is_derived,
            base=rights_path(name),
            rights=[right for right in Right if name is None or right not in OF_INSTALLATION],
            meanings=MEANINGS,
            of_installation=OF_INSTALLATION,
            linked=self._linked(request, standings),
            members=standings.members,
            names_max=NAMES_SHOWN_MAX,
            by_person=standings_path(name),
            by_role=[
                (role, names)
                for role in (Role.ADMINISTRATOR, Role.DEVELOPER)
                if (names := standings.with_role(role))
            ],
            bound=rights.bound(asker(request), name),
            piece=list_piece(request, rights_path(name), rows, rows_max=HOLDERS_SHOWN_MAX),
            rows_total=rows_total,
            everywhere=of_all[:HOLDERS_SHOWN_MAX],
            everywhere_total=len(of_all),
            suggestions=self._suggestions(request, standings),
            error=error,
            plan=None if plan is None else effects_document(plan),
            sent=sent or Form([]),
        )

    def _linked(self, request: Request, standings: Standings) -> Collection[str]:
        """The persons to whose pages whoever looks can go."""
        if not visit_of(request).may("manage-people"):
            return ()
        if asker(request).role is Role.ADMINISTRATOR:
            return standings.known.keys()
        return self._services.people.within_reach(asker(request))

    def _suggestions(self, request: Request, standings: Standings) -> list[str]:
        """Names to grant to: of all for who manages people, else of whom they meet already."""
        who, archive = asker(request), _archive(request)
        if not visit_of(request).may("manage-people"):
            if archive is None:
                return []
            return [known.name for known in self._services.rights.known_names(who, archive)]
        teams = self._services.rights.team_names(who)
        return [*teams[:SUGGESTIONS_MAX], *islice(standings.known, SUGGESTIONS_MAX)]


def _holder(grant: Grant) -> tuple[str]:
    return (grant.holder.name,)


def _archive(request: Request) -> str | None:
    return request.path_params.get("name")


def _document(
    name: str | None, grants: Sequence[Grant], everywhere: Sequence[Grant], *, is_private: bool
) -> dict[str, object]:
    """The same document as the API's."""
    documents = [grant_document(grant) for grant in grants]
    if name is None:
        return {"grants": documents}
    return {
        "archive": name,
        "is_private": is_private,
        "grants": documents,
        "everywhere": [grant_document(grant) for grant in everywhere],
    }


def _request(archive: str | None, sent: Form) -> GrantRequest:
    """The grant that a form asks for.

    Raises:
        InvalidInputError: it names nobody, no right, or too many sources.
    """
    name, right, kind = sent.text("holder"), sent.text("right"), sent.text("kind")
    patterns = tuple(sent.text("sources").replace(",", " ").split())
    if not name or kind not in set(HolderKind):
        raise InvalidInputError(
            "a right is granted to a person or to a team", hint="choose which, and give the name"
        )
    if right not in set(Right):
        raise InvalidInputError(
            f"there is no right {right[:40]!r}", hint=f"choose one of: {', '.join(Right)}"
        )
    if len(patterns) > PATTERNS_MAX:
        raise InvalidInputError(
            f"{len(patterns)} patterns of sources are over {PATTERNS_MAX}",
            hint="use patterns, for example 'linux-*'",
        )
    return GrantRequest(
        archive=archive,
        holder=Holder(kind=HolderKind(kind), name=name),
        right=Right(right),
        limit=SourceLimit(
            component=sent.maybe("component"),
            sources=patterns,
            selection=sent.maybe("selection"),
        ),
    )
