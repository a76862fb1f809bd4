"""Forms of things that two people may edit: what was seen of a thing, and what became of it since.

A form carries the revision of what it shows, and the values. Whoever comes second gets the form
again with all that they typed, and is told what was changed from what to what, by whom if they
may know; sent again, it is done over that.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from vostok.bootstrap import Services
from vostok.documents.rights import AuditEntryView
from vostok.domain.access import Action
from vostok.domain.audit import AuditFilter
from vostok.domain.revision import Thing, ThingKind
from vostok.entrypoints.pages.filters import byte_size, grouped
from vostok.entrypoints.pages.meanwhile import ENTRIES_SHOWN_MAX, seen_in
from vostok.entrypoints.pages.visits import Form, asker, visit_of
from vostok.errors import ChangedError, NotAllowedError, NotFoundError, VostokError
from vostok.services.deed_terms import terms_of_request
from vostok.services.describing.rights import audit_document
from vostok.services.revisions import Condition

VALUES_CHARACTERS_MAX: Final = 100_000
SHOWN_CHARACTERS_MAX: Final = 300
PARTS: Final[Mapping[str, str]] = {
    "is_own": "limits of its own",
    "bytes": "files and logs",
    "builds": "unfinished builds",
    "topics": "what is sent",
    "is_disabled": "shut out",
    "answerable": "who answers",
    "sources": "derivation",
}
"""Words for parts whose name says it to programs only."""
TAKING: Final = frozenset({"id", "state", "selection", "sources"})
"""The parts of an archive that decide what a sync, a selection or a removal does."""
_OF_ARCHIVES: Final = frozenset({ThingKind.ARCHIVE, ThingKind.ARCHIVE_LIMITS, ThingKind.WEBHOOK})
_SUBJECTS: Final[Mapping[ThingKind, str]] = {
    ThingKind.ARCHIVE: "{name}",
    ThingKind.ARCHIVE_LIMITS: "archive {name}",
    ThingKind.PERSON_LIMITS: "person {name}",
    ThingKind.TEAM_LIMITS: "team {name}",
    ThingKind.DEFAULT_LIMITS: "every {name}",
    ThingKind.TEAM: "team {name}",
    ThingKind.PERSON: "person {name}",
    ThingKind.BUILDER: "builder {name}",
    ThingKind.WEBHOOK: "webhook {number}",
    ThingKind.TOOLCHAIN: "toolchain {name}",
}
"""How the audit log names what was done something to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownThing:
    """A thing as a form shows it: its revision, and the values as JSON."""

    revision: str
    values: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A part of a thing that somebody changed, in words; None where it is not told."""

    part: str
    before: str | None
    now: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """What others changed of a thing while a form of it was open, and who did what."""

    thing: Thing
    differences: Sequence[Difference]
    entries: Sequence[AuditEntryView]


def shown_thing(services: Services, request: Request, thing: Thing) -> ShownThing | None:
    """What a form carries of a thing; None for whoever may not read it, and gets no form."""
    try:
        seen = services.revisions.of(asker(request), thing)
    except (NotAllowedError, NotFoundError):
        return None
    return ShownThing(revision=seen.revision, values=json.dumps(seen.values, default=str))


@contextmanager
def as_it_was_seen(
    services: Services,
    request: Request,
    sent: Form,
    thing: Thing,
    parts: frozenset[str] | None = None,
) -> Iterator[None]:
    """What is asked for within is done only if the thing is as the form showed it.

    Args:
        services: of this server.
        request: that brought the form.
        sent: the form; one without a revision is done whatever was changed.
        thing: what is changed.
        parts: of the thing that the form is about; None: all.

    Raises:
        ChangedError: it is not, from here or from the service that is asked within.
    """
    condition = condition_in(sent, thing, parts)
    if condition is None:
        yield
        return
    with terms_of_request():
        services.repeated_requests.begin(asker(request), None, condition)
        yield


def condition_in(
    sent: Form, thing: Thing, parts: frozenset[str] | None = None
) -> Condition | None:
    """That a thing is as a form showed it; None of a form that says of no revision."""
    revision = sent.text("revision")
    return Condition(thing=thing, revisions=[revision], parts=parts) if revision else None


def clash_of(
    services: Services,
    request: Request,
    error: VostokError | None,
    sent: Form | None,
    thing: Thing,
) -> Clash | None:
    """What was changed meanwhile, if that is why a form was refused."""
    if not isinstance(error, ChangedError) or sent is None:
        return None
    before = _values_in(sent)
    return Clash(
        thing=thing,
        differences=[
            Difference(
                part=PARTS.get(part, part),
                before=_words(part, before[part]) if part in before else None,
                now=_words(part, error.now[part]) if part in error.now else None,
            )
            for part in error.changed
        ],
        entries=_entries(services, request, sent, thing),
    )


def _values_in(sent: Form) -> Mapping[str, object]:
    """The values that a form showed; none where it does not say."""
    try:
        found = json.loads(sent.text("seen")[:VALUES_CHARACTERS_MAX])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _words(part: str, value: object) -> str:
    match value:
        case None | "" | []:
            found = "none"
        case bool():
            found = "yes" if value else "no"
        case int():
            found = byte_size(value) if part == "bytes" else grouped(value)
        case list() | tuple():
            found = ", ".join(map(str, value))
        case _:
            found = str(value)
    return found[:SHOWN_CHARACTERS_MAX]


def _entries(
    services: Services, request: Request, sent: Form, thing: Thing
) -> list[AuditEntryView]:
    """Who did something to the thing since the form was shown, for whoever may read that."""
    is_of_archive, visit = thing.kind in _OF_ARCHIVES, visit_of(request)
    may_read = (
        visit.may(Action.SEE_RIGHTS, thing.name) if is_of_archive else visit.may(Action.SEE_AUDIT)
    )
    if not may_read or thing.kind not in _SUBJECTS:
        return []
    subject = _SUBJECTS[thing.kind].format(name=thing.name, number=thing.number)
    wanted = AuditFilter(
        archive=thing.name if is_of_archive else None,
        since=seen_in(sent).at,
        text=subject,
        count=ENTRIES_SHOWN_MAX,
    )
    found = services.rights.audit(asker(request), wanted)
    return [audit_document(entry) for entry in found if entry.subject == subject]
