"""An archive's packages: to look through them, take many of them out at once, and in again."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.revision import archive_thing
from vostok.domain.source_list import SourceGroup, SourceList
from vostok.entrypoints.pages.addresses import job_path, path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.clashes import (
    TAKING,
    Clash,
    as_it_was_seen,
    clash_of,
    shown_thing,
)
from vostok.entrypoints.pages.decision_groups import grouped_decisions
from vostok.entrypoints.pages.responses import data, page
from vostok.entrypoints.pages.table_columns import DECISIONS, SOURCES
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, Page, asker, reader_of, redirection
from vostok.errors import ChangedError, InvalidInputError
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.describing.records import sync_plan_document
from vostok.services.selection.source_listing import SourcePiece

CHANGED: Final = 409
ROWS_MAX: Final = 200
SOURCES_AT_ONCE_MAX: Final = 5_000
PIECES_SENT_MAX: Final = 200
TEXT_MAX: Final = 200
BINARIES_SHOWN_MAX: Final = 300
ADDRESS_CHARACTERS_MAX: Final = 2_000
"""Of a selection that is in an address; a longer one is in the form only."""
SECTIONS: Final = (
    "admin", "cli-mono", "comm", "database", "debug", "devel", "doc", "editors", "education",
    "electronics", "embedded", "fonts", "games", "gnome", "gnu-r", "gnustep", "graphics",
    "hamradio", "haskell", "httpd", "interpreters", "introspection", "java", "javascript", "kde",
    "kernel", "libdevel", "libs", "lisp", "localization", "mail", "math", "metapackages", "misc",
    "net", "news", "ocaml", "oldlibs", "otherosfs", "perl", "php", "python", "ruby", "rust",
    "science", "shells", "sound", "tasks", "tex", "text", "utils", "vcs", "video", "web", "x11",
    "xfce", "zope",
)  # fmt: skip
"""Debian Policy 2.4; only offered, any other may be typed."""


Answer = Callable[[Request, Form], Response]


class Deed(StrEnum):
    """What is done to packages."""

    REMOVE = "remove"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesQuery:
    """What the reader asked to see; each change of it is another address."""

    group: SourceGroup = SourceGroup.TAKEN
    text: str = ""
    component: str = ""
    section: str = ""
    after: str = ""
    before: str = ""

    @property
    def asked(self) -> SourceList:
        """The piece of the archive's list that this is."""
        return SourceList(
            group=self.group,
            text=self.text,
            component=self.component,
            section=self.section,
            after=self.after,
            before=self.before,
            limit=ROWS_MAX,
        )

    @property
    def given(self) -> Mapping[str, str]:
        """The fields of the address, but for where the piece begins; without the empty ones."""
        fields = {
            "show": "" if self.group == SourceGroup.TAKEN else str(self.group),
            "q": self.text,
            "component": self.component,
            "section": self.section,
        }
        return {name: value for name, value in fields.items() if value}

    def address(self, **changes: str) -> str:
        """This page's query with some of it changed, from the beginning unless told: `?…`."""
        changed = replace(self, **{"after": "", "before": "", **changes})  # type: ignore[arg-type]  # replace() checks the names, not mypy
        place = {"after": changed.after, "before": changed.before}
        given = {name: value for name, value in place.items() if value}
        return "?" + urlencode({**changed.given, **given})


def packages_query(parameters: Mapping[str, str]) -> PackagesQuery:
    """The query in an address or a form; what it does not know counts as not asked."""

    def text(name: str) -> str:
        return parameters.get(name, "")[:TEXT_MAX].strip()

    group = text("show")
    is_taken = group not in set(SourceGroup) or group == SourceGroup.TAKEN
    return PackagesQuery(
        group=SourceGroup.TAKEN if is_taken else SourceGroup(group),
        text=text("q"),
        component=text("component") if is_taken else "",
        section=text("section") if is_taken else "",
        after=text("after"),
        before="" if text("after") else text("before"),
    )


