"""No-change sources that were made as files for other archives."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, seconds
from vostok.domain.outgoing import OutgoingSource, Wording

_OUTGOING = schema.outgoing_source


class SqlOutgoing:
    """Implements `services.repositories.Outgoing`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def put(self, archive_id: int, sources: Sequence[OutgoingSource]) -> None:
        """Note new ones; their versions are taken for good."""
        if sources:
            self._connection.execute(
                _OUTGOING.insert(), [_values(archive_id, source) for source in sources]
            )

    def worded(self, archive_id: int, wording: Wording) -> dict[tuple[str, str], OutgoingSource]:
        """(source, its version) -> the one that was made of it in these words.

        O(outgoing sources of the archive).
        """
        rows = self._connection.execute(
            sa.select(_OUTGOING).where(
                _OUTGOING.c.archive_id == archive_id,
                *(_OUTGOING.c[name] == value for name, value in wording._asdict().items()),
            )
        )
        return {(row.source, row.source_version): _outgoing(row) for row in rows}

    def find(self, archive_id: int, source: str, version: str) -> OutgoingSource | None:
        """The one of that version."""
        row = self._connection.execute(
            sa.select(_OUTGOING).where(
                _OUTGOING.c.archive_id == archive_id,
                _OUTGOING.c.source == source,
                _OUTGOING.c.version == version,
            )
        ).first()
        return None if row is None else _outgoing(row)

    def versions(self, archive_id: int) -> list[tuple[str, str]]:
        """(source, version) of all that were made."""
        rows = self._connection.execute(
            sa.select(_OUTGOING.c.source, _OUTGOING.c.version).where(
                _OUTGOING.c.archive_id == archive_id
            )
        )
        return [(row.source, row.version) for row in rows]


def _values(archive_id: int, outgoing: OutgoingSource) -> dict[str, object]:
    return {
        "archive_id": archive_id,
        "source": outgoing.source,
        "source_version": outgoing.source_version,
        "version": outgoing.version,
        "warning": outgoing.warning,
        "distribution": outgoing.distribution,
        "maintainer": outgoing.maintainer,
        "reason": outgoing.reason,
        "scheme": outgoing.scheme,
        "requested_by": outgoing.requested_by,
        "at": seconds(outgoing.at),
    }


def _outgoing(row: sa.Row[Any]) -> OutgoingSource:
    return OutgoingSource(
        source=row.source,
        source_version=row.source_version,
        version=row.version,
        warning=row.warning,
        distribution=row.distribution,
        maintainer=row.maintainer,
        reason=row.reason,
        scheme=row.scheme,
        requested_by=row.requested_by,
        at=moment(row.at),
    )
