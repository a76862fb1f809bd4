"""Tombstones: what is left of deleted archives."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, seconds
from vostok.domain.deletion import Tombstone

_TOMBSTONE = schema.tombstone


class SqlTombstones:
    """Implements `services.repositories.Tombstones`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def put(self, tombstone: Tombstone) -> None:
        """Set it, in the place of an older one of the name."""
        self.remove(tombstone.name)
        self._connection.execute(
            _TOMBSTONE.insert().values(
                name=tombstone.name,
                kind=tombstone.kind,
                archive_id=tombstone.archive_id,
                at=seconds(tombstone.at),
                deleted_by=tombstone.deleted_by,
                is_private=tombstone.is_private,
                report=tombstone.report,
            )
        )

    def find(self, name: str) -> Tombstone | None:
        """The tombstone of a name; none while an archive has the name."""
        return find_tombstone(self._connection, name)

    def all(self) -> list[Tombstone]:
        """All tombstones, the newest first."""
        rows = self._connection.execute(sa.select(_TOMBSTONE).order_by(_TOMBSTONE.c.at.desc()))
        return [_value(row) for row in rows]

    def set_report(self, archive_id: int, report: dict[str, object]) -> None:
        """Write on the tombstone of an archive, if it still stands."""
        self._connection.execute(
            _TOMBSTONE.update().where(_TOMBSTONE.c.archive_id == archive_id).values(report=report)
        )

    def remove(self, name: str) -> None:
        """Take a tombstone away."""
        self._connection.execute(_TOMBSTONE.delete().where(_TOMBSTONE.c.name == name))

    def before(self, at: datetime) -> list[str]:
        """Names on tombstones that were set before a moment, but on those of private archives."""
        return list(
            self._connection.execute(
                sa.select(_TOMBSTONE.c.name)
                .where(_TOMBSTONE.c.at < seconds(at), ~_TOMBSTONE.c.is_private)
                .order_by(_TOMBSTONE.c.name)
            ).scalars()
        )


def find_tombstone(connection: sa.Connection, name: str) -> Tombstone | None:
    """The same for other repositories."""
    row = connection.execute(sa.select(_TOMBSTONE).where(_TOMBSTONE.c.name == name)).first()
    return None if row is None else _value(row)


def _value(row: sa.Row[Any]) -> Tombstone:
    return Tombstone(
        name=row.name,
        kind=row.kind,
        archive_id=row.archive_id,
        at=moment(row.at),
        deleted_by=row.deleted_by,
        is_private=row.is_private,
        report=row.report,
    )
