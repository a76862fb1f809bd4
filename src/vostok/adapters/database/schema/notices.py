"""What happened in an archive and left no other row from which it could be told later."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import (
    identity,
    integer,
    metadata,
    moment,
    reference,
    text,
)

notice = sa.Table(
    "notice",
    metadata,
    identity(),
    reference("archive_id", "archive.id"),
    moment("at"),
    text("topic"),  # `NewsTopic`
    text("actor"),
    text("subject"),
    text("title"),
    text("sentence"),
    integer("campaign", nullable=True),  # its number
    text("job_id", nullable=True),
    sa.Index("ix_notice_archive_id_id", "archive_id", "id"),
    sqlite_autoincrement=True,
)
