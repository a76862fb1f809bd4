"""Who may ask for something: persons, their keys, and what tokens stand for."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import identity, metadata, moment, reference, text

person = sa.Table(
    "person",
    metadata,
    identity(),
    text("name"),
    text("email"),  # empty of a robot
    text("role"),
    text("created_by"),
    moment("created_at"),
    moment("disabled_at", nullable=True),
    text("disabled_by_manager", nullable=True),  # who can let them in again; null: administrators
    text("password_hash", nullable=True),  # argon2id; None: signs in nowhere
    # of a password that is only for choosing another one
    moment("password_good_until", nullable=True),
    sa.UniqueConstraint("name"),
    sqlite_autoincrement=True,
)
# A person that is a program: it has no address, no password and no session.
robot = sa.Table(
    "robot",
    metadata,
    sa.Column(
        "person_id",
        sa.Integer,
        sa.ForeignKey("person.id"),
        primary_key=True,
        autoincrement=False,
    ),
    text("purpose"),
    reference("answerable_id", "person.id", index=True),  # while they are shut out, so is it
    moment("deleted_at", nullable=True),  # the name stays taken: what it did names it
)
# Somebody who manages people by a grant has handed the person a way in, and may know of more: what
# the guarantor may not do, the person may not either until an administrator vouches for them.
guarantee = sa.Table(
    "guarantee",
    metadata,
    identity(),
    reference("person_id", "person.id"),
    reference("guarantor_id", "person.id", index=True),
    moment("since"),
    sa.UniqueConstraint("person_id", "guarantor_id"),
    sqlite_autoincrement=True,
)
# An OpenPGP certificate that a person signs uploads with.
person_key = sa.Table(
    "person_key",
    metadata,
    identity(),
    reference("person_id", "person.id", index=True),
    text("fingerprint"),  # of the primary key, upper case
    text("certificate"),  # armoured
    text("added_by"),
    moment("added_at"),
    moment("revoked_at", nullable=True),
    sa.UniqueConstraint("fingerprint"),
    sqlite_autoincrement=True,
)
token = sa.Table(
    "token",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    text("name"),
    text("role"),
    text("scope"),  # one `TokenScope`, or several with spaces between, as RFC 6749 writes them
    reference("person_id", "person.id", nullable=True, index=True),
    reference(
        "archive_id", "archive.id", nullable=True, index=True
    ),  # the only one it is good for
    moment("created_at"),
    moment("expires_at", nullable=True),
    moment("used_at", nullable=True),
    moment("revoked_at", nullable=True),
    # Not unique: one for an archive that whoever makes another may not know of bars no name.
    sa.Index("ix_token_of_person", "person_id", "name"),
)
# Somebody at a provider of identities (OpenID Connect), who is that person here.
person_identity = sa.Table(
    "person_identity",
    metadata,
    identity(),
    reference("person_id", "person.id", index=True),
    text("issuer"),
    text("subject"),
    moment("linked_at"),
    moment("unlinked_at", nullable=True),  # kept, so that it does not sign in by its address again
    moment("withdrawn_at", nullable=True),  # by an administrator: its owner cannot link it again
    sa.UniqueConstraint("issuer", "subject"),
    sqlite_autoincrement=True,
)
# Somebody who signed in at the pages: a person, or an installation's token.
session = sa.Table(
    "session",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),  # of the secret in the cookie
    reference("person_id", "person.id", nullable=True, index=True),
    text("token_hash", nullable=True),
    moment("created_at"),
    moment("expires_at"),
    text("address", nullable=True),  # from where it was begun
    text("agent", nullable=True),  # what the browser called itself then
)
