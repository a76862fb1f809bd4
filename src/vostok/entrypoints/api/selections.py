"""Routes to try selections."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents import PreviewView
from vostok.entrypoints.api.cursors import CursorField, cursor_at, place_of
from vostok.entrypoints.api.parameters import Architectures, Body, Name, Selection
from vostok.services.selection.previewing import SOURCES_SHOWN_MAX, preview_document

LIST: Final = "selected"


class PreviewBody(Body):
    """A selection to try on a suite: `ARCHIVE/SUITE`, or an archive of one suite."""

    parent: Name
    selection: Selection
    architectures: Architectures | None = None
    cursor: CursorField | None = None
    limit: Annotated[int, Field(ge=0, le=SOURCES_SHOWN_MAX)] = 1_000


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of selections."""

    @router.post("/previews", response_model=PreviewView)
    def preview_selection(body: PreviewBody, who: asker) -> Response:
        """What a selection takes, with the reason for each source. Nothing is stored."""
        behind = place_of(body.cursor, LIST, [str], where="body")
        found = services.previewing.preview(
            who,
            parent=body.parent,
            selection=body.selection,
            architectures=body.architectures,
            behind="" if behind is None else str(behind[0]),
            limit=body.limit,
        )
        following = cursor_at(LIST, [found.sources[-1].name]) if found.goes_on else None
        # Not checked against its own description again: a list of all of Debian is long.
        return JSONResponse(
            dict(preview_document(found, selection=body.selection, following=following))
        )
