"""An archive's publications: what each shows, which are kept, and publishing now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents import ArchiveView, PublicationView
from vostok.documents.effects import EffectsView
from vostok.entrypoints.pages.addresses import job_path, path_of
from vostok.entrypoints.pages.asked import is_number, number_in_path, wants_json
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.rights import PREVIEW
from vostok.entrypoints.pages.table_columns import KEPT_PUBLICATIONS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotFoundError,
    VostokError,
)
from vostok.services.describing.effects import effects_document
from vostok.services.publishing.kept_publications import KeptAs

ROWS_MAX: Final = 100
NOT_KEPT: Final = "-"
"""In a form: that nobody kept the publication when it was shown. No label begins so."""
TOLD: Final = (InvalidInputError, NotFoundError, GoneError, ConflictError)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRow:
    """A publication, and how it differs from the one before.

    Attributes:
        told: its document.
        before: the one before it; None if there is none any more.
        compared: the address that sets both beside each other.
    """

    told: PublicationView
    before: PublicationView | None
    compared: str

    def more(self, measure: str) -> int:
        """By how much it has more than the one before."""
        now: Mapping[str, object] = self.told
        then: Mapping[str, object] = self.before or self.told
        return int(str(now.get(measure, 0))) - int(str(then.get(measure, 0)))


def publications_path(archive: str) -> str:
    """The page of an archive's publications."""
    return path_of("archives", archive, "publications")


def publication_rows(
    archive: ArchiveView, publications: Sequence[PublicationView]
) -> list[PublicationRow]:
    """The rows of the table, the newest first. O(publications)."""
    suites = archive.get("suites") or []
    place = f"{archive['name']}/{suites[0]['name']}" if suites else archive["name"]
    older = [*publications, None][1:]
    return [
        PublicationRow(
            told=told,
            before=before,
            compared=""
            if before is None
            else "/compare?"
            + urlencode(
                {"left": f"{place}@{before['number']}", "right": f"{place}@{told['number']}"}
            ),
        )
        for told, before in zip(publications, older, strict=True)
    ]


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page and its forms."""
    pages = _Pages(services)
    place = "/archives/{name}/publications"
    for suffix in (".json", ".csv", ""):
        door.add_page(router, place + suffix, pages.look)
    door.add_deed(router, place, pages.publish)
    door.add_deed(router, place + "/{number}/keep", pages.keep)
    door.add_deed(router, place + "/{number}/release", pages.release)


class _Pages:
    """The table, and what its forms ask for."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def look(self, request: Request) -> Response:
        return self._shown(request)

    def publish(self, request: Request, sent: Form) -> Response:
        name = reader_of(request).archive(request.path_params["name"])["name"]
        try:
            if sent.text("do") == PREVIEW:
                tried = self._services.dry_runs.publish(asker(request), name)
                return self._shown(request, plan=effects_document(tried.effects))
            job = self._services.publishing.request(asker(request), name)
        except (InvalidInputError, ConflictError) as error:
            return self._shown(request, error=error)
        return redirection(job_path(job.id))

    def keep(self, request: Request, sent: Form) -> Response:
        name, number = _addressed(request)
        label, seen = sent.text("label"), _seen(sent)
        try:
            if sent.text("do") == PREVIEW:
                tried = self._services.dry_runs.keep(
                    asker(request), name, number, label=label, seen=seen
                )
                plan = effects_document(tried.effects)
                return self._shown(request, plan=plan, number=number, label=label)
            self._services.kept_publications.keep(
                asker(request), name, number, label=label, seen=seen
            )
        except TOLD as error:
            return self._shown(request, error=error, number=number, label=label)
        return redirection(publications_path(name))

    def release(self, request: Request, sent: Form) -> Response:
        name, number = _addressed(request)
        seen = _seen(sent)
        try:
            if sent.text("do") == PREVIEW:
                tried = self._services.dry_runs.release(asker(request), name, number, seen=seen)
                return self._shown(request, plan=effects_document(tried.effects))
            self._services.kept_publications.release(asker(request), name, number, seen=seen)
        except TOLD as error:
            return self._shown(request, error=error)
        return redirection(publications_path(name))

    def _shown(
        self,
        request: Request,
        *,
        error: VostokError | None = None,
        number: int = 0,
        label: str = "",
        plan: EffectsView | None = None,
    ) -> Response:
        """The table; after a refusal with what was refused, and what was typed."""
        name: str = request.path_params["name"]
        archive = reader_of(request).archive(name)
        publications = reader_of(request).publications(name)
        only_kept = request.query_params.get("show") == "kept"
        rows = [
            row
            for row in publication_rows(archive, publications)
            if not only_kept or row.told.get("kept_as") is not None
        ]
        before = _before(request)
        if number and all(row.told["number"] != number for row in rows[:ROWS_MAX]):
            before = number + 1  # what was typed stays in its row
        piece = [row for row in rows if row.told["number"] < before]
        found = [row.told for row in piece]
        if wants_json(request):
            return data({"publications": found})
        if wants_csv(request):
            table = Table(name="publications", columns=KEPT_PUBLICATIONS, rows=found)
            return csv_answer(request, table)
        return page(
            request,
            "publications.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            archive=archive,
            rows=piece[:ROWS_MAX],
            newest=publications[0]["number"] if publications else 0,
            total=len(publications),
            kept_total=sum(each.get("kept_as") is not None for each in publications),
            only_kept=only_kept,
            is_later=_before(request) is not None,
            query=_query(request, only_kept=only_kept),
            older=piece[ROWS_MAX - 1].told["number"] if len(piece) > ROWS_MAX else None,
            error=error,
            number=number,
            label=label,
            plan=plan,
        )


def _addressed(request: Request) -> tuple[str, int]:
    """Archive and number; an archive that is hidden, or is not there, is told alike."""
    name = reader_of(request).archive(request.path_params["name"])["name"]
    return name, number_in_path(request, "number", "publication")


def _seen(sent: Form) -> KeptAs:
    """Whether, and as what, the publication was kept when the form was shown."""
    said = sent.text("seen")
    return KeptAs(label=None if said == NOT_KEPT else said)


def _query(request: Request, *, only_kept: bool) -> str:
    """What leads to the same rows as JSON and CSV, and those behind them."""
    before = _before(request)
    given = {"show": "kept"} if only_kept else {}
    return urlencode({**given, "before": before} if isinstance(before, int) else given)


def _before(request: Request) -> float:
    """The number from which on publications are left out; infinite for none."""
    text = request.query_params.get("before", "")
    return int(text) if is_number(text) else float("inf")
