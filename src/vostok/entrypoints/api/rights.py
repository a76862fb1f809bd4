"""Routes of rights, teams and the audit log."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents.effects import TriedGrantView, TriedTeamView, TriedVisibilityView
from vostok.documents.rights import (
    ArchiveRightsView,
    AuditEntryView,
    GrantView,
    TeamView,
    VisibilityView,
)
from vostok.domain.access import Principal
from vostok.domain.archive import Archive
from vostok.domain.audit import AUDIT_TEXT_CHARACTERS_MAX, AuditFilter
from vostok.domain.list_filter import ListFilter
from vostok.domain.rights import (
    LIMIT_CHARACTERS_MAX,
    Grant,
    Holder,
    HolderKind,
    Right,
    SourceLimit,
    Team,
    check_team_name,
)
from vostok.entrypoints.api import standings
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import (
    NUMBER_MAX,
    Body,
    Document,
    DryRun,
    Moment,
    Name,
    NameInPath,
    NumberInPath,
    checked,
)
from vostok.errors import InvalidInputError
from vostok.services.describing.effects import effects_document
from vostok.services.describing.filtering import GRANTS, TEAMS
from vostok.services.describing.rights import audit_document, grant_document, team_document
from vostok.services.dry_runs import DryRun as Tried
from vostok.services.people.rights import GrantRequest

MEMBERS_MAX = 1_000
TRIED_GRANT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": TriedGrantView, "description": "What would be, of a dry run"}
}
TRIED_TEAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": TriedTeamView, "description": "What would be, of a dry run"}
}
PATTERNS_MAX = 100


class GrantBody(Body):
    """A right for a person or a team.

    Uploads and requests to rebuild can be narrowed: to a component, to sources by name or pattern,
    to a selection. What is named must all hold; of several such grants each is enough.
    """

    right: Right
    person: Name | None = None
    team: Name | None = None
    component: Name | None = None
    sources: Annotated[list[Name], Field(max_length=PATTERNS_MAX)] = Field(default_factory=list)
    selection: Annotated[str, Field(min_length=1, max_length=LIMIT_CHARACTERS_MAX)] | None = None
    dry_run: bool = False


class VisibilityBody(Body):
    """Whether only those see the archive who were granted a right on it."""

    is_private: bool
    dry_run: bool = False


class TeamBody(Body):
    """A team to add."""

    name: Annotated[Name, checked(check_team_name)]


class MembersBody(Body):
    """Who is to be a member."""

    persons: Annotated[list[Name], Field(max_length=MEMBERS_MAX)] = Field(default_factory=list)
    teams: Annotated[list[Name], Field(max_length=MEMBERS_MAX)] = Field(default_factory=list)
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grants:
    """What is granted and revoked, or tried."""

    services: Services

    def give(
        self, who: Principal, archive: str | None, body: GrantBody, response: Response
    ) -> GrantView | TriedGrantView:
        request = _request(archive, body)
        if not body.dry_run:
            return grant_document(self.services.rights.give(who, request))
        response.status_code = 200
        return _tried(self.services.dry_runs.give(who, request))

    def revoke(
        self, who: Principal, archive: str | None, number: int, *, dry_run: bool
    ) -> GrantView | TriedGrantView:
        if dry_run:
            return _tried(self.services.dry_runs.revoke(who, archive, number))
        return grant_document(self.services.rights.revoke(who, archive, number))


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of rights, teams and the audit log."""
    rights, grants = services.rights, _Grants(services=services)

    @router.get("/archives/{name}/rights")
    def archive_rights(name: NameInPath, who: asker) -> ArchiveRightsView:
        """Who may do what in an archive: what was granted on it, and on all archives.

        The ETag can be the `If-Match` of whatever changes the archive.
        """
        found, everywhere, archive = rights.of_archive(who, name)
        return {
            "archive": name,
            "is_private": archive.is_private,
            "grants": [grant_document(grant) for grant in found],
            "everywhere": [grant_document(grant) for grant in everywhere],
        }

    @router.post("/archives/{name}/rights", status_code=201, responses=TRIED_GRANT)
    def grant_right(
        name: NameInPath, body: GrantBody, who: asker, response: Response
    ) -> GrantView | TriedGrantView:
        """Grant a right on an archive. One that is granted so already stays as it is.

        With `dry_run` (200) only say who would gain what.
        """
        return grants.give(who, name, body, response)

    @router.delete("/archives/{name}/rights/{number}")
    def revoke_right(
        name: NameInPath, number: NumberInPath, who: asker, *, dry_run: DryRun = False
    ) -> GrantView | TriedGrantView:
        """Let a grant on an archive hold no more; or only say who would lose what."""
        return grants.revoke(who, name, number, dry_run=dry_run)

    @router.put("/archives/{name}/visibility")
    def set_visibility(
        name: NameInPath, body: VisibilityBody, who: asker
    ) -> VisibilityView | TriedVisibilityView:
        """Show an archive only to those who have a right on it, or to everybody.

        With `dry_run` only say who would see it no more, or from then on.
        """
        if not body.dry_run:
            return _visibility(rights.set_private(who, name, is_private=body.is_private))
        tried = services.dry_runs.set_private(who, name, is_private=body.is_private)
        return {**effects_document(tried.effects), "result": _visibility(tried.result)}

    _add_general_routes(router, services, asker)
    _add_team_routes(router, services, asker)
    _add_audit_routes(router, services, asker)


