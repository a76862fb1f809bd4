"""No-change sources that were made as files for other archives."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import metadata, moment, reference, text

# Everything that the files are made of but the source itself, so that they can be made again.
outgoing_source = sa.Table(
    "outgoing_source",
    metadata,
    reference("archive_id", "archive.id"),
    text("source"),
    text("source_version"),  # the one that it differs from by one changelog entry
    text("version"),
    text("warning"),
    text("distribution"),
    text("maintainer"),
    text("reason"),
    text("scheme"),  # by which it is versioned, with the vendor's word
    text("requested_by"),
    moment("at"),
    sa.PrimaryKeyConstraint("archive_id", "source", "version"),
)
