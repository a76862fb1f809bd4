"""What an archive took of its parents over time: each sync, selection and removal."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.entrypoints.pages.asked import number_in_path, wants_json
from vostok.entrypoints.pages.decision_groups import grouped_decisions
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.table_columns import DECISIONS, DERIVATIONS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of
from vostok.services.describing.records import decision_document, derivation_document

LISTED_MAX: Final = 100
"""The newest; all of them are in the JSON and the CSV."""


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages."""
    syncing = services.syncing

    def list_all(request: Request) -> Response:
        name = request.path_params["name"]
        derivations = syncing.derivations(asker(request), name)
        counts = syncing.decision_counts(asker(request), name)
        told = [
            {**derivation_document(each), "counts": counts.get(each.number, {})}
            for each in derivations
        ]
        if wants_json(request):
            return data({"derivations": told})
        if wants_csv(request):
            return csv_answer(request, Table(name="history", columns=DERIVATIONS, rows=told))
        return page(
            request,
            "history.html",
            now=reader_of(request).now(),
            name=name,
            derivations=told[:LISTED_MAX],
            total=len(told),
        )

    def one(request: Request) -> Response:
        name = request.path_params["name"]
        number = number_in_path(request, "number", "derivation")
        derivation, decisions = syncing.decisions(asker(request), name, number)
        told = [decision_document(each) for each in decisions]
        if wants_json(request):
            return data({**derivation_document(derivation), "decisions": told})
        if wants_csv(request):
            return csv_answer(request, Table(name="decisions", columns=DECISIONS, rows=told))
        return page(
            request,
            "history-of-one.html",
            now=reader_of(request).now(),
            name=name,
            derivation=derivation_document(derivation),
            groups=grouped_decisions(decisions),
        )

    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/archives/{{name}}/history{suffix}", list_all)
        door.add_page(router, f"/archives/{{name}}/history/{{number}}{suffix}", one)
