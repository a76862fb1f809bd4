"""The page of what a search found."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.search import FoundArchive, FoundBuild, FoundSource
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of
from vostok.services.describing.searching import found_document


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page."""

    def look(request: Request) -> Response:
        found = services.search.find(asker(request), request.query_params.get("q", ""))
        rows = found_document(found)
        if wants_json(request):
            return data(rows)
        if wants_csv(request):
            return csv_answer(
                request,
                Table(name="sources", columns=FoundSource._fields, rows=rows["sources"]),
                Table(name="archives", columns=FoundArchive._fields, rows=rows["archives"]),
                Table(name="builds", columns=FoundBuild._fields, rows=rows["builds"]),
            )
        return page(
            request,
            "search.html",
            now=reader_of(request).now(),
            found=found,
            rows=rows,
            searched=found.text,
        )

    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/search{suffix}", look)
