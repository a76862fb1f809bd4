"""Sources for elsewhere: no-change sources, looked at first, then taken, then saved as files."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from vostok.adapters.outgoing_source_files import OutgoingParts, make_outgoing_source
from vostok.adapters.outgoing_tar import TAR_TYPE, TarResponse
from vostok.bootstrap import Services
from vostok.debian.version import Version
from vostok.domain.access import Action, Principal, require
from vostok.domain.outgoing import OutgoingPlan
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.outgoing_fields import Typed, request_of, typed_of
from vostok.entrypoints.pages.responses import FILE_HEADERS, data, page, status_of
from vostok.entrypoints.pages.sent_once import done_once, new_key
from vostok.entrypoints.pages.table_columns import OUTGOING_SOURCES, REFUSED_SOURCES
from vostok.entrypoints.pages.tables import Table, csv_answer
from vostok.entrypoints.pages.typed_fields import Faults
from vostok.entrypoints.pages.visits import Door, Form, asker, form_in_address, reader_of
from vostok.errors import ConflictError, InvalidInputError, NotFoundError, VostokError
from vostok.services.describing.outgoing import outgoing_document

FORM: Final = "/archives/{name}/outgoing"
TAR: Final = f"{FORM}/{{source}}/{{version}}/{{file}}"
SHOWN_MAX: Final = 500
WITH_ORIGINAL: Final = "original"


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page, its form, and the files."""
    pages = _OutgoingPages(services)
    for suffix in (".json", ".csv"):
        door.add_page(router, f"{FORM}{suffix}", pages.tables)
    door.add_page(router, FORM, pages.look)
    door.add_deed(router, FORM, pages.take)
    door.add_page(router, TAR, pages.tar)


class _OutgoingPages:
    """The form with what it would give, the deed, and one source to save."""

    def __init__(self, services: Services) -> None:
        self._outgoing = services.outgoing
        self._people = services.people
        self._repeated = services.repeated_requests
        self._tars = services.outgoing_tars

    def look(self, request: Request) -> Response:
        """The form; with a reason in the address, also what it would give or gave."""
        name = self._checked(request)
        given = request.query_params
        if "reason" not in given:
            return _page(request, name, self._begun(asker(request)))
        typed = typed_of(form_in_address(request))
        asked, faults = request_of(typed, name, reader_of(request).now())
        if faults:
            return _page(request, name, typed, faults=faults)
        try:
            plan = self._outgoing.plan(asker(request), asked)
        except (ConflictError, InvalidInputError, NotFoundError) as error:
            return _page(request, name, typed, faults={"selection": error})
        return _page(request, name, typed, plan=plan)

    def tables(self, request: Request) -> Response:
        """What the request in the address would give, whole: both lists, for programs.

        Raises:
            InvalidInputError: a field has a fault; the first is told.
        """
        name = self._checked(request)
        typed = typed_of(form_in_address(request))
        asked, faults = request_of(typed, name, reader_of(request).now())
        for fault in faults.values():
            raise fault
        document = outgoing_document(self._outgoing.plan(asker(request), asked))
        if wants_json(request):
            return data(document)
        return csv_answer(
            request,
            Table(name="sources", columns=OUTGOING_SOURCES, rows=document["sources"]),
            Table(name="refused", columns=REFUSED_SOURCES, rows=document["refused"]),
        )

    def take(self, request: Request, sent: Form) -> Response:
        """Take the versions for good, and lead to the page that has the files."""
        name = self._checked(request)
        typed = typed_of(sent)
        asked, faults = request_of(typed, name, reader_of(request).now())
        if faults:
            return _page(request, name, typed, faults=faults)

        def deed() -> str:
            self._outgoing.request(asker(request), asked)
            return f"{path_of('archives', name, 'outgoing')}?{urlencode(typed.pairs)}"

        try:
            return done_once(self._repeated, request, sent, deed, archive=name)
        except (ConflictError, InvalidInputError, NotFoundError) as error:
            if error.reason is not None:  # of the form that was sent twice
                raise
            return _page(request, name, typed, faults={"selection": error})

    def tar(self, request: Request) -> Response:
        """All files of one source's upload in one, as the command line makes them.

        Asked for the head only, nothing is made, and the size is not told.
        """
        name = self._checked(request)
        source, version = request.path_params["source"], request.path_params["version"]
        if request.path_params["file"] != tar_name(source, version):
            raise NotFoundError(
                f"the files of {source} {version} are named {tar_name(source, version)}"
            )
        who = asker(request)
        found = self._outgoing.parts(who, name, source, version)
        at = int(found.at.timestamp())
        parts = OutgoingParts(
            source=source,
            version=version,
            entry=found.entry,
            at=at,
            sizes={file: size for file, size, _ in found.files},
        )
        headers = {
            **FILE_HEADERS,
            "Content-Disposition": f'attachment; filename="{tar_name(source, version)}"',
        }
        if request.method == "HEAD":
            return StreamingResponse(iter(()), media_type=TAR_TYPE, headers=headers)
        tar = self._tars.tar(
            who.name,
            lambda place, watch: make_outgoing_source(
                place,
                parts,
                lambda file: self._outgoing.file(who, name, source, version, file).path,
                with_original=request.query_params.get("with") == WITH_ORIGINAL,
                watch=watch,
            ),
            at=at,
        )
        return TarResponse(tar, headers)

    @staticmethod
    def _checked(request: Request) -> str:
        """The archive's name, if it is there and whoever asks may ask for such sources."""
        name: str = reader_of(request).archive(request.path_params["name"])["name"]
        require(asker(request), Action.REQUEST_REBUILD, name)
        return name

    def _begun(self, who: Principal) -> Typed:
        """The empty form, with whoever fills it in as the maintainer."""
        if who.person_id is None:
            return Typed()
        person = self._people.person(who, who.name).person
        if person.email is None:
            return Typed()
        return replace(Typed(), maintainer=f"{person.name} <{person.email}>")


def tar_name(source: str, version: str) -> str:
    """The name of the file that holds all files of one source's upload."""
    return f"{source}_{Version.parse(version).without_epoch}_source.tar"


def _page(
    request: Request,
    name: str,
    typed: Typed,
    *,
    faults: Faults | None = None,
    plan: OutgoingPlan | None = None,
) -> Response:
    archive = reader_of(request).archive(name)
    errors: list[VostokError] = list((faults or {}).values())
    return page(
        request,
        "outgoing.html",
        max(map(status_of, errors), default=200),
        now=reader_of(request).now(),
        archive=archive,
        address=path_of("archives", name, "outgoing"),
        typed=typed,
        faults=faults or {},
        plan=plan,
        query=urlencode(typed.pairs),
        sources=plan.sources[:SHOWN_MAX] if plan else (),
        refused=plan.refused[:SHOWN_MAX] if plan else (),
        new=[source for source in plan.sources if source.rebuild_no is not None] if plan else [],
        tar_name=tar_name,
        schemes=[scheme for scheme in VersionScheme if scheme is not VersionScheme.SAME],
        key=new_key(),
    )
