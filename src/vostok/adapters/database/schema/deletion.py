"""What is left of deleted archives, and what has yet to go with one."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import flag, integer, metadata, moment, text

# What is left of a deleted archive: its address answers 410 until the name is used again.
tombstone = sa.Table(
    "tombstone",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    text("kind"),
    integer("archive_id"),
    moment("at"),
    text("deleted_by"),
    flag("is_private"),  # whether only administrators, and who deleted it, are told
    sa.Column("report", sa.JSON, nullable=False),
)
# What may have to go with an archive whose rows are gone already; empty between deletions.
deletion_candidate = sa.Table(
    "deletion_candidate",
    metadata,
    integer("archive_id"),
    text("kind"),
    text("name"),
    integer("size", nullable=True),
    sa.Column("is_shared", sa.Boolean, nullable=False),
    sa.Column("is_done", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("archive_id", "kind", "name"),
)
