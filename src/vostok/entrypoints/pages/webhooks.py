"""Webhooks of an archive, for who administers it: where news are sent, and what came of it."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.domain.access import Action, require
from vostok.domain.news import TOLD_BY_DEFAULT, NewsTopic
from vostok.domain.revision import Thing, ThingKind
from vostok.domain.webhook import ADDRESS_CHARACTERS_MAX, WEBHOOKS_OF_ARCHIVE_MAX, WebhookState
from vostok.entrypoints.pages.addresses import path_of
from vostok.entrypoints.pages.asked import is_number, wants_json
from vostok.entrypoints.pages.clashes import as_it_was_seen, clash_of, shown_thing
from vostok.entrypoints.pages.list_pieces import list_piece
from vostok.entrypoints.pages.narrowing import narrowing
from vostok.entrypoints.pages.responses import data, page, status_of, unkept
from vostok.entrypoints.pages.rights import TOLD
from vostok.entrypoints.pages.table_columns import DELIVERIES, WEBHOOKS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import InvalidInputError, NotFoundError, VostokError
from vostok.services.describing import filtering
from vostok.services.describing.webhooks import delivery_document, webhook_document
from vostok.services.telling.webhooks import WebhookChange, WebhookRequest

ALL: Final = "/archives/{name}/webhooks"
ONE: Final = f"{ALL}/{{number}}"
TOPICS: Final = frozenset({"topics"})
"""The part of a webhook that its form is about; to pause it or switch it on says one state."""
NUMBER_MAX: Final = (1 << 31) - 1


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages and their forms."""
    pages = _WebhookPages(services)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, ALL + suffix, pages.look_at_all)
        door.add_page(router, ONE + suffix, pages.look)
    door.add_deed(router, ALL, pages.add)
    door.add_deed(router, ONE, pages.change)
    door.add_deed(router, f"{ONE}/switch", pages.switch)
    door.add_deed(router, f"{ONE}/test", pages.test)
    door.add_deed(router, f"{ONE}/remove", pages.remove)
    door.add_deed(router, f"{ONE}/deliveries/{{delivery}}/again", pages.redeliver)