def packages_path(archive: str) -> str:
    """The page of an archive's packages."""
    return path_of("archives", archive, "packages")


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages and the forms."""
    pages = _Pages(services)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/archives/{{name}}/packages{suffix}", pages.packages)
    for deed in Deed:
        for suffix in (".json", ".csv"):
            path = f"/archives/{{name}}/packages/{deed}{suffix}"
            door.add_page(router, path, pages.decisions(deed))
    door.add_page(router, "/archives/{name}/packages/{deed}", pages.back)
    for deed in Deed:
        door.add_deed(router, f"/archives/{{name}}/packages/{deed}", pages.planned(deed))
        door.add_deed(router, f"/archives/{{name}}/packages/{deed}/now", pages.done(deed))


class _Pages:
    """Read, arrange, render; what changes something asks the services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def packages(self, request: Request) -> Response:
        return self._shown(request, packages_query(request.query_params))

    def back(self, request: Request) -> Response:
        return redirection(packages_path(request.path_params["name"]))

    def planned(self, deed: Deed) -> Answer:
        """The page that tells what the deed would do, by the service's dry run."""

        def answer(request: Request, sent: Form) -> Response:
            query = _query_of(sent)
            try:
                expression = self._expression(request, sent, query)
                return self._told(request, deed, expression, query)
            except InvalidInputError as error:
                return self._shown(request, query, error=error, sent=sent)

        return answer

    def decisions(self, deed: Deed) -> Page:
        """What the deed would decide of the selection in the address, whole, for programs."""

        def answer(request: Request) -> Response:
            selection = request.query_params.get("selection", "")
            wanted = _request(request.path_params["name"], deed, selection)
            plan = sync_plan_document(self._services.syncing.plan(asker(request), wanted))
            moving = [d for d in plan["decisions"] if d["before"] != d["after"]]
            if wants_json(request):
                return data({"selection": selection, **plan, "decisions": moving})
            return csv_answer(request, Table(name="decisions", columns=DECISIONS, rows=moving))

        return answer

    def done(self, deed: Deed) -> Answer:
        """The deed itself, as it was told."""

        def answer(request: Request, sent: Form) -> Response:
            expression = sent.text("selection")
            wanted = _request(request.path_params["name"], deed, expression)
            thing = archive_thing(wanted.archive)
            try:
                with as_it_was_seen(self._services, request, sent, thing, TAKING):
                    job = self._services.syncing.request(asker(request), wanted)
            except ChangedError as error:
                clash = clash_of(self._services, request, error, sent, thing)
                return self._told(request, deed, expression, PackagesQuery(), clash=clash)
            return redirection(job_path(job.id))

        return answer

    def _expression(self, request: Request, sent: Form, query: PackagesQuery) -> str:
        """The selection of what was ticked and typed; of all that match, their names.

        Raises:
            InvalidInputError: nothing was chosen.
        """
        typed = sent.text("names").replace("\r", "")
        chosen = sent.all("source")
        if sent.text("all"):
            if query.group is SourceGroup.TAKEN and not query.asked.is_narrowed:
                return "all"
            name = request.path_params["name"]
            chosen = self._services.source_lists.names(asker(request), name, query.asked)
        parts = [*dict.fromkeys(chosen), *([typed] if typed else [])]
        if not parts:
            raise InvalidInputError(
                "no package is chosen",
                hint="tick some, or «all that match», or type their names",
            )
        return ", ".join(parts)

    def _shown(
        self,
        request: Request,
        query: PackagesQuery,
        *,
        error: InvalidInputError | None = None,
        sent: Form | None = None,
    ) -> Response:
        name = request.path_params["name"]
        if wants_csv(request):
            rows = self._all_sources(request, name, query)
            return csv_answer(request, Table(name="sources", columns=SOURCES, rows=rows))
        piece = self._services.source_lists.piece(asker(request), name, query.asked)
        if wants_json(request):
            return data(_document(name, piece))
        return page(
            request,
            "packages.html",
            200 if error is None else 400,
            now=reader_of(request).now(),
            name=name,
            query=query,
            piece=piece,
            next=query.address(after=piece.sources[-1].name) if piece.goes_on else "",
            previous=""
            if piece.is_first or not piece.sources
            else query.address(before=piece.sources[0].name),
            deed=Deed.RESTORE if query.group is SourceGroup.REMOVED else Deed.REMOVE,
            sections=SECTIONS,
            error=error,
            typed="" if sent is None else sent.text("names"),
            ticked=frozenset() if sent is None else frozenset(sent.all("source")),
        )

    def _all_sources(
        self, request: Request, name: str, query: PackagesQuery
    ) -> Iterator[Mapping[str, object]]:
        """What the filter leaves, read a piece at a time; the first at once, as it may refuse."""
        who, lists = asker(request), self._services.source_lists
        asked = replace(query.asked, before="", limit=SOURCES_AT_ONCE_MAX)
        first = lists.piece(who, name, asked)

        def sources() -> Iterator[Mapping[str, object]]:
            piece = first
            for _ in range(PIECES_SENT_MAX):
                yield from (source._asdict() for source in piece.sources)
                if not piece.goes_on:
                    return
                piece = lists.piece(who, name, replace(asked, after=piece.sources[-1].name))

        return sources()

    def _told(
        self,
        request: Request,
        deed: Deed,
        expression: str,
        query: PackagesQuery,
        *,
        clash: Clash | None = None,
    ) -> Response:
        """What the deed would do, by the service's dry run."""
        wanted = _request(request.path_params["name"], deed, expression)
        shown = shown_thing(self._services, request, archive_thing(wanted.archive))
        outcome = self._services.syncing.plan(asker(request), wanted)
        moving = [d for d in outcome.decisions if d.before != d.after]
        gone = [d.source for d in moving if d.after is None]
        leaving = self._services.source_lists.leaving(asker(request), outcome.archive, gone)
        return page(
            request,
            "packages-change.html",
            CHANGED if clash else 200,
            shown=shown,
            clash=clash,
            now=reader_of(request).now(),
            name=outcome.archive,
            deed=deed,
            selection=expression,
            outcome=outcome,
            groups=grouped_decisions(moving),
            query=urlencode({"selection": expression})
            if len(expression) <= ADDRESS_CHARACTERS_MAX
            else "",
            count=len(moving),
            staying=sum(outcome.counts.values()) - len(moving),
            binaries=leaving.binaries[:BINARIES_SHOWN_MAX],
            binaries_total=len(leaving.binaries),
            own=leaving.own,
            back=packages_path(outcome.archive) + query.address(),
        )


def _query_of(sent: Form) -> PackagesQuery:
    fields = ("show", "q", "component", "section", "after", "before")
    return packages_query({name: sent.text(name) for name in fields})


def _request(name: str, deed: Deed, expression: str) -> SyncRequest:
    if deed is Deed.RESTORE:
        return SyncRequest(archive=name, restore=expression)
    return SyncRequest(archive=name, remove=expression)


def _document(name: str, piece: SourcePiece) -> dict[str, object]:
    return {
        "archive": name,
        "count": piece.count,
        "sources": [source._asdict() for source in piece.sources],
        "next": piece.sources[-1].name if piece.goes_on else None,
        "previous": None if piece.is_first or not piece.sources else piece.sources[0].name,
    }
