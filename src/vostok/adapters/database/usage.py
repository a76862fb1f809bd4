"""How many bytes archives use, counted whenever something is entered."""

from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from vostok.adapters.database import schema

_USAGE = schema.archive_usage
_COLUMNS = ("build_bytes", "log_bytes", "upload_bytes", "fetched_bytes")
Kind = Literal["build_bytes", "log_bytes", "upload_bytes", "fetched_bytes"]


def add_usage(connection: sa.Connection, archive_id: int, kind: Kind, size: int) -> None:
    """Count bytes that came to an archive; fewer than none of those that went."""
    if not size:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dict.fromkeys(_COLUMNS, 0) | {"archive_id": archive_id, kind: size}
    connection.execute(
        dialect.insert(_USAGE)
        .values(row)
        .on_conflict_do_update(
            index_elements=[_USAGE.c.archive_id], set_={kind: _USAGE.c[kind] + size}
        )
    )


def archive_of_attempt(connection: sa.Connection, attempt_id: int) -> int:
    """The archive in which an attempt is made."""
    build, attempt = schema.build, schema.attempt
    archive_id: int = connection.execute(
        sa.select(build.c.archive_id)
        .join(attempt, attempt.c.build_id == build.c.id)
        .where(attempt.c.id == attempt_id)
    ).scalar_one()
    return archive_id
