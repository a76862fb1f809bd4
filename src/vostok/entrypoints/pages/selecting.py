"""The selection of an archive: what another one would take in and leave out, then the deed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents import ArchiveView
from vostok.documents.rights import AuditEntryView
from vostok.domain.access import Action, require
from vostok.domain.archive import ArchiveKind
from vostok.domain.job import JobKind
from vostok.domain.revision import archive_thing
from vostok.entrypoints.pages.addresses import job_path, path_of
from vostok.entrypoints.pages.decision_groups import grouped_decisions
from vostok.entrypoints.pages.meanwhile import changes_of, if_still_so, seen_in
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.table_columns import DECISIONS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.typed_fields import LOOK
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import ChangedError, ConflictError, InvalidInputError, VostokError
from vostok.services.deriving.syncing import SyncOutcome, SyncRequest
from vostok.services.describing.records import sync_plan_document

PARTS: Final = frozenset({"id", "state", "selection", "sources"})
"""The parts of an archive's revision that the form shows."""
CHANGES: Final = frozenset({JobKind.SYNC})
LIVE_SOURCES_MAX: Final = 5_000
"""Where more are taken or selected, what is typed is only counted; the button says the rest."""
ADDRESS_CHARACTERS_MAX: Final = 2_000
"""Of a selection that is in an address; a longer one is in forms only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of a form that was sent.

    Attributes:
        outcome: what the selection would change; None if nobody asked yet, or it is refused.
        selected: how many sources it selects, if the form was looked at while it was filled in.
        error: why it is refused.
        meanwhile: what others changed since the form was shown.
    """

    outcome: SyncOutcome | None = None
    selected: int | None = None
    error: VostokError | None = None
    meanwhile: Sequence[AuditEntryView] = ()

    @property
    def is_fault_of_selection(self) -> bool:
        """Whether the field has the fault, not the archive."""
        return isinstance(self.error, InvalidInputError)


def selection_path(archive: str) -> str:
    """The page of an archive's selection."""
    return path_of("archives", archive, "selection")


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page and its form."""
    pages = _Pages(services)
    for suffix in (".json", ".csv"):
        door.add_page(router, f"/archives/{{name}}/selection{suffix}", pages.decisions)
    door.add_page(router, "/archives/{name}/selection", pages.look)
    door.add_deed(router, "/archives/{name}/selection", pages.sent)


class _Pages:
    """The form, what it would change, and the deed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def decisions(self, request: Request) -> Response:
        """What the selection in the address would change; without one, that of the archive."""
        archive = _archive(request)
        selection = request.query_params.get("selection") or archive.get("selection") or ""
        wanted = SyncRequest(archive=archive["name"], selection=selection)
        plan = sync_plan_document(self._services.syncing.plan(asker(request), wanted))
        if wants_csv(request):
            table = Table(name="decisions", columns=DECISIONS, rows=plan["decisions"])
            return csv_answer(request, table)
        return data({"selection": selection, **plan})

    def look(self, request: Request) -> Response:
        archive = _archive(request)
        given = request.query_params.get("selection", "")
        if not given:
            return self._shown(request, archive.get("selection") or "", Tried())
        return self._shown(request, given, self._tried(request, given))

    def sent(self, request: Request, sent: Form) -> Response:
        _archive(request)
        selection = sent.text("selection").replace("\r", "")
        if sent.text("do") == LOOK:
            return self._shown(request, selection, self._looked_at(request, selection))
        if sent.text("do") != "select":
            return self._shown(request, selection, self._tried(request, selection))
        wanted = SyncRequest(archive=request.path_params["name"], selection=selection)
        try:
            with if_still_so(self._services, request, seen_in(sent), PARTS):
                job = self._services.syncing.request(asker(request), wanted)
        except ChangedError as error:
            since = seen_in(sent).at
            tried = Tried(
                outcome=self._tried(request, selection).outcome,
                error=error,
                meanwhile=changes_of(self._services, request, CHANGES, since=since),
            )
            return self._shown(request, selection, tried)
        except (InvalidInputError, ConflictError) as error:
            return self._shown(request, selection, Tried(error=error))
        return redirection(job_path(job.id))

    def _tried(self, request: Request, selection: str) -> Tried:
        wanted = SyncRequest(archive=request.path_params["name"], selection=selection)
        try:
            return Tried(outcome=self._services.syncing.plan(asker(request), wanted))
        except (InvalidInputError, ConflictError) as error:
            return Tried(error=error)

    def _looked_at(self, request: Request, selection: str) -> Tried:
        """What can be said of a selection by reading alone, without deciding about too many."""
        wanted = SyncRequest(archive=request.path_params["name"], selection=selection)
        syncing, taken = self._services.syncing, _archive(request).get("taken") or 0
        try:
            selected = syncing.selected_count(asker(request), wanted.archive, selection)
            if max(selected, taken) > LIVE_SOURCES_MAX:
                return Tried(selected=selected)
            outcome = syncing.plan_by_reading(asker(request), wanted)
            return Tried(selected=selected, outcome=outcome)
        except (InvalidInputError, ConflictError) as error:
            return Tried(error=error)

    def _shown(self, request: Request, selection: str, tried: Tried) -> Response:
        name: str = request.path_params["name"]
        # The revision first: a change between the two is then told, never passed over.
        revision = self._services.revisions.of(asker(request), archive_thing(name)).revision
        outcome = tried.outcome
        archive = _archive(request)
        return page(
            request,
            "selection.html",
            200 if tried.error is None else status_of(tried.error),
            now=reader_of(request).now(),
            archive=archive,
            revision=revision,
            selection=selection,
            tried=tried,
            outcome=outcome,
            groups=() if outcome is None else grouped_decisions(outcome.decisions),
            reasons={} if outcome is None else outcome.reasons,
            is_in_address=0 < len(selection) <= ADDRESS_CHARACTERS_MAX,
        )


def _archive(request: Request) -> ArchiveView:
    """The archive, for whoever may change what it takes.

    Raises:
        InvalidInputError: it is an image, which takes what its suites have.
        ConflictError: it is being made or deleted.
    """
    name: str = request.path_params["name"]
    archive = reader_of(request).archive(name)
    require(asker(request), Action.SELECT_SOURCES, name)
    if archive.get("selection") is None:
        if archive["kind"] == ArchiveKind.DERIVED:
            raise ConflictError(f"{name} is {archive['state']}: it takes nothing yet")
        raise InvalidInputError(
            f"{name} is an image of somebody else's archive; it has all that its suites have",
            hint=f"derive one that takes a part: vostok archive derive NAME --parent {name}",
        )
    return archive
