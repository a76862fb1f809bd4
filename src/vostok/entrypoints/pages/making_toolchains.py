"""Making a toolchain or its next revision by a form, and what builds would get from one."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.access import Action, require
from vostok.domain.archive import ArchiveKind
from vostok.domain.revision import Thing, ThingKind
from vostok.domain.toolchain import ToolchainSpec
from vostok.domain.toolchain_faults import DRIVERS
from vostok.entrypoints.pages.addresses import toolchain_path
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.clashes import (
    Clash,
    ShownThing,
    clash_of,
    condition_in,
    shown_thing,
)
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.sent_once import done_once, new_key
from vostok.entrypoints.pages.table_columns import TOOLS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.toolchain_fields import (
    COMPILER,
    FLAGS,
    Typed,
    spec_of,
    typed_anew,
    typed_of,
)
from vostok.entrypoints.pages.typed_fields import Faults
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of
from vostok.errors import ChangedError
from vostok.services.describing.preflight import preflight_document

NEW_PATH: Final = "/new/toolchain"
"""Not below /toolchains: a toolchain may be called `new`."""
ANY_TOOLCHAIN: Final = "a toolchain"
CHANGED: Final = 409
NAMING_MAX: Final = 100
"""Sources that name a compiler themselves; of all of Debian there are hundreds."""


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages and the form."""
    pages = _Pages(services)
    door.add_page(router, NEW_PATH, pages.form)
    door.add_deed(router, NEW_PATH, pages.sent)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/toolchains/{{name}}/preflight{suffix}", pages.preflight)


class _Pages:
    """The form, its deed, and the preflight."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._toolchains = services.toolchains
        self._repeated = services.repeated_requests

    def form(self, request: Request) -> Response:
        """The form; with a toolchain in the address, as its next revision."""
        require(asker(request), Action.CREATE_TOOLCHAIN, ANY_TOOLCHAIN)
        name = request.query_params.get("from", "")
        shown = self._shown(request, name)
        typed = typed_anew(reader_of(request).toolchain(name)) if name else Typed()
        return _form_page(request, typed, shown=shown)

    def sent(self, request: Request, sent: Form) -> Response:
        """Make the revision, and lead to the toolchain."""
        typed = typed_of(sent)
        require(asker(request), Action.CREATE_TOOLCHAIN, typed.name or ANY_TOOLCHAIN)
        spec, faults = spec_of(typed)
        if spec is None or faults:
            kept = ShownThing(revision=sent.text("revision"), values=sent.text("seen"))
            return _form_page(request, typed, faults, shown=kept if kept.revision else None)
        asked: ToolchainSpec = spec

        def deed() -> str:
            revision, is_new = self._toolchains.create(asker(request), typed.name, asked)
            return toolchain_path(revision.name) + f"?told={'made' if is_new else 'equal'}"

        is_of_seen = sent.text("seen_name") == typed.name
        thing = _thing(typed.name)
        condition = condition_in(sent, thing) if is_of_seen else None
        try:
            return done_once(self._repeated, request, sent, deed, condition=condition)
        except ChangedError as error:
            clash = clash_of(self._services, request, error, sent, thing)
            shown = self._shown(request, typed.name)
            return _form_page(request, typed, shown=shown, clash=clash)

    def _shown(self, request: Request, name: str) -> ShownThing | None:
        return shown_thing(self._services, request, _thing(name)) if name else None

    def preflight(self, request: Request) -> Response:
        """What builds of an archive would get from a toolchain; nothing is changed."""
        toolchain = reader_of(request).toolchain(request.path_params["name"])
        archive = request.query_params.get("archive", "")
        found = None
        if archive:
            answer = self._toolchains.preflight(asker(request), toolchain["name"], archive)
            found = preflight_document(answer)
        if wants_json(request):
            return data(found or {})
        if wants_csv(request):
            return csv_answer(request, Table(name="tools", columns=TOOLS, rows=_tools(found)))
        known = reader_of(request).archives()
        return page(
            request,
            "preflight.html",
            now=reader_of(request).now(),
            toolchain=toolchain,
            archive=archive,
            archives=[each["name"] for each in known if each.get("suites")],
            is_derived=any(
                each["name"] == archive and each["kind"] == ArchiveKind.DERIVED for each in known
            ),
            found=found,
            naming=found["names_compiler_itself"][:NAMING_MAX] if found else [],
        )


def _tools(found: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    return [
        {"architecture": architecture, **row}
        for architecture, answer in found["architectures"].items()
        for row in answer["tools"]
    ]


def _thing(name: str) -> Thing:
    return Thing(kind=ThingKind.TOOLCHAIN, name=name)


def _form_page(
    request: Request,
    typed: Typed,
    faults: Faults | None = None,
    *,
    shown: ShownThing | None = None,
    clash: Clash | None = None,
) -> Response:
    return page(
        request,
        "toolchain-form.html",
        CHANGED if clash else 400 if faults else 200,
        now=reader_of(request).now(),
        shown=shown,
        clash=clash,
        typed=typed,
        faults=faults or {},
        drivers=DRIVERS,
        flags=FLAGS,
        compiler=COMPILER,
        known={each["name"] for each in reader_of(request).toolchains()},
        key=new_key(),
    )
