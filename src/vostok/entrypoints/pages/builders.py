"""Builders: all of them, and each with what it builds and what can be done about it."""

from contextlib import AbstractContextManager

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents.builders import KnownBuilderView
from vostok.domain.access import Action, require
from vostok.domain.builder import BuilderState
from vostok.domain.revision import Thing, ThingKind
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.clashes import as_it_was_seen, clash_of, shown_thing
from vostok.entrypoints.pages.list_pieces import list_piece
from vostok.entrypoints.pages.narrowing import narrowing
from vostok.entrypoints.pages.responses import data, page, status_of, unkept
from vostok.entrypoints.pages.rights import TOLD
from vostok.entrypoints.pages.table_columns import BUILDERS, BUILDERS_AT_WORK
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection, server_url
from vostok.errors import ChangedError, InvalidInputError, VostokError
from vostok.services.describing import filtering
from vostok.services.describing.builders import builder_document


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages and their forms."""
    pages = _BuilderPages(services)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/builders{suffix}", pages.look_at_all)
        door.add_page(router, f"/builders/{{name}}{suffix}", pages.look)
    door.add_deed(router, "/builders", pages.add)
    door.add_deed(router, "/builders/{name}/pause", pages.pause)
    door.add_deed(router, "/builders/{name}/resume", pages.resume)
    door.add_deed(router, "/builders/{name}/remove", pages.remove)
    door.add_deed(router, "/builders/{name}/token", pages.renew_token)
    door.add_deed(router, "/builders/{name}/token/revoke", pages.revoke_token)


class _BuilderPages:
    """The list with its form to add one, and one builder with its deeds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._builders = services.builders

    def look_at_all(self, request: Request) -> Response:
        return self._list(request)

    def look(self, request: Request) -> Response:
        return self._one(request, request.path_params["name"])

    def add(self, request: Request, sent: Form) -> Response:
        try:
            known, token = self._builders.add(asker(request), sent.text("name"))
        except TOLD as error:
            return self._list(request, error=error, sent=sent)
        return unkept(self._one(request, known.builder.name, token=token))

    def renew_token(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        try:
            with self._as_seen(request, sent):
                token = self._builders.renew_token(asker(request), name)
        except TOLD as error:
            return self._one(request, name, error=error, sent=sent)
        return unkept(self._one(request, name, token=token))

    def revoke_token(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        try:
            with self._as_seen(request, sent):
                self._builders.revoke_token(asker(request), name)
        except ChangedError as error:
            return self._one(request, name, error=error, sent=sent)
        return redirection(path_of("builders", name))

    def pause(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        try:
            with self._as_seen(request, sent):
                self._builders.pause(asker(request), name, sent.text("reason"))
        except TOLD as error:
            return self._one(request, name, error=error, sent=sent)
        return redirection(path_of("builders", name))

    def resume(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        try:
            with self._as_seen(request, sent):
                self._builders.resume(asker(request), name)
        except TOLD as error:
            return self._one(request, name, error=error, sent=sent)
        return redirection(path_of("builders", name))

    def remove(self, request: Request, sent: Form) -> Response:
        name: str = request.path_params["name"]
        try:
            require(asker(request), Action.MANAGE_BUILDERS, f"builder {name}")
            if sent.text("confirm") != name:
                raise InvalidInputError(
                    f"{name} was not removed: its name was not typed",
                    hint="type the name of the builder beside the button",
                )
            with self._as_seen(request, sent):
                self._builders.remove(asker(request), name, sent.text("reason"))
        except TOLD as error:
            return self._one(request, name, error=error, sent=sent)
        return redirection(path_of("builders", name))

    def _as_seen(self, request: Request, sent: Form) -> AbstractContextManager[None]:
        thing = _thing(request.path_params["name"])
        return as_it_was_seen(self._services, request, sent, thing)

    def _list(
        self, request: Request, *, error: VostokError | None = None, sent: Form | None = None
    ) -> Response:
        now = reader_of(request).now()
        known = self._builders.all(asker(request))
        narrowed = narrowing(request, state=BuilderState)
        builders = filtering.BUILDERS.wanted(
            (builder_document(each, now) for each in known), narrowed.wanted
        )
        if wants_json(request):
            return data({"builders": builders})
        if wants_csv(request):
            return csv_answer(request, Table(name="builders", columns=BUILDERS, rows=builders))
        return page(
            request,
            "builders.html",
            200 if error is None else status_of(error),
            now=now,
            piece=list_piece(request, "/builders", builders, narrowed=narrowed),
            builders_total=len(known),
            error=error,
            sent=sent or Form([]),
            live=any(builder["at_work"] for builder in builders),
        )

    def _one(
        self,
        request: Request,
        name: str,
        *,
        token: str = "",
        error: VostokError | None = None,
        sent: Form | None = None,
    ) -> Response:
        now = reader_of(request).now()
        shown = shown_thing(self._services, request, _thing(name))
        builder: KnownBuilderView = builder_document(self._builders.one(asker(request), name), now)
        if wants_json(request):
            return data(builder)
        if wants_csv(request):
            table = Table(name="builds", columns=BUILDERS_AT_WORK, rows=builder["at_work"])
            return csv_answer(request, table)
        return page(
            request,
            "builder.html",
            200 if error is None else status_of(error),
            now=now,
            builder=builder,
            base=path_of("builders", name),
            url=server_url(request),
            token=token,
            shown=shown,
            clash=clash_of(self._services, request, error, sent, _thing(name)),
            error=error,
            sent=sent or Form([]),
        )


def _thing(name: str) -> Thing:
    return Thing(kind=ThingKind.BUILDER, name=name)
