"""Jobs, and the requests that came with a key of their sender's."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import identity, integer, metadata, moment, text

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    text("kind"),
    text("archive", nullable=True),
    text("state"),
    text("message"),
    sa.Column("arguments", sa.JSON, nullable=False),
    integer("done"),
    integer("total"),
    text("unit"),
    sa.Column("error", sa.JSON, nullable=True),
    sa.Column("result", sa.JSON, nullable=True),
    sa.Column("is_cancel_asked", sa.Boolean, nullable=False),
    text("requested_by"),
    moment("created_at"),
    moment("started_at", nullable=True),
    moment("finished_at", nullable=True),
)
# The logs of jobs. A line goes with its job, even one that is written while that is deleted.
job_line = sa.Table(
    "job_line",
    metadata,
    identity(),
    sa.Column(
        "job_id", sa.Text, sa.ForeignKey("job.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    moment("at"),
    text("kind"),
    text("text"),
    integer("done"),
    integer("total"),
    text("unit"),
    sqlite_autoincrement=True,
)
# Requests of forms that carried a key: asked again, they get the first job.
request_key = sa.Table(
    "request_key",
    metadata,
    text("principal"),
    text("key"),
    text("digest"),
    text("job_id"),
    moment("at"),
    sa.PrimaryKeyConstraint("principal", "key"),
)
# Requests to the API that came with a key: sent again, they get the first answer.
repeated_request = sa.Table(
    "repeated_request",
    metadata,
    text("person"),
    text("operation"),  # method and address
    text("key_hash"),
    text("digest"),  # of all that it said
    text("archive", nullable=True),  # the name that it said
    integer("status", nullable=True),
    text("media_type", nullable=True),
    sa.Column("content", sa.LargeBinary, nullable=True),  # zlib; null if it is not kept
    moment("expires_at"),
    sa.PrimaryKeyConstraint("person", "operation", "key_hash"),
    sa.Index("ix_repeated_request_expires_at", "expires_at"),
)
