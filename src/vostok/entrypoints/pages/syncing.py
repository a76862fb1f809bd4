"""Syncing an archive with its parents: every decision first, then the deed."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.entrypoints.pages.addresses import job_path
from vostok.entrypoints.pages.decision_groups import grouped_decisions
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.table_columns import DECISIONS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import InvalidInputError
from vostok.services.deriving.syncing import SyncOutcome, SyncRequest
from vostok.services.describing.records import sync_plan_document


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
            job = self._syncing.request(asker(request), _request(request, hold))
        except InvalidInputError:
            return self._told(request, hold)
        return redirection(job_path(job.id))

    def _told(self, request: Request, hold: str) -> Response:
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
            200 if error is None else 400,
            now=reader_of(request).now(),
            archive=reader_of(request).archive(request.path_params["name"]),
            outcome=outcome,
            groups=() if outcome is None else grouped_decisions(outcome.decisions),
            hold=hold,
            error=error,
        )


def _hold_in_address(request: Request) -> str:
    return request.query_params.get("hold", "").strip()


def _request(request: Request, hold: str) -> SyncRequest:
    return SyncRequest(archive=request.path_params["name"], moves=True, hold=hold or None)
