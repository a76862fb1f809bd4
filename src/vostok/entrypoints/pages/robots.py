"""Robots: the list of those for which one answers, and what is changed of one on its page."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.person import PURPOSE_CHARACTERS_MAX, Person
from vostok.domain.revision import Thing, ThingKind
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.clashes import as_it_was_seen
from vostok.entrypoints.pages.list_pieces import list_piece, with_text
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.rights import SUGGESTIONS_MAX, TOLD
from vostok.entrypoints.pages.table_columns import PERSONS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import (
    Door,
    Form,
    asker,
    reader_of,
    redirection,
    visit_of,
)
from vostok.errors import InvalidInputError, VostokError
from vostok.services.describing.people import person_document
from vostok.services.people.robots import RobotChange, RobotRequest

RefusedPage = Callable[[Request, VostokError, Form], Response]
CHANGED: Final = frozenset({"purpose", "answerable"})
"""What the form shows of a robot and changes."""


def add_routes(router: APIRouter, door: Door, services: Services, refused: RefusedPage) -> None:
    """Add the list and the forms.

    Args:
        router: to which.
        door: through which whoever asks comes in.
        services: what does it.
        refused: shows the page of the person whom the address names, with what was refused.
    """
    pages = _RobotPages(services, refused)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/robots{suffix}", pages.look)
    door.add_deed(router, "/robots", pages.add)
    door.add_deed(router, "/people/{name}/robot", pages.change)
    door.add_deed(router, "/people/{name}/delete", pages.delete)


class _RobotPages:
    """The list with its form to make one, and the forms on the page of one."""

    def __init__(self, services: Services, refused: RefusedPage) -> None:
        self._services = services
        self._robots = services.robots
        self._people = services.people
        self._refused = refused

    def look(self, request: Request) -> Response:
        return self._shown(request)

    def add(self, request: Request, sent: Form) -> Response:
        asked = RobotRequest(
            name=sent.text("name"),
            purpose=sent.text("purpose"),
            answerable=sent.maybe("answerable"),
        )
        try:
            robot = self._robots.add(asker(request), asked)
        except TOLD as error:
            return self._shown(request, error=error, sent=sent)
        return redirection(path_of("people", robot.name))

    def change(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        wanted = RobotChange(purpose=sent.text("purpose"), answerable=sent.maybe("answerable"))
        try:
            with as_it_was_seen(self._services, request, sent, robot_thing(name), CHANGED):
                self._robots.change(asker(request), name, wanted)
        except TOLD as error:
            return self._refused(request, error, sent)
        return redirection(path_of("people", name))

    def delete(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        try:
            if sent.text("confirm") != name:
                raise InvalidInputError(
                    f"{name} was not deleted: its name was not typed",
                    hint="type the name of the robot beside the button",
                )
            self._robots.delete(asker(request), name)
        except TOLD as error:
            return self._refused(request, error, sent)
        return redirection("/robots")

    def _shown(
        self, request: Request, *, error: VostokError | None = None, sent: Form | None = None
    ) -> Response:
        every = self._robots.robots(asker(request))
        robots = [person_document(robot) for robot in with_text(request, every, _words)]
        if wants_json(request):
            return data({"robots": robots})
        if wants_csv(request):
            return csv_answer(request, Table(name="robots", columns=PERSONS, rows=robots))
        return page(
            request,
            "robots.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            piece=list_piece(request, "/robots", robots),
            robots_total=len(every),
            suggestions=self._answering(request),
            is_person=asker(request).person_id is not None,
            purpose_max=PURPOSE_CHARACTERS_MAX,
            error=error,
            sent=sent or Form([]),
        )

    def _answering(self, request: Request) -> list[str]:
        """Names of those who could answer, for who may name others than themselves."""
        if not visit_of(request).may("manage-people"):
            return []
        who = asker(request)
        robots = {robot.name for robot in self._robots.robots(who)}
        return sorted(self._people.within_reach(who) - robots)[:SUGGESTIONS_MAX]


def robot_thing(name: str) -> Thing:
    """What two people may edit at once."""
    return Thing(kind=ThingKind.PERSON, name=name)


def _words(robot: Person) -> tuple[str, ...]:
    details = robot.robot
    return (robot.name,) if details is None else (robot.name, details.purpose, details.answerable)
