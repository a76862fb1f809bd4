"""Addresses outside that are told of news, and what is, was or will be sent to them."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import (
    document,
    identity,
    integer,
    metadata,
    moment,
    reference,
    text,
)

webhook = sa.Table(
    "webhook",
    metadata,
    identity(),
    reference("archive_id", "archive.id", index=True),
    text("address"),
    document("topics"),
    text("nonce"),  # the secret is made of it and of a key that is not in the database
    text("state"),  # `WebhookState`
    text("sentence"),
    text("position"),  # `NewsPosition`: deliveries were made of what lies before it
    text("created_by"),
    text("answerable"),  # who added it or switched it on last
    moment("created_at"),
    sqlite_autoincrement=True,
)
webhook_delivery = sa.Table(
    "webhook_delivery",
    metadata,
    identity(),
    reference("webhook_id", "webhook.id"),
    text("key"),
    text("item"),  # `NewsItem.key`
    text("topic"),
    text("payload"),
    text("state"),  # `DeliveryState`
    integer("attempts"),
    moment("next_at", nullable=True),
    integer("status", nullable=True),
    text("answer"),
    moment("created_at"),
    sa.UniqueConstraint("webhook_id", "item"),
    sa.Index("ix_webhook_delivery_due", "state", "next_at"),
    sqlite_autoincrement=True,
)
