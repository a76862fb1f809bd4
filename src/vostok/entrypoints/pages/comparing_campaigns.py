"""The page that sets one campaign beside another: what fails now, what builds now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents import CampaignComparisonView, CampaignView
from vostok.domain.campaign_comparison import CampaignGroup, sentence_of
from vostok.entrypoints.pages.addresses import campaign_path
from vostok.entrypoints.pages.asked import is_number, number_in_path, wants_json
from vostok.entrypoints.pages.list_pieces import Pager, page_asked, page_count
from vostok.entrypoints.pages.responses import page, piece_of_data
from vostok.entrypoints.pages.table_columns import COMPARED_BUILDS, COUNTED_BUILDS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of
from vostok.errors import NotFoundError
from vostok.services.comparing.campaigns import CampaignCompareRequest

ROWS_MAX: Final = 200
OTHERS_OFFERED_MAX: Final = 200
COUNTS: Final = "counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the address asks for; each change of it is another address."""

    archive: str
    number: int
    other: int | None
    group: CampaignGroup | None
    page: int

    @property
    def next_address(self) -> str:
        """The following page, as data."""
        path = campaign_path(self.archive, self.number) + "/compare.json"
        return path + self.address(group=self.group or "", page=self.page + 1)

    def pager(self, total: int) -> Pager:
        """The pages of the list that is asked for."""
        path = campaign_path(self.archive, self.number) + "/compare"
        return Pager(
            page=self.page,
            pages=page_count(total, rows_max=ROWS_MAX),
            address=lambda page: path + self.address(group=self.group or "", page=page),
        )

    def address(self, *, group: str = "", page: int = 1) -> str:
        given = {"with": self.other, "group": group, "page": page if page > 1 else ""}
        return "?" + urlencode({name: value for name, value in given.items() if value})

    @property
    def sentences(self) -> dict[str, str]:
        """What each group means, of these two."""
        return {
            group.value: sentence_of(group, first=self.other or 0, second=self.number)
            for group in CampaignGroup
        }

    def request(self, other: int) -> CampaignCompareRequest:
        return CampaignCompareRequest(
            archive=self.archive, first=other, second=self.number, group=self.group,
            has_unchanged=self.group is CampaignGroup.BUILT_IN_BOTH,
            offset=(self.page - 1) * ROWS_MAX, limit=ROWS_MAX,
        )  # fmt: skip


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page."""

    def look(request: Request) -> Response:
        asked, who = _asked(request), asker(request)
        found = reader_of(request).campaigns(asked.archive)[:OTHERS_OFFERED_MAX]
        campaign = services.overview.seen_by(who).campaign_alone(asked.archive, asked.number)
        is_for_programs = wants_json(request) or wants_csv(request)
        if asked.other is None and not is_for_programs:
            asked = replace(asked, other=_before(asked.number, found))
        told: CampaignComparisonView | None = None
        if asked.other is not None and wants_csv(request) and not _wants_counts(request):
            rows = services.comparing_campaigns.all_builds(who, asked.request(asked.other))
            return csv_answer(request, Table(name="builds", columns=COMPARED_BUILDS, rows=rows))
        if asked.other is not None:
            told = services.comparing_campaigns.compare(
                who, asked.request(asked.other), following=lambda _: asked.next_address
            )
        elif is_for_programs:
            raise NotFoundError("no other campaign is named", hint="name one: ?with=NUMBER")
        if told is not None and wants_json(request):
            return piece_of_data(told, told["next"])
        if told is not None and wants_csv(request):
            table = Table(name=COUNTS, columns=COUNTED_BUILDS, rows=_counts(asked, told))
            return csv_answer(request, table)
        return page(
            request,
            "compare-campaigns.html",
            now=reader_of(request).now(),
            campaign=campaign,
            asked=asked,
            told=told,
            pager=None if told is None else asked.pager(told["total"]),
            others=[each for each in found if each["number"] != asked.number],
            sentences=asked.sentences,
        )

    for suffix in (".json", ".csv", ""):
        place = "/archives/{name}/campaigns/{number}/compare"
        door.add_page(router, f"{place}{suffix}", look)


def _before(number: int, campaigns: Sequence[CampaignView]) -> int | None:
    """The newest campaign before one, which is what most people compare it with."""
    return max((each["number"] for each in campaigns if each["number"] < number), default=None)


def _wants_counts(request: Request) -> bool:
    return request.query_params.get("table") == COUNTS


def _counts(asked: _Asked, told: CampaignComparisonView) -> Iterator[Mapping[str, object]]:
    """How many builds are in each group, and what that means."""
    for group, count in told["counts"].items():
        yield {"group": group, "builds": count, "sentence": asked.sentences[group]}


def _asked(request: Request) -> _Asked:
    def text(name: str) -> str:
        return request.query_params.get(name, "").strip()

    group, other = text("group"), text("with")
    return _Asked(
        archive=request.path_params["name"],
        number=number_in_path(request, "number", "campaign"),
        other=int(other) if is_number(other) else None,
        group=CampaignGroup(group) if group in set(CampaignGroup) else None,
        page=page_asked(request),
    )
