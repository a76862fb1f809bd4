"""Deriving an archive: its parents, selection and toolchain, tried before it is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents import ArchiveView, DerivationPlanView, PreviewView, SuiteView
from vostok.domain.access import Action, require
from vostok.domain.archive import ArchiveKind, check_archive_name
from vostok.domain.selection.parser import parse_selection
from vostok.entrypoints.pages.addresses import job_path
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.derivation_fields import (
    Typed,
    check_typed_tag,
    fields_of,
    typed_in,
)
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.table_columns import SELECTED_SOURCES
from vostok.entrypoints.pages.tables import Table, csv_answer
from vostok.entrypoints.pages.typed_fields import LOOK
from vostok.entrypoints.pages.visits import (
    Door,
    Form,
    asker,
    reader_of,
    redirection,
    visit_of,
)
from vostok.errors import ConflictError, InvalidInputError, NotFoundError, VostokError
from vostok.services.describing.records import plan_document
from vostok.services.selection.previewing import preview_document

DERIVE_PATH: Final = "/archives/derive"
SOURCES_SHOWN_MAX: Final = 200
ADDRESS_CHARACTERS_MAX: Final = 2_000
"""Of a selection that is in an address; a longer one is in the form only."""
NOBODY: Final = "a new archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What the form would make, or the fault of it and the field that has it.

    Attributes:
        plan: all of it; None also while the form is being filled in.
        preview: what is selected, if there is one parent.
    """

    plan: DerivationPlanView | None = None
    preview: PreviewView | None = None
    field: str = ""
    error: VostokError | None = None


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page and its form; before the page of an archive, whose address would take it."""
    pages = _Pages(services)
    for suffix in (".json", ".csv"):
        door.add_page(router, f"{DERIVE_PATH}{suffix}", pages.selected)
    door.add_page(router, DERIVE_PATH, pages.form)
    door.add_deed(router, DERIVE_PATH, pages.sent)


class _Pages:
    """The form, what it would make, and the deed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def form(self, request: Request) -> Response:
        given = request.query_params
        parent = given.get("parent", "") or _likely_parent(_suites(request))
        typed = Typed(parent=parent, toolchain=given.get("toolchain", ""))
        return self._shown(request, typed, Tried())

    def selected(self, request: Request) -> Response:
        """What the selection in the address takes of one parent, whole, for programs."""
        require(asker(request), Action.CREATE_ARCHIVE, NOBODY)
        given = request.query_params
        parent, selection = given.get("parent", ""), given.get("selection", "all")
        found = self._services.previewing.preview(
            asker(request), parent=parent, selection=selection
        )
        document = preview_document(found, selection=selection)
        if wants_json(request):
            return data(document)
        table = Table(name="selected", columns=SELECTED_SOURCES, rows=document["selected"])
        return csv_answer(request, table)

    def sent(self, request: Request, sent: Form) -> Response:
        typed = typed_in(sent)
        if sent.text("do") == LOOK:
            return self._shown(request, typed, self._looked_at(request, typed), is_look=True)
        if sent.text("do") != "derive":
            return self._shown(request, typed, self._tried(request, typed))
        try:
            job = self._services.deriving.request(asker(request), typed.request(typed.name))
        except (InvalidInputError, ConflictError, NotFoundError) as error:
            tried = self._tried(request, typed)
            if tried.error is None:  # somebody took the name away meanwhile
                tried = replace(tried, field="name", error=error)
            return self._shown(request, typed, tried)
        return redirection(job_path(job.id))

    def _tried(self, request: Request, typed: Typed) -> Tried:
        """What the form would make. Others wait meanwhile to write."""
        looked = self._looked_at(request, typed)
        if looked.error is not None:
            return looked
        for field, check, value in (
            ("tag", check_typed_tag, typed.tag),
            ("name", check_archive_name, typed.name),
        ):
            try:
                if value:
                    check(value)
            except InvalidInputError as error:
                unnamed = self._estimated(request, looked, replace(typed, name="", tag=""))
                return unnamed if unnamed.error else replace(unnamed, field=field, error=error)
        tried = self._estimated(request, looked, typed)
        if tried.error is None or not typed.name:
            return tried
        unnamed = self._estimated(request, looked, replace(typed, name=""))
        return unnamed if unnamed.error else replace(unnamed, field="name", error=tried.error)

    def _estimated(self, request: Request, looked: Tried, typed: Typed) -> Tried:
        try:
            plan = self._services.deriving.estimate(asker(request), typed.request(typed.name))
        except (InvalidInputError, ConflictError, NotFoundError) as error:
            return replace(looked, field="form", error=error)
        return replace(looked, plan=plan_document(plan))

    def _looked_at(self, request: Request, typed: Typed) -> Tried:
        """What is selected, by reading alone; the selection's faults are its own."""
        try:
            parse_selection(typed.selection)
            if len(typed.parents) == 1 and ":" not in typed.parent:
                return Tried(preview=self._preview(request, typed))
        except InvalidInputError as error:
            return Tried(field="selection", error=error)
        except (ConflictError, NotFoundError) as error:
            return Tried(field="form", error=error)
        return Tried()

    def _preview(self, request: Request, typed: Typed) -> PreviewView:
        found = self._services.previewing.preview(
            asker(request),
            parent=typed.parent,
            selection=typed.selection,
            limit=SOURCES_SHOWN_MAX,
        )
        return preview_document(found, selection=typed.selection)

    @staticmethod
    def _shown(request: Request, typed: Typed, tried: Tried, *, is_look: bool = False) -> Response:
        require(asker(request), Action.CREATE_ARCHIVE, NOBODY)
        suites = _suites(request)
        return page(
            request,
            "derive.html",
            200 if tried.error is None else 400,
            now=reader_of(request).now(),
            typed=typed,
            tried=tried,
            fields=fields_of(typed),
            query=_address_query(typed),
            is_look=is_look,
            places=[_place(archive, suite) for archive, suite in suites],
            architectures=sorted({a for _, suite in suites for a in suite["architectures"]}),
            toolchains=reader_of(request).toolchains(),
        )


def _suites(request: Request) -> list[tuple[ArchiveView, SuiteView]]:
    """What whoever asks may derive from, by archive."""
    visit = visit_of(request)
    return [
        (archive, suite)
        for archive in reader_of(request).archives()
        if archive["state"] == "active" and visit.may("derive-from", archive["name"])
        for suite in archive.get("suites") or []
    ]


def _place(archive: ArchiveView, suite: SuiteView) -> str:
    return f"{archive['name']}/{suite['name']}"


def _address_query(typed: Typed) -> str:
    """What leads to the whole of what is selected; empty where an address cannot hold it."""
    if len(typed.selection) > ADDRESS_CHARACTERS_MAX:
        return ""
    return urlencode({"parent": typed.parent, "selection": typed.selection})


def _likely_parent(suites: Sequence[tuple[ArchiveView, SuiteView]]) -> str:
    """What is offered first: most archives are derived from an image; empty if there is none."""
    images = (each for each in suites if each[0]["kind"] == ArchiveKind.EXTERNAL)
    return next((_place(*each) for each in images), "")
