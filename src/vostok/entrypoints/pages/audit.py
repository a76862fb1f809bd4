"""The audit log: who did what since when, in everything or in one archive."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents.rights import AuditEntryView
from vostok.domain.access import Action, Principal
from vostok.domain.audit import AuditFilter
from vostok.domain.job import JobKind
from vostok.entrypoints.pages.asked import is_number, wants_json
from vostok.entrypoints.pages.filters import moment
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.table_columns import AUDIT
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of
from vostok.errors import InvalidInputError
from vostok.services.describing.rights import audit_document

ENTRIES_OF_PAGE: Final = 50
ENTRIES_AT_ONCE_MAX: Final = 500
PIECES_SENT_MAX: Final = 2_000
NAME_CHARACTERS_MAX: Final = 200
_FILTERS: Final = ("actor", "archive", "action", "since", "until", "q")


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page."""

    def look(request: Request) -> Response:
        given = {
            name: request.query_params.get(name, "").strip()[:NAME_CHARACTERS_MAX]
            for name in _FILTERS
        }
        since, until = _moment(given["since"]), _moment(given["until"])
        wanted = AuditFilter(
            actor=given["actor"] or None,
            archive=given["archive"] or None,
            action=given["action"] or None,
            since=since,
            until=until,
            text=given["q"] or None,
            before=_entry(request, "before"),
            after=_entry(request, "after"),
            count=ENTRIES_OF_PAGE + 1,
        )
        if wants_csv(request):
            rows = _all_entries(services, asker(request), wanted)
            return csv_answer(request, Table(name="audit", columns=AUDIT, rows=rows))
        shown = _page_of(services, asker(request), wanted)
        if wants_json(request):
            return data({"entries": shown.entries, "before": shown.before, "after": shown.after})
        kept = {name: text for name, text in given.items() if text}
        return page(
            request,
            "audit.html",
            now=reader_of(request).now(),
            entries=shown.entries,
            given=given,
            since=_in_field(since),
            until=_in_field(until),
            command=_command(given),
            actions=sorted({*Action, *JobKind}),
            query=urlencode(kept),
            older=None if shown.before is None else urlencode({**kept, "before": shown.before}),
            newer=None if shown.after is None else urlencode({**kept, "after": shown.after}),
            is_first=shown.is_newest,
        )

    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/audit{suffix}", look)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A page of the log.

    Attributes:
        before, after: the numbers by which older and newer ones are asked for, if there are any.
        is_newest: whether it was asked for without either.
    """

    entries: list[AuditEntryView]
    before: int | None
    after: int | None
    is_newest: bool


def _page_of(services: Services, who: Principal, wanted: AuditFilter) -> _Shown:
    """The page that is asked for; the newest one where none is full beside what is newer."""
    found = services.rights.audit(who, wanted)
    is_more = len(found) > ENTRIES_OF_PAGE
    if wanted.after is not None and not is_more:
        return _page_of(services, who, replace(wanted, after=None))
    chosen = found[:ENTRIES_OF_PAGE] if wanted.after is None else found[-ENTRIES_OF_PAGE:]
    entries = [audit_document(entry) for entry in chosen]
    has_older = wanted.after is not None or is_more
    has_newer = wanted.before is not None or wanted.after is not None
    return _Shown(
        entries=entries,
        before=entries[-1]["number"] if entries and has_older else None,
        after=entries[0]["number"] if entries and has_newer else None,
        is_newest=wanted.before is None and wanted.after is None,
    )


def _all_entries(
    services: Services, who: Principal, wanted: AuditFilter
) -> Iterator[Mapping[str, object]]:
    """What the filter leaves, read a piece at a time.

    The first piece is read at once, so that a refusal is one before anything is sent.
    """
    wanted = replace(wanted, after=None, count=ENTRIES_AT_ONCE_MAX)
    first = services.rights.audit(who, wanted)

    def entries() -> Iterator[Mapping[str, object]]:
        found = first
        for _ in range(PIECES_SENT_MAX):
            yield from (audit_document(entry) for entry in found)
            if len(found) < ENTRIES_AT_ONCE_MAX:
                return
            found = services.rights.audit(who, replace(wanted, before=found[-1].number))

    return entries()


def _command(given: Mapping[str, str]) -> str:
    """The command that lists the same."""
    options = {"q": "search"}
    words = [
        word
        for name, text in given.items()
        if text
        for word in (f"--{options.get(name, name)}", text)
    ]
    return shlex.join(["vostok", "audit", "list", *words])


def _in_field(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M}"


def _moment(text: str) -> datetime | None:
    """A moment as a browser's field or the API writes it; without a zone it is UTC."""
    if not text:
        return None
    found = moment(text)
    if found is None:
        raise InvalidInputError(
            f"{text[:40]!r} is no moment", hint="for example: 2026-11-01 or 2026-11-01T08:30"
        )
    return found


def _entry(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    if text and not is_number(text):
        raise InvalidInputError(f"{text[:40]!r} is not the number of an entry")
    return int(text) if text else None
