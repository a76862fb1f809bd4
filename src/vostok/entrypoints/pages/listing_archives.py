"""The page of all archives, or of those of a kind, of a person, with a text in their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.domain.archive import ArchiveKind, ArchiveState
from vostok.domain.archive_list import ArchiveList
from vostok.entrypoints.pages import families
from vostok.entrypoints.pages.asked import is_number, wants_json
from vostok.entrypoints.pages.looks import UNFINISHED_ARCHIVES
from vostok.entrypoints.pages.narrowing import Narrowing, narrowing
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.table_columns import ARCHIVES
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, reader_of, visit_of

ARCHIVES_OF_PAGE: Final = 50


def add_routes(router: APIRouter, door: Door) -> None:
    """Add the page."""
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/archives{suffix}", _look)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivesAsked:
    """What an address asks for.

    Attributes:
        narrowing: by a text in names, kinds, states.
        is_mine: whether only those are meant that the visitor asked for.
        page: which piece of the list, from 1.
    """

    narrowing: Narrowing
    is_mine: bool
    page: int

    @property
    def text(self) -> str:
        """What names hold."""
        return self.narrowing.wanted.text

    @property
    def is_narrowed(self) -> bool:
        """Whether any archive may be left out."""
        return self.narrowing.wanted.is_narrowed or self.is_mine

    def wanted(self, visitor: str) -> ArchiveList:
        """The archives that are meant."""
        return ArchiveList(narrowed=self.narrowing.wanted, by=visitor if self.is_mine else None)

    def chosen(self, name: str) -> Sequence[str]:
        """The words that are chosen of `kind` or `state`."""
        return next(each.chosen for each in self.narrowing.choices if each.name == name)

    def query(self, page: int = 1) -> str:
        """The same for an address, of another piece."""
        mine = [("mine", "yes")] if self.is_mine else []
        piece = [("page", str(page))] if page > 1 else []
        return urlencode([*self.narrowing.given, *mine, *piece])


def _asked(request: Request) -> ArchivesAsked:
    given = request.query_params
    number = given.get("page", "")
    return ArchivesAsked(
        narrowing=narrowing(request, kind=ArchiveKind, state=ArchiveState),
        is_mine=given.get("mine") == "yes" and visit_of(request).is_signed_in,
        page=max(int(number), 1) if is_number(number) else 1,
    )


def _look(request: Request) -> Response:
    asked = _asked(request)
    archives = reader_of(request).archives(asked.wanted(visit_of(request).principal.name))
    if wants_json(request):
        return data({"archives": archives})
    if wants_csv(request):
        return csv_answer(request, Table(name="archives", columns=ARCHIVES, rows=archives))
    members = families.in_family_order(archives)
    pages = max(1, -(-len(members) // ARCHIVES_OF_PAGE))
    number = min(asked.page, pages)
    is_young = not asked.is_narrowed and not any(each.get("campaigns") for each in archives)
    return page(
        request,
        "archives.html",
        now=reader_of(request).now(),
        first=reader_of(request).first_steps() if is_young else {},
        asked=asked,
        states=list(ArchiveState),
        archives=members[(number - 1) * ARCHIVES_OF_PAGE : number * ARCHIVES_OF_PAGE],
        largest=max((archive.get("disk_bytes") or 0 for archive in archives), default=0),
        is_any_derived=any(archive["kind"] == ArchiveKind.DERIVED for archive in archives),
        total=len(members),
        number=number,
        pages=pages,
        live=any(archive["state"] in UNFINISHED_ARCHIVES for archive in archives),
    )
