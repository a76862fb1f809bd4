"""What the pages do to one job."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.entrypoints.pages.addresses import job_path
from vostok.entrypoints.pages.visits import Door, Form, asker, redirection


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the forms."""

    def cancel_job(request: Request, _sent: Form) -> Response:
        job = services.jobs.cancel(asker(request), request.path_params["identifier"])
        return redirection(job_path(job.id))

    door.add_deed(router, "/jobs/{identifier}/cancel", cancel_job)
