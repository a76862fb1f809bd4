"""Routes to try selections."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents import PreviewView
from vostok.entrypoints.api.parameters import NUMBER_MAX, Architectures, Body, Name, Selection
from vostok.services.selection.previewing import SOURCES_SHOWN_MAX, preview_document


class PreviewBody(Body):
    """A selection to try on a suite: `ARCHIVE/SUITE`, or an archive of one suite."""

    parent: Name
    selection: Selection
    architectures: Architectures | None = None
    offset: Annotated[int, Field(ge=0, le=NUMBER_MAX)] = 0
    limit: Annotated[int, Field(ge=0, le=SOURCES_SHOWN_MAX)] = 1_000


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of selections."""

    @router.post("/previews", response_model=PreviewView)
    def preview_selection(body: PreviewBody, who: asker) -> Response:
        """What a selection takes, with the reason for each source. Nothing is stored."""
        found = services.previewing.preview(who, **body.model_dump())
        # Not checked against its own description again: a list of all of Debian is long.
        return JSONResponse(
            dict(preview_document(found, selection=body.selection, offset=body.offset))
        )
