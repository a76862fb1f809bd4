"""Routes of robots. Their tokens and keys are those of persons: `/persons/{person}/tokens`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from vostok.bootstrap import Services
from vostok.documents.people import NewRobotView, PersonView, PersonWithAccessView
from vostok.domain.list_filter import ListFilter
from vostok.domain.person import PersonState, check_purpose, check_robot_name
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import Body, Document, Name, NameInPath, Text, checked
from vostok.services.describing.filtering import ROBOTS
from vostok.services.describing.people import access_document, person_document
from vostok.services.people.robots import RobotChange, RobotRequest, details_of

Purpose = Annotated[Text, checked(check_purpose)]


class RobotBody(Body):
    """A robot to make; without `answerable` whoever asks answers for it."""

    name: Annotated[Name, checked(check_robot_name)]
    purpose: Purpose
    answerable: Name | None = None


class RobotChangeBody(Body):
    """What to change of a robot; what is not named stays as it is."""

    purpose: Purpose | None = None
    answerable: Name | None = None


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of robots."""
    service = services.robots

    @router.get("/robots", response_model=list_of("robots", PersonView))
    def robots(
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by(state=PersonState))],
    ) -> Document:
        """The robots for which one answers, or on which one may act, by name; or some of them."""
        found = ROBOTS.wanted(map(person_document, service.robots(who)), wanted)
        return page.of_all("robots", found, lambda item: [item["name"]])

    @router.post("/robots", status_code=201)
    def add_robot(body: RobotBody, who: asker) -> NewRobotView:
        """Make a robot, which acts by tokens and keys, and does what is granted to it.

        Every person makes some for which they answer; with another who answers, who manages people
        does. Made by others than administrators, it may do no more than who made it.
        """
        request = RobotRequest(name=body.name, purpose=body.purpose, answerable=body.answerable)
        robot = service.add(who, request)
        use = services.people.person(who, robot.name).may_use
        return {**person_document(robot), "may_use": use or ""}

    @router.get("/robots/{robot}")
    def robot(robot: NameInPath, who: asker) -> PersonWithAccessView:
        """One robot with its keys and tokens, as `/persons/{person}` tells of it."""
        found = services.people.person(who, robot)
        details_of(found.person)
        return access_document(found)

    @router.patch("/robots/{robot}")
    def change_robot(robot: NameInPath, body: RobotChangeBody, who: asker) -> PersonView:
        """Change what a robot is for; or who answers for it, which who manages people does."""
        wanted = RobotChange(purpose=body.purpose, answerable=body.answerable)
        return person_document(service.change(who, robot, wanted))

    @router.delete("/robots/{robot}", status_code=204)
    def delete_robot(robot: NameInPath, who: asker) -> None:
        """Delete a robot: its tokens, keys, rights and memberships end. Its name stays taken."""
        service.delete(who, robot)
