"""Webhooks and their deliveries as documents."""

from vostok.documents.webhooks import DeliveryView, WebhookView
from vostok.domain.delivery import Delivery
from vostok.domain.webhook import Webhook


def webhook_document(webhook: Webhook) -> WebhookView:
    """A webhook as it is shown."""
    return {
        "number": webhook.number,
        "archive": webhook.archive,
        "address": webhook.address,
        "topics": sorted(webhook.topics),
        "state": webhook.state,
        "sentence": webhook.sentence,
        "position": str(webhook.position),
        "created_by": webhook.created_by,
        "created_at": webhook.created_at.isoformat(),
    }


def delivery_document(delivery: Delivery) -> DeliveryView:
    """A delivery as it is shown."""
    return {
        "id": delivery.id,
        "key": delivery.key,
        "item": delivery.item,
        "topic": delivery.topic,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_at": None if delivery.next_at is None else delivery.next_at.isoformat(),
        "status": delivery.status,
        "answer": delivery.answer,
        "created_at": delivery.created_at.isoformat(),
    }
