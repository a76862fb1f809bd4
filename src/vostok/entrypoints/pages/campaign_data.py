"""What a campaign's page has of its builds, for people and as data: a piece of the list."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from vostok.documents import CampaignView
from vostok.domain.build_list import LISTED, LISTED_MAX, BuildList
from vostok.entrypoints.pages import package_table
from vostok.entrypoints.pages.asked import is_number
from vostok.entrypoints.pages.package_table import TableQuery
from vostok.entrypoints.pages.responses import data, piece_of_data
from vostok.entrypoints.pages.visits import reader_of

_FIELDS_OF_TABLE: Final = frozenset({"state", "architecture", "q", "sort", "page"})


def campaign_data(request: Request, name: str, number: int) -> Response:
    """What a page of the table shows; where none is asked for, builds by source in large pieces.

    `table=progress` asks for the picture of the progress instead: it needs all builds that ended.

    Raises:
        NotFoundError: there is no such campaign, or no build behind which to go on.
    """
    if request.query_params.get("table") == "progress":
        return data({"progress": reader_of(request).progress(name, number)})
    if _FIELDS_OF_TABLE.isdisjoint(request.query_params):
        return _large_piece(request, name, number)
    query, campaign = rows_of_page(request, name, number)
    is_last = query.page >= package_table.page_count(campaign.get("found", 0))
    following = request.url.path + query.address(page=query.page + 1)
    return piece_of_data(campaign, None if is_last else following)


def rows_of_page(request: Request, name: str, number: int) -> tuple[TableQuery, CampaignView]:
    """The campaign with the builds of the page that is asked for, or of the last one."""
    query = package_table.table_query(request.query_params)
    campaign = reader_of(request).campaign(name, number, query.builds)
    pages = package_table.page_count(campaign.get("found", 0))
    if query.page > pages:  # it has become shorter
        query = replace(query, page=pages)
        campaign = reader_of(request).campaign(name, number, query.builds)
    return query, campaign


def _large_piece(request: Request, name: str, number: int) -> Response:
    """As the API gives them: up to `limit` builds, behind the one with the id `after`."""
    after, limit = _number(request, "after"), _number(request, "limit") or LISTED
    limit = min(limit, LISTED_MAX)
    asked = BuildList(after=after, limit=limit + 1)  # one more tells whether it goes on
    campaign = reader_of(request).campaign(name, number, asked)
    builds = campaign.get("builds", [])[:limit]
    is_last = len(campaign.get("builds", [])) == len(builds)
    given = {} if limit == LISTED else {"limit": limit}
    following = None
    if not is_last:
        following = f"{request.url.path}?{urlencode({**given, 'after': builds[-1]['id']})}"
    return piece_of_data({**campaign, "builds": builds}, following)


def _number(request: Request, name: str) -> int | None:
    """The number in the query; what is none counts as not asked."""
    text = request.query_params.get(name, "")
    return int(text) if is_number(text) else None
