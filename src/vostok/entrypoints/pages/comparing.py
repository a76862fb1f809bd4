"""The page that sets one archive, snapshot or publication beside another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents.comparisons import DifferenceView
from vostok.domain.comparison import Group
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.list_pieces import Pager, page_asked, page_count
from vostok.entrypoints.pages.responses import page, piece_of_data, status_of
from vostok.entrypoints.pages.table_columns import COUNTED_DIFFERENCES, DIFFERENCES
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of
from vostok.errors import InvalidInputError, NotFoundError
from vostok.services.comparing.archives import Compared, CompareRequest
from vostok.services.comparing.document import (
    DIFFERENCES_PER_PAGE_MAX,
    Page,
    comparison_document,
)

ROWS_MAX: Final = 200
TEXT_MAX: Final = 1_000
PIECES_SENT_MAX: Final = 100
SUGGESTIONS_MAX: Final = 200
WORDS: Final = {
    Group.ONLY_LEFT: "only on the left",
    Group.ONLY_RIGHT: "only on the right",
    Group.HIGHER_LEFT: "higher on the left",
    Group.HIGHER_RIGHT: "higher on the right",
    Group.OTHER_BYTES: "same version, other bytes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the address asks to compare; each change of it is another address."""

    left: str
    right: str
    selection: str
    group: Group | None
    page: int

    @property
    def is_whole(self) -> bool:
        return bool(self.left and self.right)

    @property
    def request(self) -> CompareRequest:
        return CompareRequest(left=self.left, right=self.right, selection=self.selection or None)

    @property
    def next_address(self) -> str:
        """The following page, as data."""
        return "/compare.json" + self.address(group=self.group, page=self.page + 1)

    def pager(self, total: int) -> Pager:
        """The pages of the list that is asked for."""
        return Pager(
            page=self.page,
            pages=page_count(total, rows_max=ROWS_MAX),
            address=lambda page: "/compare" + self.address(group=self.group, page=page),
        )

    def address(self, *, group: Group | None, page: int = 1) -> str:
        given = {
            "left": self.left,
            "right": self.right,
            "selection": self.selection,
            "group": str(group or ""),
            "page": str(page) if page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in given.items() if value})


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page."""

    def look(request: Request) -> Response:
        asked = _asked(request)
        is_for_programs = wants_json(request) or wants_csv(request)
        compared: Compared | None = None
        error: InvalidInputError | NotFoundError | None = None
        if asked.is_whole or is_for_programs:
            try:
                compared = services.comparing.compare(asker(request), asked.request)
            except (InvalidInputError, NotFoundError) as fault:
                if is_for_programs:
                    raise
                error = fault
        if compared is not None and wants_csv(request):
            table = Table(name="differences", columns=DIFFERENCES, rows=_all(compared, asked))
            counts = Table(name="counts", columns=COUNTED_DIFFERENCES, rows=_counts(compared))
            return csv_answer(request, table, counts)
        told = None
        if compared is not None:
            told = comparison_document(
                compared,
                Page(group=asked.group, offset=(asked.page - 1) * ROWS_MAX, limit=ROWS_MAX),
                asked.selection or None,
                following=lambda _: asked.next_address,
            )
            if wants_json(request):
                return piece_of_data(told, told["next"])
        archives = reader_of(request).archives()[:SUGGESTIONS_MAX]
        return page(
            request,
            "compare.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            asked=asked,
            told=told,
            pager=None if told is None else asked.pager(told["total"]),
            error=error,
            groups=WORDS,
            suggestions=[
                f"{archive['name']}/{suite['name']}"
                for archive in archives
                for suite in archive["suites"]
            ],
        )

    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/compare{suffix}", look)


def _asked(request: Request) -> _Asked:
    def text(name: str) -> str:
        return request.query_params.get(name, "").strip()[:TEXT_MAX]

    group = text("group")
    return _Asked(
        left=text("left"),
        right=text("right"),
        selection=text("selection"),
        group=Group(group) if group in set(Group) else None,
        page=page_asked(request),
    )


def _counts(compared: Compared) -> Iterator[Mapping[str, object]]:
    """How many sources and binaries are in each group."""
    counts = comparison_document(compared, Page(limit=0))["counts"]
    for group in WORDS:
        yield {
            "group": group,
            "sources": counts["sources"].get(group, 0),
            "binaries": counts["binaries"].get(group, 0),
        }


def _all(compared: Compared, asked: _Asked) -> Iterator[DifferenceView]:
    """Every difference of the group, a piece at a time."""
    for place in range(PIECES_SENT_MAX):
        part = Page(
            group=asked.group,
            offset=place * DIFFERENCES_PER_PAGE_MAX,
            limit=DIFFERENCES_PER_PAGE_MAX,
        )
        piece = comparison_document(compared, part)["differences"]
        yield from piece
        if len(piece) < DIFFERENCES_PER_PAGE_MAX:
            return
