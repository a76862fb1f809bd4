"""Source and binary releases with their paragraphs and files; shared by all archives."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import (
    identity,
    integer,
    metadata,
    moment,
    reference,
    text,
)

stanza = sa.Table(
    "stanza",
    metadata,
    identity(),
    sa.Column("sha256", sa.LargeBinary(32), nullable=False, unique=True),
    text("text"),
    sqlite_autoincrement=True,
)
source_release = sa.Table(
    "source_release",
    metadata,
    identity(),
    text("name"),
    text("version"),
    text("architecture"),
    text("directory"),
    sa.Column("is_extra", sa.Boolean, nullable=False),  # Extra-Source-Only: kept for I7, not taken
    reference("stanza_id", "stanza.id"),
    sa.UniqueConstraint("stanza_id"),
    sa.Index(None, "name"),
    sa.Index(None, "directory"),
    sqlite_autoincrement=True,
)
source_file = sa.Table(
    "source_file",
    metadata,
    reference("source_id", "source_release.id"),
    text("name"),
    integer("size"),
    text("sha256"),
    sa.PrimaryKeyConstraint("source_id", "name"),
    sa.Index(None, "sha256"),
)
binary_release = sa.Table(
    "binary_release",
    metadata,
    identity(),
    text("name"),
    text("version"),
    text("architecture"),
    text("source_name"),
    text("source_version"),
    text("filename"),
    integer("size"),
    text("sha256"),
    reference("stanza_id", "stanza.id"),
    sa.UniqueConstraint("stanza_id"),
    sa.Index(None, "name"),
    sa.Index(None, "source_name"),
    sa.Index(None, "filename"),
    sa.Index(None, "sha256"),
    sqlite_autoincrement=True,
)
# Bad answers of mirrors, remembered so that nobody waits for the same one again at once.
file_answer = sa.Table(
    "file_answer",
    metadata,
    text("sha256"),
    text("url"),
    moment("at"),
    text("status"),
    text("message"),
    sa.PrimaryKeyConstraint("sha256", "url"),
)
