"""Quotas: what everybody uses of what they may have, as bars, and a form to change each limit."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents import ArchiveView
from vostok.documents.quotas import QuotaView
from vostok.domain.archive import ArchiveKind
from vostok.domain.effect import Effect
from vostok.domain.quota import GIB, Limits, Subject, SubjectKind
from vostok.domain.revision import Thing
from vostok.entrypoints.pages.addresses import archive_path
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.clashes import as_it_was_seen, clash_of, shown_thing
from vostok.entrypoints.pages.filters import byte_size, grouped
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.rights import PREVIEW, TOLD
from vostok.entrypoints.pages.table_columns import QUOTAS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, Form, asker, reader_of, redirection
from vostok.errors import ChangedError, InvalidInputError, NotFoundError, VostokError
from vostok.services.describing.effects import effects_document
from vostok.services.describing.quotas import quota_document
from vostok.services.edited_things import SUBJECTS
from vostok.services.people.quotas import require_to_manage

ROWS_SHOWN_MAX: Final = 500
FIELDS: Final = ("archives", "builds", "gib")
NEARLY_PERCENT: Final = 80
"""From so much on a bar is of another colour."""

FULL_PERCENT: Final = 100
HEADINGS: Final[Mapping[str, str]] = {
    SubjectKind.ARCHIVE: "Archives",
    SubjectKind.PERSON: "Persons",
    SubjectKind.TEAM: "Teams",
    SubjectKind.DEFAULT: "All others",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One limit as a bar.

    Attributes:
        noun: what is counted.
        percent: of the limit, at most 100; None: there is no limit.
        text: the numbers, for everybody.
        fill: the colour's name.
    """

    noun: str
    percent: float | None
    text: str
    fill: str

    @property
    def sentence(self) -> str:
        """What the bar says, for those who do not see it."""
        return f"{self.noun}: {self.text}"


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the pages and their forms."""
    pages = _QuotaPages(services)
    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/quotas{suffix}", pages.look_at_all)
    for suffix in (".json", ""):
        door.add_page(router, f"/quotas/{{kind}}/{{name}}{suffix}", pages.look)
    door.add_deed(router, "/quotas/{kind}/{name}", pages.set)
    door.add_deed(router, "/quotas/{kind}/{name}/remove", pages.remove)


def gauges(found: QuotaView) -> list[Gauge]:
    """A bar for each limit that a subject can have."""
    limits, usage = found["limits"], found["usage"]
    shown = [
        ("archives", usage["archives"], limits["archives"], grouped),
        ("unfinished builds", usage["builds"], limits["builds"], grouped),
        ("files and logs", usage["bytes"], limits["bytes"], byte_size),
    ]
    if SubjectKind.ARCHIVE in (found["kind"], found["name"]):
        shown = shown[1:]
    found_gauges = [_gauge(noun, used, limit, told) for noun, used, limit, told in shown]
    if limits["bytes"] is not None and usage["bytes"] >= limits["bytes"]:
        last = found_gauges[-1]
        found_gauges[-1] = replace(last, text=f"{last.text}: full, no build begins")
    return found_gauges


def _gauge(noun: str, used: int, limit: int | None, told: Any) -> Gauge:  # noqa: ANN401 - a filter
    if limit is None:
        return Gauge(noun=noun, percent=None, text=f"{told(used)}, no limit", fill="accent")
    share = FULL_PERCENT if used >= limit else 100 * used / limit
    fill = "bad" if share >= FULL_PERCENT else "waiting" if share >= NEARLY_PERCENT else "accent"
    return Gauge(
        noun=noun, percent=round(share, 1), text=f"{told(used)} of {told(limit)}", fill=fill
    )


class _QuotaPages:
    """The list, and one subject with the form."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._quotas = services.quotas

    def look_at_all(self, request: Request) -> Response:
        found = [quota_document(used) for used in self._quotas.all(asker(request))]
        if wants_json(request):
            return data({"quotas": found})
        if wants_csv(request):
            return csv_answer(request, Table(name="quotas", columns=QUOTAS, rows=found))
        groups = [
            (kind, HEADINGS[kind], [each for each in found if each["kind"] == kind])
            for kind in HEADINGS
        ]
        return page(
            request,
            "quotas.html",
            now=reader_of(request).now(),
            groups=groups,
            gauges=gauges,
            rows_max=ROWS_SHOWN_MAX,
        )

    def look(self, request: Request) -> Response:
        return self._one(request)

    def set(self, request: Request, sent: Form) -> Response:
        subject = _subject(request)
        try:
            require_to_manage(asker(request), subject)
            limits = _limits(sent)
            if sent.text("do") == PREVIEW:
                plan = self._services.dry_runs.set_limits(asker(request), subject, limits)
                return self._one(request, sent=sent, plan=plan.effects)
            with self._as_seen(request, sent, subject):
                self._quotas.set(asker(request), subject, limits)
        except TOLD as error:
            return self._one(request, error=error, sent=sent)
        return redirection(_back(subject))

    def remove(self, request: Request, sent: Form) -> Response:
        subject = _subject(request)
        try:
            if sent.text("do") == PREVIEW:
                plan = self._services.dry_runs.remove_limits(asker(request), subject)
                return self._one(request, plan=plan.effects)
            with self._as_seen(request, sent, subject):
                self._quotas.remove(asker(request), subject)
        except ChangedError as error:
            return self._one(request, error=error, sent=sent)
        return redirection(_back(subject))

    def _as_seen(
        self, request: Request, sent: Form, subject: Subject
    ) -> AbstractContextManager[None]:
        return as_it_was_seen(self._services, request, sent, _thing(subject))

    def _one(
        self,
        request: Request,
        *,
        error: VostokError | None = None,
        sent: Form | None = None,
        plan: Sequence[Effect] | None = None,
    ) -> Response:
        subject = _subject(request)
        shown = shown_thing(self._services, request, _thing(subject))
        found = quota_document(self._quotas.of(asker(request), subject))
        if wants_json(request):
            return data(found)
        return page(
            request,
            "quota.html",
            200 if error is None else status_of(error),
            now=reader_of(request).now(),
            found=found,
            subject=subject,
            gauges=gauges(found),
            made=_made(request, subject),
            rows_max=ROWS_SHOWN_MAX,
            has_archives=SubjectKind.ARCHIVE not in (subject.kind, subject.name),
            values=_sent_values(sent) if sent and _is_typed(sent) else _values(found),
            shown=shown,
            plan=None if plan is None else effects_document(plan),
            clash=clash_of(self._services, request, error, sent, _thing(subject)),
            error=error,
        )


