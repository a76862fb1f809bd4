"""The store: a picture of what takes room and for whom, whether it is sound, and what may go.

Counting, reading and collecting are jobs; the page shows what the newest of each found. Nothing is
removed unless somebody has looked within the last hour at what would go; what came to it since
then goes too.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.job import Job
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.filters import moment
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.sent_once import done_once, new_key
from vostok.entrypoints.pages.store_view import StoreView, space_bar, space_rows, store_view
from vostok.entrypoints.pages.table_columns import STORE_ARCHIVES, STORE_USES
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of
from vostok.errors import ConflictError, InvalidInputError, VostokError

PATH: Final = "/store"
PERCENT_CHARACTERS_MAX: Final = 12
LOOK_LASTS: Final = timedelta(hours=1)
"""What would go is removed only this long after somebody looked."""


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page and its forms."""
    pages = _StorePages(services)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, PATH + suffix, pages.look)
    door.add_deed(router, f"{PATH}/count", pages.count)
    door.add_deed(router, f"{PATH}/verify", pages.verify)
    door.add_deed(router, f"{PATH}/collect", pages.collect)


class _StorePages:
    """The page and its deeds."""

    def __init__(self, services: Services) -> None:
        self._store = services.storing
        self._repeated = services.repeated_requests

    def look(self, request: Request) -> Response:
        return self._page(request)

    def count(self, request: Request, sent: Form) -> Response:
        return self._asked(request, sent, lambda: self._store.request_stats(asker(request)))

    def verify(self, request: Request, sent: Form) -> Response:
        """Read all files again, or a share of them."""
        self._store.newest_jobs(asker(request))  # who may not is refused before what is typed
        try:
            percent = _percent(sent.text("percent"))
            return self._asked(
                request,
                sent,
                lambda: self._store.request_verification(asker(request), percent=percent),
            )
        except InvalidInputError as error:
            return self._page(request, faults={"percent": error}, percent=sent.text("percent"))

    def collect(self, request: Request, sent: Form) -> Response:
        """Look what would go; or remove that, if somebody has just looked."""
        view = store_view(self._store.newest_jobs(asker(request)))
        is_dry = sent.text("do") != "remove"

        def deed() -> Job:
            return self._store.request_collection(asker(request), dry_run=is_dry)

        if not is_dry:
            seen = sent.text("seen")
            if view.garbage is None or not view.garbage.is_dry or view.garbage.job["id"] != seen:
                why = "something was collected or looked for since you looked"
            elif not _is_fresh(request, view):
                why = "what would go was looked for more than an hour ago"
            else:
                why = ""
            if why:
                error = ConflictError(
                    f"nothing was removed: {why}", hint="look again at what would go"
                )
                return self._page(request, faults={"collect": error})
        return self._asked(request, sent, deed)

    def _asked(self, request: Request, sent: Form, deed: Callable[[], Job]) -> Response:
        def path() -> str:
            deed()
            return PATH

        return done_once(self._repeated, request, sent, path)

    def _page(
        self,
        request: Request,
        *,
        faults: Mapping[str, VostokError] | None = None,
        percent: str = "100",
    ) -> Response:
        view = store_view(self._store.newest_jobs(asker(request)))
        stats = view.stats
        archives = stats.get("archives", [])
        if wants_json(request):
            return data(
                {
                    "counted": view.counted,
                    "verified": view.verified,
                    "collected": None if view.garbage is None else view.garbage.job,
                    "under_way": view.under_way,
                }
            )
        if wants_csv(request):
            return csv_answer(
                request,
                Table(name="archives", columns=STORE_ARCHIVES, rows=archives),
                Table(name="uses", columns=STORE_USES, rows=space_rows(stats)),
            )
        faults = faults or {}
        return page(
            request,
            "store.html",
            max((status_of(error) for error in faults.values()), default=200),
            now=reader_of(request).now(),
            view=view,
            is_fresh=_is_fresh(request, view),
            stats=stats,
            bar=space_bar(stats),
            archives=sorted(
                archives, key=lambda row: -(row["exclusive"]["bytes"] + row["logs"]["bytes"])
            ),
            largest=max((row["exclusive"]["bytes"] for row in archives), default=0),
            known={archive["name"] for archive in reader_of(request).archives()},
            faults=faults,
            percent=percent,
            key=new_key(),
            live=bool(view.under_way),
        )


def _is_fresh(request: Request, view: StoreView) -> bool:
    """Whether what would go was looked for so lately that it may be removed."""
    at = None if view.garbage is None else moment(view.garbage.job["finished_at"])
    return at is not None and reader_of(request).now() - at <= LOOK_LASTS


def _percent(text: str) -> float:
    try:
        return float(text[:PERCENT_CHARACTERS_MAX].replace(",", ".") or "100")
    except ValueError:
        raise InvalidInputError(
            f"{text[:PERCENT_CHARACTERS_MAX]!r} is no number", hint="for example 5, or 100 for all"
        ) from None