def _add_general_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    rights, grants = services.rights, _Grants(services=services)

    @router.get("/rights", response_model=list_of("grants", GrantView))
    def general_rights(
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by(kind=HolderKind))],
    ) -> Document:
        """What was granted on all archives, and on the installation; `kind` is who holds it."""
        found = GRANTS.wanted(map(grant_document, rights.grants(who, None)), wanted)
        return page.of_all("grants", found, lambda item: [item["number"]])

    @router.post("/rights", status_code=201, responses=TRIED_GRANT)
    def grant_general_right(
        body: GrantBody, who: asker, response: Response
    ) -> GrantView | TriedGrantView:
        """Grant a right on all archives, or on the installation.

        With `dry_run` (200) only say who would gain what.
        """
        return grants.give(who, None, body, response)

    @router.delete("/rights/{number}")
    def revoke_general_right(
        number: NumberInPath, who: asker, *, dry_run: DryRun = False
    ) -> GrantView | TriedGrantView:
        """Let a grant on all archives, or on the installation, hold no more; or try it."""
        return grants.revoke(who, None, number, dry_run=dry_run)

    standings.add_routes(router, services, asker)


def _add_team_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    rights = services.rights

    @router.get("/teams", response_model=list_of("teams", TeamView))
    def teams(
        who: asker, page: Page, wanted: Annotated[ListFilter, Depends(filtered_by())]
    ) -> Document:
        """All teams with their members, by name; or some of them."""
        found = TEAMS.wanted(map(team_document, rights.teams(who)), wanted)
        return page.of_all("teams", found, lambda item: [item["name"]])

    @router.post("/teams", status_code=201)
    def add_team(body: TeamBody, who: asker) -> TeamView:
        """Add a team, without members."""
        return team_document(rights.add_team(who, body.name))

    @router.get("/teams/{team}")
    def team(team: NameInPath, who: asker) -> TeamView:
        """One team with its members."""
        return team_document(rights.team(who, team))

    @router.delete("/teams/{team}", status_code=204, responses=TRIED_TEAM, response_model=None)
    def delete_team(team: NameInPath, who: asker, *, dry_run: DryRun = False) -> Response:
        """Take a team away, and with it all that was granted to it.

        With `dry_run` (200) only say who would lose what.
        """
        if not dry_run:
            rights.delete_team(who, team)
            return Response(status_code=204)
        return JSONResponse(_tried_team(services.dry_runs.delete_team(who, team)))

    @router.post("/teams/{team}/members")
    def put_into_team(team: NameInPath, body: MembersBody, who: asker) -> TeamView | TriedTeamView:
        """Make persons and teams members: all of them, or none.

        With `dry_run` only say who would gain what.
        """
        if body.dry_run:
            return _tried_team(services.dry_runs.put_in(who, team, _members(body)))
        return team_document(rights.put_in(who, team, _members(body)))

    @router.delete("/teams/{team}/members")
    def take_out_of_team(
        team: NameInPath,
        who: asker,
        persons: Annotated[list[Name], Query(max_length=MEMBERS_MAX)] = [],  # noqa: B006 - read only
        teams: Annotated[list[Name], Query(max_length=MEMBERS_MAX)] = [],  # noqa: B006 - read only
        *,
        dry_run: DryRun = False,
    ) -> TeamView | TriedTeamView:
        """Let persons and teams be members no more: all of them, or none.

        With `dry_run` only say who would lose what.
        """
        members = _members(MembersBody(persons=persons, teams=teams))
        if dry_run:
            return _tried_team(services.dry_runs.take_out(who, team, members))
        return team_document(rights.take_out(who, team, members))


def _add_audit_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    rights = services.rights

    @router.get("/audit", response_model=list_of("entries", AuditEntryView))
    def audit(  # noqa: PLR0913, PLR0917 - each parameter is a filter
        who: asker,
        page: Page,
        actor: Name | None = None,
        archive: Name | None = None,
        action: Name | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        q: Annotated[str, Query(max_length=AUDIT_TEXT_CHARACTERS_MAX)] = "",
        before: Annotated[int, Query(ge=1, le=NUMBER_MAX)] | None = None,
    ) -> Document:
        """Who did what since when, the newest first.

        `since` and `until` are moments, the second one no more in it; `q` is a part of what was
        done or of on what. `before` is the number of an entry: only those older than it.
        """
        behind = page.place("entries", [int])
        wanted = AuditFilter(
            actor=actor,
            archive=archive,
            action=action,
            since=since,
            until=until,
            text=q or None,
            before=before if behind is None else int(behind[0]),
            count=page.limit + 1,
        )
        found = [audit_document(entry) for entry in rights.audit(who, wanted)]
        return page.of_sorted("entries", found, lambda item: [item["number"]])


def _tried_team(tried: Tried[Team]) -> TriedTeamView:
    return {**effects_document(tried.effects), "result": team_document(tried.result)}


def _tried(tried: Tried[Grant]) -> TriedGrantView:
    return {**effects_document(tried.effects), "result": grant_document(tried.result)}


def _visibility(archive: Archive) -> VisibilityView:
    return {"archive": archive.name, "is_private": archive.is_private}


def _request(archive: str | None, body: GrantBody) -> GrantRequest:
    if (body.person is None) == (body.team is None):
        raise InvalidInputError(
            "a right is granted either to a person or to a team",
            hint="give one of: person, team",
        )
    return GrantRequest(
        archive=archive,
        holder=Holder(kind=HolderKind.TEAM, name=body.team or "")
        if body.person is None
        else Holder(kind=HolderKind.PERSON, name=body.person),
        right=body.right,
        limit=SourceLimit(
            component=body.component, sources=tuple(body.sources), selection=body.selection
        ),
    )


def _members(body: MembersBody) -> list[Holder]:
    return [
        *(Holder(kind=HolderKind.PERSON, name=name) for name in body.persons),
        *(Holder(kind=HolderKind.TEAM, name=name) for name in body.teams),
    ]
