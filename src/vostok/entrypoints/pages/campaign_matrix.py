"""A campaign as a matrix: a row for each source, a column for each architecture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.documents import BuildView, CampaignView
from vostok.domain.build_list import BuildList, BuildOrder
from vostok.entrypoints.pages import package_table
from vostok.entrypoints.pages.asked import number_in_path, wants_json
from vostok.entrypoints.pages.looks import UNFINISHED_CAMPAIGNS
from vostok.entrypoints.pages.package_table import TableQuery
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, reader_of

SOURCES_MAX: Final = 200
"""Rows of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A source and, by architecture, its build in the campaign."""

    source: str
    builds: Mapping[str, BuildView]


def add_routes(router: APIRouter, door: Door) -> None:
    """Add the page."""
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/archives/{{name}}/campaigns/{{number}}/matrix{suffix}", _matrix)


def _matrix(request: Request) -> Response:
    reader, name = reader_of(request), request.path_params["name"]
    number = number_in_path(request, "number", "campaign")
    query = package_table.table_query(request.query_params)
    if query.sort is not BuildOrder.SOURCE:
        query = replace(query, sort=BuildOrder.STATE, descending=False)
    if wants_csv(request):
        columns = ("source", *_columns(reader.campaign_alone(name, number)))
        found = reader.states_by_source(name, number, query.builds)
        rows_of_csv = ({"source": source, **states} for source, states in found)
        return csv_answer(request, Table(name="matrix", columns=columns, rows=rows_of_csv))
    campaign = reader.campaign_by_source(name, number, _asked(query))
    pages = max(1, -(-campaign.get("found", 0) // SOURCES_MAX))
    if query.page > pages:  # it has become shorter
        query = replace(query, page=pages)
        campaign = reader.campaign_by_source(name, number, _asked(query))
    if wants_json(request):
        return data(campaign)
    rows = matrix_rows(campaign.get("builds", []))
    return page(
        request,
        "campaign-matrix.html",
        now=reader.now(),
        campaign=campaign,
        query=query,
        groups=package_table.GROUPS,
        columns=[
            column
            for column in _columns(campaign)
            if column != "all" or any(column in row.builds for row in rows)
        ],
        rows=rows,
        found=campaign.get("found", 0),
        pages=pages,
        live=campaign["state"] in UNFINISHED_CAMPAIGNS,
    )


def matrix_rows(builds: Sequence[BuildView]) -> list[Row]:
    """A row for each source, in the order in which they come; builds of one lie together.

    A source whose packages for all architectures are built apart has a build of `all` too.
    """
    return [
        Row(source=source, builds={build["architecture"]: build for build in of_source})
        for source, of_source in groupby(builds, key=lambda build: build["source"])
    ]


def _asked(query: TableQuery) -> BuildList:
    return replace(query.builds, offset=(query.page - 1) * SOURCES_MAX, limit=SOURCES_MAX)


def _columns(campaign: CampaignView) -> list[str]:
    """The architectures of the campaign, `all` at the end."""
    known = [name for name in campaign.get("architectures", []) if name != "all"]
    return [*known, "all"]
