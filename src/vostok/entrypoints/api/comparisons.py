"""Routes of comparisons."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents.comparisons import ComparisonView
from vostok.domain.access import Principal
from vostok.domain.comparison import Group
from vostok.domain.selection.parser import parse_selection
from vostok.entrypoints.api.cursors import CursorField, PageRequest, cursor_at, page_of, place_of
from vostok.entrypoints.api.parameters import Body, Name, Selection, checked
from vostok.services.comparing.archives import Compared, CompareRequest
from vostok.services.comparing.document import (
    DIFFERENCES_PER_PAGE,
    DIFFERENCES_PER_PAGE_MAX,
    PLACE,
    comparison_document,
)
from vostok.services.comparing.document import Page as DifferencePage

LIST: Final = "differences"
Differences = Annotated[
    PageRequest,
    Depends(page_of(usual=DIFFERENCES_PER_PAGE, least=0, most=DIFFERENCES_PER_PAGE_MAX)),
]


class ComparisonBody(Body):
    """Two references `ARCHIVE[/SUITE][@NUMBER or DATE]`, and which differences are listed."""

    left: Name
    right: Name
    selection: Selection | None = None
    group: Group | None = None
    cursor: CursorField | None = None
    limit: Annotated[int, Field(ge=0, le=DIFFERENCES_PER_PAGE_MAX)] = DIFFERENCES_PER_PAGE


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of comparisons."""

    def compared(who: Principal, asked: ComparisonBody) -> Compared:
        request = CompareRequest(left=asked.left, right=asked.right, selection=asked.selection)
        return services.comparing.compare(who, request)

    @router.get("/comparisons", response_model=ComparisonView)
    def comparison(  # noqa: PLR0913, PLR0917 - each parameter is a field of the query
        left: Name,
        right: Name,
        who: asker,
        page: Differences,
        selection: Annotated[Name, checked(parse_selection)] | None = None,
        group: Group | None = None,
    ) -> Response:
        """What differs between two archives, snapshots or publications: counts, and a page."""
        asked = ComparisonBody(left=left, right=right, selection=selection, group=group)
        part = DifferencePage(group=group, behind=page.place(LIST, PLACE), limit=page.limit)
        return page.unchecked(
            comparison_document(
                compared(who, asked),
                part,
                selection,
                following=lambda place: page.next_at(LIST, place),
            )
        )

    @router.post("/comparisons", response_model=ComparisonView)
    def compare(asked: ComparisonBody, who: asker) -> Response:
        """The same for a selection that is too long for an address. Nothing is stored."""
        behind = place_of(asked.cursor, LIST, PLACE, where="body")
        part = DifferencePage(group=asked.group, behind=behind, limit=asked.limit)
        # Not checked against its own description again: a page of it is long.
        return JSONResponse(
            dict(
                comparison_document(
                    compared(who, asked),
                    part,
                    asked.selection,
                    following=lambda place: cursor_at(LIST, place),
                )
            )
        )
