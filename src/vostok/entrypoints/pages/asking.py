"""Asking for rebuilds: the form, what the request would do, and the request itself."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents import ArchiveView
from vostok.domain.selection.faults import SELECTION_WRONG
from vostok.entrypoints.pages.addresses import campaign_path, rebuild_path
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.rebuild_fields import (
    Typed,
    request_of,
    typed_of,
)
from vostok.entrypoints.pages.rebuild_preview import RebuildPreview, preview_of
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.table_columns import PLANNED_BUILDS, REFUSED_SOURCES
from vostok.entrypoints.pages.tables import Table, csv_answer
from vostok.entrypoints.pages.typed_fields import NAME_CHARACTERS_MAX, Faults
from vostok.entrypoints.pages.visits import (
    Door,
    Form,
    asker,
    form_in_address,
    reader_of,
    redirection,
)
from vostok.errors import ConflictError, InvalidInputError, NotFoundError, VostokError
from vostok.services.describing.rebuild_plans import accepted_document, refusal_document
from vostok.services.rebuilding.planning import RebuildRequest

CAMPAIGNS_MAX: Final = 100
"""Campaigns to choose a control of; the number of an older one can be put into the address."""

_OF_THE_FORM = (InvalidInputError, NotFoundError, ConflictError)
"""Errors that are told on the form, with what was typed still in it."""


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page."""
    asking = _Asking(services)
    for suffix in (".json", ".csv"):
        door.add_page(router, f"/archives/{{name}}/rebuild{suffix}", asking.tables)
    door.add_page(router, "/archives/{name}/rebuild", asking.show)
    door.add_deed(router, "/archives/{name}/rebuild", asking.ask)


class _Asking:
    """The page and its deed."""

    def __init__(self, services: Services) -> None:
        self._rebuilding = services.rebuilding

    def show(self, request: Request) -> Response:
        """The form; with a reason in the address, also what the request would do."""
        archive = reader_of(request).archive(request.path_params["name"])
        try:
            self._rebuilding.check(asker(request), archive["name"])
        except (ConflictError, InvalidInputError) as error:
            return _page(request, archive, Typed(), closed=error)
        typed = typed_of(form_in_address(request))
        if "reason" not in request.query_params:
            return _page(request, archive, typed)
        asked, faults = _asked(archive, typed)
        if asked is None:
            return _page(request, archive, typed, 400, faults=faults)
        try:
            preview = preview_of(self._rebuilding, asker(request), asked)
        except _OF_THE_FORM as error:
            return _refused(request, archive, typed, error)
        return _page(request, archive, typed, preview=preview)

    def tables(self, request: Request) -> Response:
        """What the request in the address would do, whole: both lists, for programs.

        Raises:
            InvalidInputError: a field has a fault; the first is told.
        """
        archive = reader_of(request).archive(request.path_params["name"])
        self._rebuilding.check(asker(request), archive["name"])
        asked, faults = _asked(archive, typed_of(form_in_address(request)))
        if asked is None:
            raise next(iter(faults.values()))
        plan = self._rebuilding.plan(asker(request), asked)
        accepted = map(accepted_document, plan.accepted)
        refused = map(refusal_document, plan.refused)
        if wants_json(request):
            return data({"accepted": list(accepted), "refused": list(refused)})
        return csv_answer(
            request,
            Table(name="accepted", columns=PLANNED_BUILDS, rows=accepted),
            Table(name="refused", columns=REFUSED_SOURCES, rows=refused),
        )

    def ask(self, request: Request, sent: Form) -> Response:
        """Ask, and lead to the campaign: a new one, or the equal one that is under way."""
        archive = reader_of(request).archive(request.path_params["name"])
        self._rebuilding.check(asker(request), archive["name"])
        typed = typed_of(sent)
        asked, faults = _asked(archive, typed, key=sent.text("key"))
        if asked is None:
            return _page(request, archive, typed, 400, faults=faults)
        try:
            campaign, _, is_joined = self._rebuilding.request(asker(request), asked)
        except _OF_THE_FORM as error:
            return _refused(request, archive, typed, error)
        return redirection(
            campaign_path(archive["name"], campaign.number), joined=1 if is_joined else None
        )


def _asked(
    archive: ArchiveView, typed: Typed, *, key: str = ""
) -> tuple[RebuildRequest | None, Faults]:
    return request_of(
        typed, archive["name"], _architectures(archive), key=key[:NAME_CHARACTERS_MAX] or None
    )


def _architectures(archive: ArchiveView) -> list[str]:
    return [name for suite in archive.get("suites", [])[:1] for name in suite["architectures"]]


def _refused(request: Request, archive: ArchiveView, typed: Typed, error: VostokError) -> Response:
    """The form again, with what the archive has against it."""
    if isinstance(error, InvalidInputError) and error.reason == SELECTION_WRONG:
        return _page(request, archive, typed, 400, faults={"selection": error})
    return _page(request, archive, typed, status_of(error), error=error)


def _page(  # noqa: PLR0913 - what the page can tell
    request: Request,
    archive: ArchiveView,
    typed: Typed,
    status: int = 200,
    *,
    faults: Faults | None = None,
    error: VostokError | None = None,
    closed: VostokError | None = None,
    preview: RebuildPreview | None = None,
) -> Response:
    reader = reader_of(request)
    has_form = closed is None
    shown: Mapping[str, object] = {
        "toolchains": reader.toolchains() if has_form else [],
        "campaigns": reader.campaigns(archive["name"])[:CAMPAIGNS_MAX] if has_form else [],
    }
    return page(
        request,
        "rebuild.html",
        status,
        now=reader.now(),
        archive=archive,
        address=rebuild_path(archive["name"]),
        architectures=_architectures(archive),
        typed=typed,
        faults=faults or {},
        error=error,
        closed=closed,
        preview=preview,
        query=urlencode(typed.pairs),
        key=token_hex(16) if preview is not None else "",
        **shown,
    )
