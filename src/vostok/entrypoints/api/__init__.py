"""The API under `/api/v1`. Long work answers 202 with a job."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.domain.access import Principal
from vostok.domain.revision import ThingKind
from vostok.entrypoints.api import (
    archives,
    build_changes,
    builders,
    builds,
    campaigns,
    comparisons,
    derivations,
    estimates,
    finding,
    jobs,
    login,
    news,
    outgoing,
    people,
    publications,
    quotas,
    rights,
    robots,
    selections,
    storage,
    subscriptions,
    toolchains,
    uploads,
    versions,
    ways_in,
    webhooks,
)
from vostok.entrypoints.api.conditions import condition_of, shown_thing
from vostok.entrypoints.api.description import add_description
from vostok.entrypoints.api.route import Operation, mark_of
from vostok.errors import GoneError, NotAllowedError, NotFoundError

__all__ = ["add_description", "create_router", "create_upload_door"]

PARTS = (
    archives,
    storage,
    selections,
    derivations,
    estimates,
    comparisons,
    toolchains,
    campaigns,
    builds,
    build_changes,
    publications,
    versions,
    jobs,
    finding,
    news,
    webhooks,
    subscriptions,
    uploads,
    outgoing,
    people,
    robots,
    ways_in,
    login,
    rights,
    quotas,
    builders,
)
"""In the order in which the API is described; each names the tag of its operations."""

create_upload_door = uploads.create_door


def create_router(services: Services) -> APIRouter:
    """The API's routes over the services."""

    class KnownOperation(Operation):
        """An operation of these services."""

        repeated = services.repeated_requests

    router = APIRouter(
        prefix="/api/v1",
        generate_unique_id_function=lambda route: route.name,
        route_class=KnownOperation,
    )
    bearer = HTTPBearer(
        auto_error=False, description="A person's token, or the installation's own: admin.token"
    )

    def principal(
        request: Request,
        shown: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> Principal:
        token = None if shown is None else shown.credentials.strip()
        who = services.people.principal(token, address=address_of(request))
        services.repeated_requests.begin(who, mark_of(request, who.name), condition_of(request))
        note_revision(request, who)
        return who

    def note_revision(request: Request, who: Principal) -> None:
        """How what is read stands, before it is read: a change between the two is then told.

        What may not be read is refused by what reads it, as if nothing had been looked at here.
        """
        thing = shown_thing(request)
        if thing is None:
            return
        if thing.kind is ThingKind.ARCHIVE and not who.sees(thing.name):
            services.sessions.look_for_nothing()  # as long as for one that is not there
            return
        try:
            request.state.revision = services.revisions.of(who, thing).revision
        except (NotAllowedError, NotFoundError, GoneError):
            return

    asker = Annotated[Principal, Depends(principal)]
    for part in PARTS:
        before = len(router.routes)
        part.add_routes(router, services, asker)
        for route in router.routes[before:]:
            if isinstance(route, Operation):
                route.tags = [part.__name__.rpartition(".")[2].replace("_", "-")]
    return router
