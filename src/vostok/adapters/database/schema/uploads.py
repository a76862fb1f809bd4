"""Uploads of people, and the files that wait for the .changes that names them."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import (
    identity,
    integer,
    metadata,
    moment,
    reference,
    text,
)

# One .changes that was judged: accepted whole, or not at all.
upload = sa.Table(
    "upload",
    metadata,
    identity(),
    reference("archive_id", "archive.id", index=True),
    reference("suite_id", "suite.id", nullable=True),
    reference("person_id", "person.id", nullable=True, index=True),
    text("uploaded_by"),
    text("signed_by"),  # fingerprint of the primary key, or ""
    text("changes_name"),
    text("changes_sha256"),
    # Of signer, moment and text; null for what was refused, so that one is accepted once.
    text("signature_sha256", nullable=True),
    text("source"),
    text("version"),
    text("state"),  # `UploadState`
    text("sentence"),
    moment("at"),
    sa.UniqueConstraint("signature_sha256"),
    sqlite_autoincrement=True,
)
upload_file = sa.Table(
    "upload_file",
    metadata,
    reference("upload_id", "upload.id"),
    text("name"),
    integer("size"),
    text("sha256"),
    sa.PrimaryKeyConstraint("upload_id", "name"),
    sa.Index(None, "sha256"),
)
# What a client has sent and no .changes has claimed yet. Bounded, and it expires.
spool_file = sa.Table(
    "spool_file",
    metadata,
    reference("archive_id", "archive.id"),
    text("owner"),  # name of the principal who sent it
    text("name"),
    integer("size"),
    text("sha256"),
    moment("at"),
    sa.PrimaryKeyConstraint("archive_id", "owner", "name"),
    sa.Index(None, "sha256"),
)
