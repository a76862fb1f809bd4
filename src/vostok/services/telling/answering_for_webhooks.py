"""Who answers for a webhook: nothing is sent outside that they may not see themselves."""

from dataclasses import dataclass, replace
from functools import cache

from vostok.domain.access import Action, Principal, Role, is_allowed
from vostok.domain.webhook import Webhook, WebhookState
from vostok.errors import GoneError, NotFoundError
from vostok.services.people.rights import with_rights
from vostok.services.repositories import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answering:
    """A person who answers for webhooks.

    Attributes:
        principal: they, with all their rights.
        ended: why nothing is done on their behalf; None if it may be.
    """

    principal: Principal
    ended: str | None


def switch_off_unanswered(database: Database) -> None:
    """Switch off all whose archive the person who answers for them may not see any more.

    A few reads for each person, however many webhooks they answer for.
    """
    with database.read() as transaction:
        answering = cache(lambda name: _answering(transaction, name))
        lost = [
            webhook.number
            for webhook in transaction.webhooks.switched_on()
            if _reason_to_stop(answering(webhook.answerable), webhook)
        ]
    for number in lost:  # each in a transaction of its own, which looks again
        with database.write() as transaction:
            lock_answered(transaction, number)


def lock_answered(transaction: Transaction, number: int) -> Webhook | None:
    """A webhook, locked; switched off if whoever answers for it may not see its archive now."""
    webhook = transaction.webhooks.lock(number)
    if webhook is None or webhook.state is WebhookState.OFF:
        return webhook
    reason = _reason_to_stop(_answering(transaction, webhook.answerable), webhook)
    if reason is None:
        return webhook
    transaction.webhooks.set_state(number, WebhookState.OFF, f"was switched off: {reason}")
    return replace(webhook, state=WebhookState.OFF)


def _answering(transaction: Transaction, name: str) -> _Answering | None:
    """Who answers, as they are now; None for a token of the installation."""
    try:
        person = transaction.people.named(name)
    except GoneError:
        gone = Principal(name=name, role=Role.MEMBER)
        return _Answering(principal=gone, ended="was deleted")
    except NotFoundError:
        return None
    whole = Principal(name=person.name, role=person.role, person_id=person.id)
    ended = "was shut out" if person.is_shut_out else None
    return _Answering(principal=with_rights(transaction, whole), ended=ended)


def _reason_to_stop(who: _Answering | None, webhook: Webhook) -> str | None:
    """Why nothing may be sent on behalf of whoever answers for it; None if it may."""
    if who is None:
        return None
    name = who.principal.name
    if who.ended:
        return f"{name}, who answers for it, {who.ended}"
    if not is_allowed(who.principal, Action.VIEW, webhook.archive):
        return f"{name}, who answers for it, may not see {webhook.archive} any more"
    return None
