"""The log of who did what: one line in the transaction that does it."""

from typing import Final

from vostok.domain.access import SYSTEM, Principal
from vostok.services.ports import Clock
from vostok.services.repositories import Transaction

QUOTED_CHARACTERS_MAX: Final = 300
"""Of somebody's own words within a sentence, so that they leave room for the rest of it."""


def quoted(text: str) -> str:
    """Somebody's own words as a part of a sentence: one line, bounded."""
    line = " ".join(text.split())
    if len(line) <= QUOTED_CHARACTERS_MAX:
        return line
    return f"{line[: QUOTED_CHARACTERS_MAX - 1]}…"


def note(
    transaction: Transaction,
    clock: Clock,
    principal: Principal,
    action: str,
    *,
    archive: str | None = None,
    subject: str = "",
    detail: str = "",
) -> None:
    """Have the audit log tell of something. What Vostok does by itself it does not tell.

    Args:
        transaction: the one that does it, so that there is no deed without its line.
        clock: says when.
        principal: who.
        action: an `Action`, or the kind of the job that was asked for.
        archive: in which; None for what is of no archive.
        subject: what it was done to; the archive if nothing is said.
        detail: one sentence with the values.
    """
    if principal == SYSTEM:
        return
    transaction.audit.note(
        at=clock.now(),
        actor=principal.name,
        action=action,
        archive=archive,
        subject=subject or archive or "the installation",
        detail=detail,
    )
