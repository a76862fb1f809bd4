"""Jobs, and the requests that asked for them."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import integer, metadata, moment, text

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
# Requests that carried a key of their sender's: asked again, they get the first answer.
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
