"""The pages of what happened in an archive, and of the packages that it builds no more."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents.news import NewsItemView
from vostok.domain.news import BEGINNING
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.list_pieces import list_piece
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.table_columns import NEWS, NOT_BUILT
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of, server_url
from vostok.services.describing.publications import not_built_document
from vostok.services.telling.news import item_document

ITEMS_SHOWN: Final = 100


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages."""

    def news(request: Request) -> Response:
        name = request.path_params["name"]
        archive = reader_of(request).archive(name)
        feed = services.news.newest(asker(request), name, None, limit=ITEMS_SHOWN)
        if wants_json(request):
            url = server_url(request)
            told = [item_document(name, item, BEGINNING, url) for item in feed.items]
            # A position belongs to the list that begins with the oldest; here there is none.
            return data({"items": [_without_position(item) for item in told]})
        items = [item_document(name, item, BEGINNING, "") for item in feed.items]
        if wants_csv(request):
            return csv_answer(request, Table(name="news", columns=NEWS, rows=items))
        now = reader_of(request).now()
        return page(request, "news.html", now=now, archive=archive, name=name, items=items)

    def not_built(request: Request) -> Response:
        name = request.path_params["name"]
        archive = reader_of(request).archive(name)
        found = services.publishing.not_built(asker(request), name).each
        rows = [not_built_document(*each) for each in found]
        rows.sort(key=lambda row: (row["name"], row["version"]))
        if wants_json(request):
            return data({"binaries": rows})
        if wants_csv(request):
            return csv_answer(request, Table(name="not-built", columns=NOT_BUILT, rows=rows))
        piece = list_piece(request, path_of("archives", name, "not-built"), rows)
        return page(request, "not-built.html", archive=archive, name=name, piece=piece)

    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/archives/{{name}}/news{suffix}", news)
        door.add_page(router, f"/archives/{{name}}/not-built{suffix}", not_built)


def _without_position(item: NewsItemView) -> dict[str, object]:
    return {name: value for name, value in item.items() if name != "position"}
