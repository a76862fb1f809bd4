"""Teams: all of them, and the members of each, for who manages people."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.effect import Effect
from vostok.domain.revision import Thing, ThingKind
from vostok.domain.rights import Holder, HolderKind
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.clashes import as_it_was_seen, clash_of, shown_thing
from vostok.entrypoints.pages.list_pieces import list_piece, with_text
from vostok.entrypoints.pages.narrowing import narrowing
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.rights import PREVIEW, SUGGESTIONS_MAX, TOLD
from vostok.entrypoints.pages.table_columns import MEMBERS, TEAMS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import InvalidInputError, VostokError
from vostok.services.describing import filtering
from vostok.services.describing.effects import effects_document
from vostok.services.describing.rights import team_document


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages and their forms."""
    pages = _TeamPages(services)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/teams{suffix}", pages.look_at_all)
        door.add_page(router, f"/teams/{{name}}{suffix}", pages.look)
    door.add_deed(router, "/teams", pages.add)
    door.add_deed(router, "/teams/{name}/members", pages.put_in)
    door.add_deed(router, "/teams/{name}/members/take-out", pages.take_out)
    door.add_deed(router, "/teams/{name}/delete", pages.delete)


class _TeamPages:
    """The list with its form to add one, and one team with its members."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rights = services.rights
        self._people = services.people

    def look_at_all(self, request: Request) -> Response:
        return self._list(request)

    def look(self, request: Request) -> Response:
        return self._team(request)

    def add(self, request: Request, sent: Form) -> Response:
        try:
            team = self._rights.add_team(asker(request), sent.text("name"))
        except TOLD as error:
            return self._list(request, error=error, sent=sent)
        return redirection(path_of("teams", team.name))

    def put_in(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        try:
            if sent.text("do") == PREVIEW:
                plan = self._services.dry_runs.put_in(asker(request), name, [_member(sent)])
                return self._team(request, sent=sent, plan=plan.effects)
            self._rights.put_in(asker(request), name, [_member(sent)])
        except TOLD as error:
            return self._team(request, error=error, sent=sent)
        return redirection(path_of("teams", name))

    def take_out(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        try:
            if sent.text("do") == PREVIEW:
                plan = self._services.dry_runs.take_out(asker(request), name, [_member(sent)])
                return self._team(request, plan=plan.effects)
            self._rights.take_out(asker(request), name, [_member(sent)])
        except TOLD as error:
            return self._team(request, error=error)
        return redirection(path_of("teams", name))

    def delete(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        try:
            if sent.text("do") == PREVIEW:
                plan = self._services.dry_runs.delete_team(asker(request), name)
                return self._team(request, plan=plan.effects)
            if sent.text("confirm") != name:
                raise InvalidInputError(
                    f"{name} was not deleted: its name was not typed",
                    hint="type the name of the team beside the button",
                )
            with as_it_was_seen(self._services, request, sent, _thing(name)):
                self._rights.delete_team(asker(request), name)
        except TOLD as error:
            return self._team(request, error=error, sent=sent)
        return redirection("/teams")

    def _list(
        self, request: Request, *, error: VostokError | None = None, sent: Form | None = None
    ) -> Response:
        every = self._rights.teams(asker(request))
        wanted = narrowing(request).wanted
        teams = filtering.TEAMS.wanted(map(team_document, every), wanted)
        if wants_json(request):
            return data({"teams": teams})
        if wants_csv(request):
            return csv_answer(request, Table(name="teams", columns=TEAMS, rows=teams))
        return page(
            request,
            "teams.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            piece=list_piece(request, "/teams", teams),
            teams_total=len(every),
            error=error,
            sent=sent or Form([]),
        )

    def _team(
        self,
        request: Request,
        *,
        error: VostokError | None = None,
        sent: Form | None = None,
        plan: Sequence[Effect] | None = None,
    ) -> Response:
        who = asker(request)
        thing = _thing(request.path_params["name"])
        shown = shown_thing(self._services, request, thing)
        team = team_document(self._rights.team(who, thing.name))
        if wants_json(request):
            return data(team)
        base = path_of("teams", team["name"])
        members = team["members"]
        if wants_csv(request):
            return csv_answer(request, Table(name="members", columns=MEMBERS, rows=members))
        found = with_text(request, members, lambda member: (member["name"],))
        changeable, reach = self._rights.changeable_teams(who), self._people.within_reach(who)
        names = [*sorted(changeable)[:SUGGESTIONS_MAX], *sorted(reach)[:SUGGESTIONS_MAX]]
        return page(
            request,
            "team.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            team=team,
            base=base,
            piece=list_piece(request, base, found),
            members_total=len(members),
            suggestions=names,
            is_changeable=team["name"] in changeable,
            changeable=changeable,
            linked=reach,
            shown=shown,
            plan=None if plan is None else effects_document(plan),
            clash=clash_of(self._services, request, error, sent, thing),
            error=error,
            sent=sent or Form([]),
        )


def _thing(team: str) -> Thing:
    return Thing(kind=ThingKind.TEAM, name=team)


def _member(sent: Form) -> Holder:
    name, kind = sent.text("member"), sent.text("kind")
    if not name or kind not in set(HolderKind):
        raise InvalidInputError(
            "a member is a person or a team", hint="choose which, and give the name"
        )
    return Holder(kind=HolderKind(kind), name=name)
