"""Importing somebody else's archive by a form, and once more by one button."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents.effects import ImportPlanView
from vostok.domain.access import Action, require
from vostok.entrypoints.pages.addresses import job_path
from vostok.entrypoints.pages.import_fields import (
    Keys,
    Typed,
    request_of,
    typed_again,
    typed_of,
)
from vostok.entrypoints.pages.responses import page, status_of
from vostok.entrypoints.pages.rights import PREVIEW
from vostok.entrypoints.pages.sent_once import done_once, new_key
from vostok.entrypoints.pages.typed_fields import Faults
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of
from vostok.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from vostok.services.describing.effects import import_plan_document

IMPORT_PATH: Final = "/archives/import"
AGAIN_PATH: Final = "/archives/{name}/import-again"
ANY_ARCHIVE: Final = "an archive"


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page and its forms; before the page of an archive, whose address would take it."""
    pages = _Pages(services)
    door.add_page(router, IMPORT_PATH, pages.form)
    door.add_deed(router, IMPORT_PATH, pages.sent)
    door.add_deed(router, AGAIN_PATH, pages.again)


class _Pages:
    """The form, and the deeds."""

    def __init__(self, services: Services) -> None:
        self._importing = services.importing
        self._again = services.import_again
        self._repeated = services.repeated_requests

    def form(self, request: Request) -> Response:
        """The form; with an archive in the address, as it was imported last."""
        require(asker(request), Action.IMPORT_ARCHIVE, ANY_ARCHIVE)
        name = request.query_params.get("archive", "")
        if not name:
            return _page(request, Typed())
        requests = self._again.requests(asker(request), name)
        others = [suite for each in requests[1:] for suite in each.suites]
        return _page(request, typed_again(requests[0]), others=others)

    def sent(self, request: Request, sent: Form) -> Response:
        """Ask, and lead to the job."""
        typed = typed_of(sent)
        require(asker(request), Action.IMPORT_ARCHIVE, typed.name or ANY_ARCHIVE)
        asked, faults = request_of(typed, self._importing.keys_of_debian)
        if faults:
            return _page(request, typed, 400, faults=faults)
        try:
            if sent.text("do") == PREVIEW:
                offers = self._importing.plan(asker(request), asked)
                return _page(request, typed, plan=import_plan_document(asked.name, offers))
            return done_once(
                self._repeated,
                request,
                sent,
                lambda: job_path(self._importing.request(asker(request), asked).id),
                archive=asked.name,
            )
        except ConflictError as error:
            if error.reason is not None:  # of the form that was sent twice
                raise
            return _page(request, typed, status_of(error), faults={"name": error})
        except (InvalidInputError, NotFoundError, UnavailableError) as error:
            return _page(request, typed, status_of(error), faults={"mirror": error})

    def again(self, request: Request, sent: Form) -> Response:
        """Import the same once more, and lead to the job; of several, to the archive's jobs."""
        name: str = request.path_params["name"]

        def deed() -> str:
            jobs = self._again.request(asker(request), name)
            return job_path(jobs[0].id) if len(jobs) == 1 else f"/jobs?archive={name}"

        return done_once(self._repeated, request, sent, deed, archive=name)


def _page(  # noqa: PLR0913 - what the form may show
    request: Request,
    typed: Typed,
    status: int = 200,
    *,
    faults: Faults | None = None,
    others: list[str] | None = None,
    plan: ImportPlanView | None = None,
) -> Response:
    return page(
        request,
        "import.html",
        status,
        typed=typed,
        faults=faults or {},
        others=others or [],
        plan=plan,
        now=reader_of(request).now(),
        is_again=typed.is_again,
        choices=Keys,
        key=new_key(),
    )
