"""The API under `/api/v1`. Long work answers 202 with a job."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.domain.access import Principal
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
    selections,
    storage,
    subscriptions,
    toolchains,
    uploads,
    versions,
    ways_in,
    webhooks,
)
from vostok.entrypoints.api.route import Operation, condition_of, mark_of

__all__ = ["create_router", "create_upload_door"]

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
        return who

    asker = Annotated[Principal, Depends(principal)]
    archives.add_routes(router, services, asker)
    storage.add_routes(router, services, asker)
    selections.add_routes(router, services, asker)
    derivations.add_routes(router, services, asker)
    estimates.add_routes(router, services, asker)
    comparisons.add_routes(router, services, asker)
    toolchains.add_routes(router, services, asker)
    campaigns.add_routes(router, services, asker)
    builds.add_routes(router, services, asker)
    build_changes.add_routes(router, services, asker)
    publications.add_routes(router, services, asker)
    jobs.add_routes(router, services, asker)
    people.add_routes(router, services, asker)
    ways_in.add_routes(router, services, asker)
    login.add_routes(router, services, asker)
    rights.add_routes(router, services, asker)
    quotas.add_routes(router, services, asker)
    builders.add_routes(router, services, asker)
    uploads.add_routes(router, services, asker)
    outgoing.add_routes(router, services, asker)
    news.add_routes(router, services, asker)
    webhooks.add_routes(router, services, asker)
    subscriptions.add_routes(router, services, asker)
    versions.add_routes(router, services, asker)
    finding.add_routes(router, services, asker)
    return router