class _WebhookPages:
    """The list with its form to add one, and one webhook with its newest deliveries."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._webhooks = services.webhooks

    def look_at_all(self, request: Request) -> Response:
        return self._list(request)

    def look(self, request: Request) -> Response:
        return self._one(request)

    def add(self, request: Request, sent: Form) -> Response:
        """Answers with the page of the new one: its secret is in no address."""
        try:
            asked = WebhookRequest(
                archive=_archive(request), address=sent.text("address"), topics=_topics(sent)
            )
            webhook, secret = self._webhooks.add(asker(request), asked)
        except TOLD as error:
            return self._list(request, error=error, sent=sent)
        return unkept(self._one(request, number=webhook.number, secret=secret))

    def change(self, request: Request, sent: Form) -> Response:
        try:
            topics = _topics(sent)
            if not topics:
                raise InvalidInputError("nothing is chosen", hint="choose what to send, or pause")
            with as_it_was_seen(self._services, request, sent, self._thing(request), TOPICS):
                self._change(request, WebhookChange(topics=topics))
        except TOLD as error:
            return self._one(request, error=error, sent=sent)
        return redirection(_path(request))

    def switch(self, request: Request, sent: Form) -> Response:
        require(asker(request), Action.CHANGE_ARCHIVE, _archive(request))
        state = sent.text("state")
        if state not in set(WebhookState):
            raise InvalidInputError(f"a webhook cannot be {state[:40]!r}")
        self._change(request, WebhookChange(state=WebhookState(state)))
        return redirection(_path(request))

    def _thing(self, request: Request, number: int | None = None) -> Thing:
        number = _number(request, "number") if number is None else number
        return Thing(kind=ThingKind.WEBHOOK, name=_archive(request), number=number)

    def _change(self, request: Request, change: WebhookChange) -> None:
        self._webhooks.change(
            asker(request), _archive(request), _number(request, "number"), change
        )

    def test(self, request: Request, _sent: Form) -> Response:
        try:
            self._webhooks.test(asker(request), _archive(request), _number(request, "number"))
        except TOLD as error:
            return self._one(request, error=error)
        return redirection(_path(request))

    def remove(self, request: Request, _sent: Form) -> Response:
        self._webhooks.remove(asker(request), _archive(request), _number(request, "number"))
        return redirection(path_of("archives", _archive(request), "webhooks"))

    def redeliver(self, request: Request, _sent: Form) -> Response:
        number, delivery = _number(request, "number"), _number(request, "delivery")
        try:
            self._webhooks.redeliver(asker(request), _archive(request), number, delivery)
        except TOLD as error:
            return self._one(request, error=error)
        return redirection(_path(request))

    def _list(
        self, request: Request, *, error: VostokError | None = None, sent: Form | None = None
    ) -> Response:
        name = _archive(request)
        every = self._webhooks.of_archive(asker(request), name)
        narrowed = narrowing(request, state=WebhookState)
        found = filtering.WEBHOOKS.wanted(map(webhook_document, every), narrowed.wanted)
        if wants_json(request):
            return data({"webhooks": found})
        if wants_csv(request):
            return csv_answer(request, Table(name="webhooks", columns=WEBHOOKS, rows=found))
        return page(
            request,
            "webhooks.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            archive=name,
            is_derived=reader_of(request).archive(name)["kind"] == "derived",
            base=path_of("archives", name, "webhooks"),
            piece=list_piece(
                request, path_of("archives", name, "webhooks"), found, narrowed=narrowed
            ),
            total=len(every),
            webhooks_max=WEBHOOKS_OF_ARCHIVE_MAX,
            address_max=ADDRESS_CHARACTERS_MAX,
            topics=list(NewsTopic),
            chosen=sorted(TOLD_BY_DEFAULT) if sent is None else sent.all("topic"),
            typed="" if sent is None else sent.text("address"),
            error=error,
        )

    def _one(
        self,
        request: Request,
        *,
        number: int | None = None,
        secret: str | None = None,
        error: VostokError | None = None,
        sent: Form | None = None,
    ) -> Response:
        name = _archive(request)
        number = _number(request, "number") if number is None else number
        thing = self._thing(request, number)
        shown = shown_thing(self._services, request, thing)
        webhook, deliveries = self._webhooks.show(asker(request), name, number)
        document = webhook_document(webhook)
        told = [delivery_document(delivery) for delivery in deliveries]
        if wants_json(request):
            return data({**document, "deliveries": told})
        if wants_csv(request):
            return csv_answer(request, Table(name="deliveries", columns=DELIVERIES, rows=told))
        return page(
            request,
            "webhook.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            archive=name,
            base=path_of("archives", name, "webhooks", number),
            webhook=document,
            deliveries=told,
            topics=list(NewsTopic),
            chosen=document["topics"] if sent is None else sent.all("topic"),
            shown=shown,
            clash=clash_of(self._services, request, error, sent, thing),
            secret=secret,
            error=error,
        )


def _archive(request: Request) -> str:
    name: str = request.path_params["name"]
    return name


def _path(request: Request) -> str:
    return path_of("archives", _archive(request), "webhooks", _number(request, "number"))


def _number(request: Request, what: str) -> int:
    text: str = request.path_params[what]
    if not is_number(text) or not 1 <= int(text) <= NUMBER_MAX:
        raise NotFoundError(f"the archive has no webhook or delivery {text[:40]}")
    return int(text)


def _topics(sent: Form) -> frozenset[NewsTopic]:
    chosen = sent.all("topic")
    if unknown := [topic for topic in chosen if topic not in set(NewsTopic)]:
        raise InvalidInputError(f"there is no topic {unknown[0][:40]!r}")
    return frozenset(map(NewsTopic, chosen))
