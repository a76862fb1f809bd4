"""Who answers for a webhook: nothing is sent outside that they may not see themselves."""

from dataclasses import replace

from vostok.domain.access import Action, Principal, is_allowed
from vostok.domain.webhook import Webhook, WebhookState
from vostok.errors import NotFoundError
from vostok.services.people.rights import with_rights
from vostok.services.repositories import Database, Transaction


def switch_off_unanswered(database: Database) -> None:
    """Switch off all whose archive the person who answers for them may not see any more.

    A few reads for each webhook that is on.
    """
    with database.read() as transaction:
        webhooks = transaction.webhooks.switched_on()
        lost = [one.number for one in webhooks if _reason_to_stop(transaction, one)]
    for number in lost:  # each in a transaction of its own, which looks again
        with database.write() as transaction:
            lock_answered(transaction, number)


def lock_answered(transaction: Transaction, number: int) -> Webhook | None:
    """A webhook, locked; switched off if whoever answers for it may not see its archive now."""
    webhook = transaction.webhooks.lock(number)
    if webhook is None or webhook.state is WebhookState.OFF:
        return webhook
    reason = _reason_to_stop(transaction, webhook)
    if reason is None:
        return webhook
    transaction.webhooks.set_state(number, WebhookState.OFF, f"was switched off: {reason}")
    return replace(webhook, state=WebhookState.OFF)


def _reason_to_stop(transaction: Transaction, webhook: Webhook) -> str | None:
    """Why nothing may be sent on behalf of whoever answers for it; None if it may."""
    try:
        person = transaction.people.named(webhook.answerable)
    except NotFoundError:  # a token of the installation
        return None
    if person.disabled_at is not None:
        return f"{person.name}, who answers for it, was shut out"
    whole = Principal(name=person.name, role=person.role, person_id=person.id)
    if not is_allowed(with_rights(transaction, whole), Action.VIEW, webhook.archive):
        return f"{person.name}, who answers for it, may not see {webhook.archive} any more"
    return None
