"""Routes of comparisons."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from vostok.bootstrap import Services
from vostok.documents.comparisons import ComparisonView
from vostok.domain.access import Principal
from vostok.domain.comparison import Group
from vostok.domain.selection.parser import parse_selection
from vostok.entrypoints.api.parameters import NUMBER_MAX, Body, Name, Selection, checked
from vostok.services.comparing.archives import CompareRequest
from vostok.services.comparing.document import (
    DIFFERENCES_PER_PAGE,
    DIFFERENCES_PER_PAGE_MAX,
    Page,
    comparison_document,
)


class ComparisonBody(Body):
    """Two references `ARCHIVE[/SUITE][@NUMBER or DATE]`, and which differences are listed."""

    left: Name
    right: Name
    selection: Selection | None = None
    group: Group | None = None
    offset: Annotated[int, Field(ge=0, le=NUMBER_MAX)] = 0
    limit: Annotated[int, Field(ge=0, le=DIFFERENCES_PER_PAGE_MAX)] = DIFFERENCES_PER_PAGE


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of comparisons."""

    def document(asked: ComparisonBody, who: Principal) -> Response:
        request = CompareRequest(left=asked.left, right=asked.right, selection=asked.selection)
        page = Page(group=asked.group, offset=asked.offset, limit=asked.limit)
        compared = services.comparing.compare(who, request)
        # Not checked against its own description again: a page of it is long.
        return JSONResponse(dict(comparison_document(compared, page, asked.selection)))

    @router.get("/comparisons", response_model=ComparisonView)
    def comparison(  # noqa: PLR0913, PLR0917 - each parameter is a field of the query
        left: Name,
        right: Name,
        who: asker,
        selection: Annotated[Name, checked(parse_selection)] | None = None,
        group: Group | None = None,
        offset: Annotated[int, Query(ge=0, le=NUMBER_MAX)] = 0,
        limit: Annotated[int, Query(ge=0, le=DIFFERENCES_PER_PAGE_MAX)] = DIFFERENCES_PER_PAGE,
    ) -> Response:
        """What differs between two archives, snapshots or publications: counts, and a page."""
        asked = ComparisonBody(
            left=left, right=right, selection=selection, group=group, offset=offset, limit=limit
        )
        return document(asked, who)

    @router.post("/comparisons", response_model=ComparisonView)
    def compare(asked: ComparisonBody, who: asker) -> Response:
        """The same for a selection that is too long for an address. Nothing is stored."""
        return document(asked, who)
