"""Limits on archives, persons and teams, and how much archives use of them."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import (
    identity,
    integer,
    metadata,
    moment,
    reference,
    text,
)

# One subject is named: an archive, a person, a team, or all that have no row of their own.
quota = sa.Table(
    "quota",
    metadata,
    identity(),
    reference("archive_id", "archive.id", nullable=True),
    reference("person_id", "person.id", nullable=True),
    reference("team_id", "team.id", nullable=True),
    text("default_of", nullable=True),  # `archive` or `person`
    integer("archives_max", nullable=True),
    integer("builds_max", nullable=True),
    integer("bytes_max", nullable=True),
    text("set_by"),
    moment("set_at"),
    sa.UniqueConstraint("archive_id"),
    sa.UniqueConstraint("person_id"),
    sa.UniqueConstraint("team_id"),
    sa.UniqueConstraint("default_of"),
    sqlite_autoincrement=True,
)
# Counted when something is entered: summing it up would read all files of all attempts.
archive_usage = sa.Table(
    "archive_usage",
    metadata,
    sa.Column("archive_id", sa.Integer, sa.ForeignKey("archive.id"), primary_key=True),
    integer("build_bytes"),  # files that attempts brought
    integer("log_bytes"),
    integer("upload_bytes"),  # files of accepted uploads
    integer("fetched_bytes"),  # files of parents that were fetched ahead
)
