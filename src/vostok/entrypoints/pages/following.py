"""Streams that pages follow while they are open; without JavaScript nobody asks for them."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.entrypoints.pages.asked import number_in_path
from vostok.entrypoints.pages.visits import Door


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the streams of archives, campaigns, builds, jobs and the queue."""
    streams = services.page_streams

    def of_archive(request: Request) -> Response:
        return streams.of_archive(
            door.whoever(request), address_of(request), request.path_params["name"], None
        )

    def of_campaign(request: Request) -> Response:
        number = number_in_path(request, "number", "campaign")
        return streams.of_archive(
            door.whoever(request), address_of(request), request.path_params["name"], number
        )

    def of_job(request: Request) -> Response:
        identifier = request.path_params["identifier"]
        return streams.of_job(door.whoever(request), address_of(request), identifier)

    def of_slot(request: Request) -> Response:
        asked = request.path_params
        return streams.of_slot(
            door.whoever(request),
            address_of(request),
            archive=asked["name"],
            source=asked["source"],
            architecture=asked["architecture"],
        )

    def of_jobs(request: Request) -> Response:
        archive = request.query_params.get("archive") or None
        return streams.of_jobs(door.whoever(request), address_of(request), archive)

    def of_queue(request: Request) -> Response:
        return streams.of_queue(door.whoever(request), address_of(request))

    door.add_page(router, "/queue/events", of_queue)
    door.add_page(router, "/events/jobs", of_jobs)
    door.add_page(
        router, "/archives/{name}/builds/{source}/{rebuild_no}/{architecture}/events", of_slot
    )
    door.add_page(router, "/archives/{name}/events", of_archive)
    door.add_page(router, "/archives/{name}/campaigns/{number}/events", of_campaign)
    door.add_page(router, "/jobs/{identifier}/events", of_job)
