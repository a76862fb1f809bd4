"""The page of an archive's campaigns: those of a kind, in a state, with a text in their reason."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.domain.campaign import CampaignKind, CampaignPhase
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.list_pieces import list_piece
from vostok.entrypoints.pages.looks import UNFINISHED_CAMPAIGNS
from vostok.entrypoints.pages.narrowing import narrowing
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.table_columns import CAMPAIGNS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, reader_of
from vostok.services.describing import filtering


def add_routes(router: APIRouter, door: Door) -> None:
    """Add the page."""
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/archives/{{name}}/campaigns{suffix}", _look)


def _look(request: Request) -> Response:
    archive = reader_of(request).archive(request.path_params["name"])
    narrowed = narrowing(request, kind=CampaignKind, state=CampaignPhase)
    every = reader_of(request).campaigns(archive["name"])
    campaigns = filtering.CAMPAIGNS.wanted(every, narrowed.wanted)
    if wants_json(request):
        return data({"campaigns": campaigns})
    if wants_csv(request):
        return csv_answer(request, Table(name="campaigns", columns=CAMPAIGNS, rows=campaigns))
    path = path_of("archives", archive["name"], "campaigns")
    return page(
        request,
        "campaigns.html",
        now=reader_of(request).now(),
        archive=archive,
        piece=list_piece(request, path, campaigns, narrowed=narrowed),
        total=len(every),
        live=any(campaign["state"] in UNFINISHED_CAMPAIGNS for campaign in campaigns),
    )
