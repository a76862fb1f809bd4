"""Streams that pages follow while they are open; without JavaScript nobody asks for them."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.adapters.callers import address_of
from vostok.bootstrap import Services
from vostok.entrypoints.pages.asked import number_in_path
from vostok.entrypoints.pages.visits import Door


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the streams of archives, campaigns and jobs."""
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

    door.add_page(router, "/archives/{name}/events", of_archive)
    door.add_page(router, "/archives/{name}/campaigns/{number}/events", of_campaign)
    door.add_page(router, "/jobs/{identifier}/events", of_job)
