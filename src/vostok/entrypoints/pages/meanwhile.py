"""Forms that are done only if what they change stands as it was seen; and what changed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request

from vostok.bootstrap import Services
from vostok.documents.rights import AuditEntryView
from vostok.domain.access import Action
from vostok.domain.audit import AuditFilter
from vostok.domain.revision import archive_thing
from vostok.entrypoints.pages.filters import moment
from vostok.entrypoints.pages.visits import Form, asker, visit_of
from vostok.services.deed_terms import terms_of_request
from vostok.services.describing.rights import audit_document
from vostok.services.revisions import Condition

ENTRIES_SHOWN_MAX: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How an archive stood when a form was shown.

    Attributes:
        revision: of the archive.
        at: when; None if the form does not say.
    """

    revision: str
    at: datetime | None


def seen_in(sent: Form) -> Seen:
    """What a form says of the moment in which it was shown."""
    return Seen(revision=sent.text("revision"), at=moment(sent.text("seen_at")))


@contextmanager
def if_still_so(
    services: Services, request: Request, seen: Seen, parts: frozenset[str]
) -> Iterator[None]:
    """What is asked for within is done only if these parts of the archive are as they were seen.

    Raises:
        ChangedError: they are not, from here or from the service that is asked within.
    """
    thing = archive_thing(request.path_params["name"])
    condition = Condition(thing=thing, revisions=[seen.revision], parts=parts)
    with terms_of_request():
        services.repeated_requests.begin(asker(request), None, condition)
        yield


def changes_of(
    services: Services, request: Request, actions: Collection[str], *, since: datetime | None
) -> list[AuditEntryView]:
    """Who did something of some kinds in an archive, and when, the newest first.

    Nothing for whoever may not read it: to change an archive and to read who did what in it is
    one right, but a token can be narrower.
    """
    name: str = request.path_params["name"]
    if not visit_of(request).may(Action.SEE_RIGHTS, name):
        return []
    found = [
        entry
        for action in actions
        for entry in services.rights.audit(
            asker(request),
            AuditFilter(archive=name, since=since, action=action, count=ENTRIES_SHOWN_MAX),
        )
    ]
    found.sort(key=lambda entry: (entry.at, entry.number), reverse=True)
    return [audit_document(entry) for entry in found[:ENTRIES_SHOWN_MAX]]
