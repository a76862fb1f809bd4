"""Revisions of what people edit, and requests that are only to be done if one still holds."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from vostok.domain.access import Action, Principal, is_allowed, unknown_archive
from vostok.domain.revision import Revision, Thing, ThingKind
from vostok.errors import ChangedError, GoneError, NotFoundError
from vostok.services.edited_things import EDITED
from vostok.services.repositories import Database, Transaction

REVISIONS_NAMED_MAX: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """That a thing stands as in one of some revisions; of none: that it is there.

    Attributes:
        parts: only these have to stand so, for whoever has seen no others; None: all.
        is_of_reader: whether whoever asks may read the thing. For others it never holds, and
            they are told what they are told of none.
    """

    thing: Thing
    revisions: Sequence[str]
    parts: frozenset[str] | None = None
    is_of_reader: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenThing:
    """How a thing stands in one moment: its revision, and the values that may be told."""

    revision: str
    values: Mapping[str, object]


class RevisionService:
    """Tells how things stand that people edit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, principal: Principal, thing: Thing) -> SeenThing:
        """How a thing stands now, for whoever may read it.

        Raises:
            NotAllowedError: the principal may not.
            NotFoundError: there is no such thing.
        """
        with self._database.read() as transaction:
            EDITED[thing.kind].check_reader(transaction, principal, thing)
            values = EDITED[thing.kind].values(transaction, thing)
            return SeenThing(revision=_revision(values).text, values=_told(thing, values))


def _revision(values: Mapping[str, object]) -> Revision:
    return Revision(parts={part: repr(value) for part, value in values.items()})


def _told(thing: Thing, values: Mapping[str, object]) -> dict[str, object]:
    """What may be told of the values, as a document has them; of one suite alone, its own."""
    untold = EDITED[thing.kind].untold
    return {
        part: value[0]
        if thing.kind is ThingKind.ARCHIVE and isinstance(value, list) and len(value) == 1
        else value
        for part, value in values.items()
        if part not in untold
    }


def check(transaction: Transaction, condition: Condition) -> None:
    """Nothing, if the condition holds; the thing stays so until the transaction ends.

    Raises:
        ChangedError: it does not; what is otherwise is named.
        NotFoundError: there is no such thing, as far as whoever asks may know.
    """
    if not condition.is_of_reader:
        raise unknown_archive(condition.thing.name)
    EDITED[condition.thing.kind].lock(transaction, condition.thing)
    refuse_changed(transaction, condition)


def check_beforehand(
    transaction: Transaction, principal: Principal, condition: Condition
) -> Condition:
    """The same of this moment, for whoever may read it, before a service asks for the right.

    Returns:
        what is to hold when the deed is done; of an archive that whoever asks may not read, it
        never does, so that only the service tells why.

    Raises:
        ChangedError: it does not hold.
        NotAllowedError: whoever may not read the thing cannot have seen it.
        NotFoundError: there is no such thing; of an archive the service tells that.
    """
    thing = condition.thing
    if thing.kind is ThingKind.ARCHIVE:
        if not is_allowed(principal, Action.VIEW, thing.name):
            return replace(condition, is_of_reader=False)
        with suppress(NotFoundError, GoneError):
            refuse_changed(transaction, condition)
        return condition
    EDITED[thing.kind].check_reader(transaction, principal, thing)
    refuse_changed(transaction, condition)
    return condition


def refuse_changed(transaction: Transaction, condition: Condition) -> None:
    """The same of this moment only."""
    thing = condition.thing
    values = EDITED[thing.kind].values(transaction, thing)
    revision = _revision(values)
    if not condition.revisions or revision.text in condition.revisions:
        return
    changed = revision.changed_since(condition.revisions[0])
    if changed is not None and condition.parts is not None:
        changed = [part for part in changed if part in condition.parts]
        if not changed:
            return
    words = "it is none of its revisions" if changed is None else f"changed: {', '.join(changed)}"
    now = _told(thing, values)
    raise ChangedError(
        f"{thing} is not as it was seen: {words}",
        hint="look at it again, then decide again",
        changed=changed or [],
        now={part: now[part] for part in changed or [] if part in now},
    )
