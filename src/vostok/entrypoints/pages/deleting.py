"""Deleting an archive: what goes and what stays, and its name typed as a confirmation."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.access import Action, require
from vostok.entrypoints.pages.addresses import job_path
from vostok.entrypoints.pages.responses import page
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import InvalidInputError


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page and its form."""

    def shown(
        request: Request, *, error: InvalidInputError | None = None, typed: str = ""
    ) -> Response:
        name = request.path_params["name"]
        require(asker(request), Action.DELETE_ARCHIVE, name)
        return page(
            request,
            "delete.html",
            200 if error is None else 400,
            now=reader_of(request).now(),
            name=name,
            report=services.deleting.preview(asker(request), name),
            error=error,
            typed=typed,
        )

    def delete(request: Request, sent: Form) -> Response:
        name, typed = request.path_params["name"], sent.text("name")
        if typed != name:
            said = f"{typed!r} is not {name!r}" if typed else f"{name!r} was not typed"
            error = InvalidInputError(f"{said}, so nothing is deleted")
            return shown(request, error=error, typed=typed)
        return redirection(job_path(services.deleting.request(asker(request), name).id))

    door.add_page(router, "/archives/{name}/delete", shown)
    door.add_deed(router, "/archives/{name}/delete", delete)
