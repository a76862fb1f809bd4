"""Syncing an archive with its parents: every decision first, then the deed."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.revision import Thing, archive_thing
from vostok.entrypoints.pages.addresses import job_path
from vostok.entrypoints.pages.clashes import TAKING, as_it_was_seen, clash_of, shown_thing
from vostok.entrypoints.pages.decision_groups import grouped_decisions
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.table_columns import DECISIONS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import ChangedError, InvalidInputError
from vostok.services.deriving.syncing import SyncOutcome, SyncRequest
from vostok.services.describing.records import sync_plan_document

CHANGED: Final = 409


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page and its form."""
    pages = _Pages(services)
    for suffix in (".json", ".csv"):
        door.add_page(router, f"/archives/{{name}}/sync{suffix}", pages.decisions)
    door.add_page(router, "/archives/{name}/sync", pages.sync)
    door.add_deed(router, "/archives/{name}/sync", pages.do)


class _Pages:
    """The dry run to look at, and the same for good."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._syncing = services.syncing

    def decisions(self, request: Request) -> Response:
        wanted = _request(request, _hold_in_address(request))
        plan = sync_plan_document(self._syncing.plan(asker(request), wanted))
        if wants_csv(request):
            table = Table(name="decisions", columns=DECISIONS, rows=plan["decisions"])
            return csv_answer(request, table)
        return data(plan)

    def sync(self, request: Request) -> Response:
        return self._told(request, _hold_in_address(request))

    def do(self, request: Request, sent: Form) -> Response:
        hold = sent.text("hold")
        try:
            with as_it_was_seen(self._services, request, sent, _thing(request), TAKING):
                job = self._syncing.request(asker(request), _request(request, hold))
        except ChangedError as error:
            return self._told(request, hold, changed=error, sent=sent)
        except InvalidInputError:
            return self._told(request, hold)
        return redirection(job_path(job.id))

    def _told(
        self,
        request: Request,
        hold: str,
        *,
        changed: ChangedError | None = None,
        sent: Form | None = None,
    ) -> Response:
        shown = shown_thing(self._services, request, _thing(request))
        error: InvalidInputError | None = None
        outcome: SyncOutcome | None = None
        try:
            outcome = self._syncing.plan(asker(request), _request(request, hold))
        except InvalidInputError as fault:
            if not hold:
                raise
            error = fault
        return page(
            request,
            "sync.html",
            CHANGED if changed else 200 if error is None else 400,
            now=reader_of(request).now(),
            archive=reader_of(request).archive(request.path_params["name"]),
            outcome=outcome,
            groups=() if outcome is None else grouped_decisions(outcome.decisions),
            hold=hold,
            shown=shown,
            clash=clash_of(self._services, request, changed, sent, _thing(request)),
            error=error,
        )


def _thing(request: Request) -> Thing:
    return archive_thing(request.path_params["name"])


def _hold_in_address(request: Request) -> str:
    return request.query_params.get("hold", "").strip()


def _request(request: Request, hold: str) -> SyncRequest:
    return SyncRequest(archive=request.path_params["name"], moves=True, hold=hold or None)
