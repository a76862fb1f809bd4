"""Who is told of news by mail, and the letters that are, were or will be sent."""

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

# A person's address, and whether they said that it is theirs by the link that was sent there.
mail_address = sa.Table(
    "mail_address",
    metadata,
    identity(),
    reference("person_id", "person.id"),
    text("address"),
    text("nonce"),  # links are made of it and of a key that is not in the database
    text("sentence"),
    moment("asked_at", nullable=True),  # when a link was sent last
    moment("confirmed_at", nullable=True),
    sa.UniqueConstraint("person_id"),
    sqlite_autoincrement=True,
)
subscription = sa.Table(
    "subscription",
    metadata,
    identity(),
    reference("person_id", "person.id"),
    reference("archive_id", "archive.id", index=True),
    integer("campaign"),  # its number; 0: the whole archive
    document("topics"),
    text("position"),  # `NewsPosition`: letters were made of what lies before it
    moment("created_at"),
    sa.UniqueConstraint("person_id", "archive_id", "campaign"),
    sqlite_autoincrement=True,
)
letter = sa.Table(
    "letter",
    metadata,
    identity(),
    reference("person_id", "person.id"),
    text("key"),  # of its Message-ID, the same in every attempt
    text("item"),  # a person gets one letter of each
    text("topic"),  # `LetterKind`
    text("payload"),
    text("state"),  # `DeliveryState`
    integer("attempts"),
    moment("next_at", nullable=True),
    integer("status", nullable=True),
    text("answer"),
    moment("created_at"),
    sa.UniqueConstraint("person_id", "item"),
    sa.Index("ix_letter_due", "state", "next_at"),
    sqlite_autoincrement=True,
)
