"""The queue: what waits, what runs, who builds."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of

LISTED_MAX: Final = 200
"""Rows of each table on the page; all of them are in the JSON and the CSV."""


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page."""

    def look(request: Request) -> Response:
        queue = services.queue.show(asker(request))
        if wants_json(request):
            return data(queue)
        if wants_csv(request):
            of_build = (
                "archive", "source", "version", "rebuild_no", "architecture", "state", "score",
                "builder", "attempt", "started_at", "seen_at",
            )  # fmt: skip
            return csv_answer(
                request,
                Table(
                    name="waiting",
                    columns=("archive", "campaign", "reason", "architecture", "state", "score",
                             "is_ready", "builds"),
                    rows=queue["waiting"],
                ),
                Table(name="at-work", columns=of_build, rows=queue["at_work"]),
                Table(
                    name="builders",
                    columns=("name", "architectures", "seen_at", "is_present", "does.archive",
                             "does.source", "does.version"),
                    rows=queue["builders"],
                ),
                Table(
                    name="architectures",
                    columns=("architecture", "waiting", "running", "builders", "mean_seconds",
                             "measured_attempts", "seconds"),
                    rows=queue["architectures"],
                ),
            )  # fmt: skip
        return page(
            request,
            "queue.html",
            now=reader_of(request).now(),
            queue=queue,
            listed_max=LISTED_MAX,
            live=bool(queue["at_work"] or queue["waiting"]),
        )

    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/queue{suffix}", look)
