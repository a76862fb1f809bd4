"""Who may do what: teams, and what was granted to them and to persons; and who did what."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import (
    document,
    identity,
    metadata,
    moment,
    reference,
    text,
)

team = sa.Table(
    "team",
    metadata,
    identity(),
    text("name"),
    text("created_by"),
    moment("created_at"),
    sa.UniqueConstraint("name"),
    sqlite_autoincrement=True,
)
# A person or another team in a team; one of the two ids is null.
team_member = sa.Table(
    "team_member",
    metadata,
    identity(),
    reference("team_id", "team.id"),
    reference("person_id", "person.id", nullable=True, index=True),
    reference("member_team_id", "team.id", nullable=True, index=True),
    text("put_in_by", nullable=True),  # null: before this was noted
    moment("put_in_at", nullable=True),
    sa.UniqueConstraint("team_id", "person_id"),
    sa.UniqueConstraint("team_id", "member_team_id"),
    sqlite_autoincrement=True,
)
# Never changed but for being revoked, so that it says who had a right when.
access_grant = sa.Table(
    "access_grant",
    metadata,
    identity(),
    reference("archive_id", "archive.id", nullable=True, index=True),  # null: on all of them
    reference("person_id", "person.id", nullable=True, index=True),
    reference("team_id", "team.id", nullable=True, index=True),
    text("right"),
    document("narrowed_to"),  # {"component", "sources": [pattern], "selection"}
    text("granted_by"),
    moment("granted_at"),
    text("revoked_by", nullable=True),
    moment("revoked_at", nullable=True),
    sqlite_autoincrement=True,
)
# Only ever added to: triggers of the database refuse to change a row or take one away.
audit_entry = sa.Table(
    "audit_entry",
    metadata,
    identity(),
    moment("at"),
    text("actor"),
    text("action"),
    text("archive", nullable=True),  # its name: the entry outlives it
    text("subject"),
    text("detail"),
    sa.Index("ix_audit_entry_at", "at", "id"),
    sa.Index("ix_audit_entry_actor", "actor", "at", "id"),
    sa.Index("ix_audit_entry_archive", "archive", "at", "id"),
    sa.Index("ix_audit_entry_action", "action", "at", "id"),
    sa.Index("ix_audit_entry_actor_action", "actor", "action", "at", "id"),
    sqlite_autoincrement=True,
)
