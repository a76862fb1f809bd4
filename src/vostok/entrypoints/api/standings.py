"""Routes of who may do what in one place, person by person, and why."""

from typing import Any

from fastapi import APIRouter

from vostok.bootstrap import Services
from vostok.documents.standings import PersonPermissionsView, StandingView
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.parameters import Document, NameInPath
from vostok.services.describing.standings import permissions_document, standing_document
from vostok.services.people.standings import Standings


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes."""
    standings = services.standings

    @router.get("/archives/{name}/persons", response_model=list_of("persons", StandingView))
    def archive_persons(name: NameInPath, who: asker, page: Page) -> Document:
        """Everybody who may do more in an archive than one to whom nothing was granted."""
        return _page(standings.of_place(who, name), page)

    @router.get("/archives/{name}/persons/{person}")
    def archive_person(name: NameInPath, person: NameInPath, who: asker) -> PersonPermissionsView:
        """What a person may do in an archive, and why or why not.

        Everybody may ask of themselves.
        """
        return permissions_document(*standings.of_person(who, name, person))

    @router.get("/rights/persons", response_model=list_of("persons", StandingView))
    def general_persons(who: asker, page: Page) -> Document:
        """Everybody who may do more on the installation than one to whom nothing was granted."""
        return _page(standings.of_place(who, None), page)

    @router.get("/rights/persons/{person}")
    def general_person(person: NameInPath, who: asker) -> PersonPermissionsView:
        """What a person may do on the installation, and why or why not."""
        return permissions_document(*standings.of_person(who, None, person))


def _page(found: Standings, page: Page) -> Document:
    """A page of them by name; of nobody else it is found out what they may."""
    behind = page.place("persons", [str])
    after = "" if behind is None else str(behind[0])
    wanted = [person for person in found.persons if person.name > after][: page.limit + 1]
    told = [standing_document(found, person) for person in wanted]
    return page.of_sorted("persons", told, lambda item: [item["person"]])