def _subject(request: Request) -> Subject:
    kind, name = request.path_params["kind"], request.path_params["name"]
    is_default = kind == SubjectKind.DEFAULT
    if kind not in set(SubjectKind) or (
        is_default and name not in {SubjectKind.ARCHIVE, SubjectKind.PERSON}
    ):
        raise NotFoundError(
            f"nothing that can have limits is called {kind[:40]} {name[:40]}",
            hint="see what has: vostok quota list",
        )
    return Subject(kind=SubjectKind(kind), name=name)


def _thing(subject: Subject) -> Thing:
    kind = next(kind for kind, of in SUBJECTS.items() if of is subject.kind)
    return Thing(kind=kind, name=subject.name)


def _made(request: Request, subject: Subject) -> list[ArchiveView]:
    """The archives that count for a person, as far as whoever asks may know of them, by name."""
    if subject.kind is not SubjectKind.PERSON:
        return []
    known = reader_of(request).archives()
    mine = (each for each in known if each.get("requested_by") == subject.name)
    derived = (each for each in mine if each["kind"] == ArchiveKind.DERIVED)
    return sorted(derived, key=lambda each: each["name"])


def _back(subject: Subject) -> str:
    """Where to go after a change: to an archive's page, or to the list."""
    return archive_path(subject.name) if subject.kind is SubjectKind.ARCHIVE else "/quotas"


def _values(found: QuotaView) -> dict[str, str]:
    """What the fields of the form hold: the limits, bytes in GiB."""
    limits = found["limits"]
    size = limits["bytes"]
    return {
        "archives": "" if limits["archives"] is None else str(limits["archives"]),
        "builds": "" if limits["builds"] is None else str(limits["builds"]),
        "gib": "" if size is None else f"{size / GIB:.3f}".rstrip("0").rstrip("."),
    }


def _is_typed(sent: Form) -> bool:
    """Whether the form had fields; the one that takes limits away has none."""
    return any(map(sent.has, FIELDS))


def _sent_values(sent: Form) -> dict[str, str]:
    """What was typed, to be shown again."""
    return {name: sent.text(name) for name in FIELDS}


def _limits(sent: Form) -> Limits:
    """The limits that a form asks for; an empty field is none.

    Raises:
        InvalidInputError: a field holds no number.
    """
    return Limits(
        archives=_count(sent, "archives"),
        builds=_count(sent, "builds"),
        bytes=_bytes(sent),
    )


def _count(sent: Form, name: str) -> int | None:
    text = sent.text(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise InvalidInputError(
            f"{text[:40]!r} is no number of {name}", hint="give digits, or leave it empty"
        )
    return int(text[:30])


def _bytes(sent: Form) -> int | None:
    text = sent.text("gib")
    if not text:
        return None
    try:
        size = float(text[:30]) * GIB
        return round(size)
    except (ValueError, OverflowError):
        raise InvalidInputError(
            f"{text[:40]!r} is no number of GiB", hint="for example 20 or 0.5, or leave it empty"
        ) from None
