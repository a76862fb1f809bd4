"""All pages put together. They stand at the root, beside the API and the APT side."""

from fastapi import APIRouter

from vostok.bootstrap import Services
from vostok.entrypoints.pages import (
    api_pages,
    asking,
    audit,
    badges,
    build_deeds,
    builders,
    campaign_matrix,
    comparing,
    comparing_campaigns,
    deeds,
    deleting,
    deriving,
    explaining_versions,
    following,
    happenings,
    history,
    importing,
    mailing,
    making_toolchains,
    open_id,
    outgoing,
    people,
    publishing,
    queue,
    quotas,
    removing,
    rights,
    routes,
    searching,
    selecting,
    settings,
    signing_in,
    standings,
    storing,
    syncing,
    teams,
    uploads,
    ways_in,
    webhooks,
)
from vostok.entrypoints.pages.reading import PageReader
from vostok.entrypoints.pages.visits import Door


def create_router(services: Services) -> APIRouter:
    """The pages to look at, and those that do something."""
    door = Door(services.overview, services.sessions, services.url)
    router = APIRouter()
    signing_in.add_routes(router, door, services)
    open_id.add_routes(router, door, services.open_id)
    deeds.add_routes(router, door, services)
    asking.add_routes(router, door, services)
    build_deeds.add_routes(router, door, services)
    removing.add_routes(router, door, services)
    deleting.add_routes(router, door, services)
    deriving.add_routes(router, door, services)
    importing.add_routes(router, door, services)
    making_toolchains.add_routes(router, door, services)
    outgoing.add_routes(router, door, services)
    uploads.add_routes(router, door, services)
    storing.add_routes(router, door, services)
    syncing.add_routes(router, door, services)
    settings.add_routes(router, door, services)
    selecting.add_routes(router, door, services)
    publishing.add_routes(router, door, services)
    mailing.add_routes(router, door, services)
    webhooks.add_routes(router, door, services)
    following.add_routes(router, door, services)
    for reading in (badges, comparing_campaigns, explaining_versions, happenings):
        reading.add_routes(router, door, services)
    persons = (people, ways_in, teams, quotas)
    for part in (
        queue,
        builders,
        searching,
        comparing,
        history,
        rights,
        standings,
        *persons,
        audit,
    ):
        part.add_routes(router, door, services)
    campaign_matrix.add_routes(router, door)
    api_pages.add_routes(router, door, services)
    routes.add_routes(router, door)
    return router


def create_reading_router(reader: PageReader) -> APIRouter:
    """The pages to look at alone, for a reader of any kind; nobody signs in."""
    router = APIRouter()
    door = Door(reader, None)
    campaign_matrix.add_routes(router, door)
    routes.add_routes(router, door)
    return router
