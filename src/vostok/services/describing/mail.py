"""What persons are told of by mail, as documents."""

from datetime import datetime

from vostok.documents.subscriptions import (
    LetterView,
    MailAddressView,
    SubscriptionView,
)
from vostok.domain.delivery import Delivery
from vostok.domain.mail import Subscription, names_of
from vostok.services.telling.subscriptions import MailOfPerson


def subscription_document(subscription: Subscription) -> SubscriptionView:
    """A subscription as it is shown."""
    return {
        "number": subscription.number,
        "archive": subscription.archive,
        "campaign": subscription.campaign,
        "topics": names_of(subscription.topics),
        "created_at": subscription.created_at.isoformat(),
    }


def mail_address_document(found: MailOfPerson) -> MailAddressView:
    """Where a person gets mail, as it is shown."""
    address = found.address
    is_known = address is not None and address.address == found.person.email
    return {
        "person": found.person.name,
        "address": found.person.email or "",
        "is_confirmed": found.is_confirmed,
        "is_mailed": found.is_mailed,
        "sentence": address.sentence if address is not None and is_known else "was not asked",
        "asked_at": _said(None if address is None else address.asked_at),
        "confirmed_at": _said(address.confirmed_at if address and is_known else None),
    }


def letter_document(letter: Delivery) -> LetterView:
    """A letter as it is shown; not what it said."""
    return {
        "id": letter.id,
        "key": letter.key,
        "kind": letter.topic,
        "state": letter.state,
        "attempts": letter.attempts,
        "next_at": _said(letter.next_at),
        "status": letter.status,
        "answer": letter.answer,
        "created_at": letter.created_at.isoformat(),
    }


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
