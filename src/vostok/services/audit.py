"""The log of who did what: one line in the transaction that does it."""

from vostok.domain.access import SYSTEM, Principal
from vostok.services.ports import Clock
from vostok.services.repositories import Transaction


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
