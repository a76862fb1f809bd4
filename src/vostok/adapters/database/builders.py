"""Builders: that they exist, what they can build, when they last asked for work."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, seconds
from vostok.domain.build import Builder

_TABLE = schema.builder


class SqlBuilders:
    """Implements `services.repositories.Builders`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> Builder | None:
        """The builder of that name, if it ever asked for work."""
        row = self._connection.execute(sa.select(_TABLE).where(_TABLE.c.name == name)).first()
        if row is None:
            return None
        return Builder(
            name=row.name, architectures=tuple(row.architectures), seen_at=moment(row.seen_at)
        )

    def saw(self, name: str, architectures: Sequence[str], at: datetime) -> None:
        """Note that a builder asked for work."""
        values = {"architectures": list(architectures), "seen_at": seconds(at)}
        updated = self._connection.execute(
            _TABLE.update().where(_TABLE.c.name == name).values(values)
        )
        if not updated.rowcount:
            self._connection.execute(_TABLE.insert().values(name=name, state="active", **values))

    def all(self) -> list[Builder]:
        """All builders by name."""
        rows = self._connection.execute(sa.select(_TABLE).order_by(_TABLE.c.name))
        return [
            Builder(
                name=row.name, architectures=tuple(row.architectures), seen_at=moment(row.seen_at)
            )
            for row in rows
        ]
