"""Builders: what they can build, when they last asked for work, and what is decided about them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.attempts import attempt_value
from vostok.adapters.database.rows import insert_new, moment_or_none, seconds
from vostok.domain.build import Attempt
from vostok.domain.builder import Builder, BuilderState

_TABLE, _ATTEMPT = schema.builder, schema.attempt


class SqlBuilders:
    """Implements `services.repositories.Builders`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> Builder | None:
        """The builder of that name, if it was added or ever asked for work."""
        return self._first(sa.select(_TABLE).where(_TABLE.c.name == name))

    def lock(self, name: str) -> Builder | None:
        """The same, which stays as it is until this transaction ends."""
        return self._first(sa.select(_TABLE).where(_TABLE.c.name == name).with_for_update())

    def _first(self, query: sa.Select[Any]) -> Builder | None:
        row = self._connection.execute(query).first()
        return None if row is None else _builder(row)

    def saw(self, name: str, architectures: Sequence[str], at: datetime) -> None:
        """Note that a builder asked for work."""
        values = {"architectures": list(architectures), "seen_at": seconds(at)}
        self._put(name, values)

    def admit(self, name: str, *, by: str, at: datetime) -> None:
        """Let a builder in, as one that was added by hand; also one that was removed."""
        self._put(
            name,
            {
                "state": BuilderState.ACTIVE, "reason": None, "changed_by": by,
                "changed_at": seconds(at), "added_by": by, "added_at": seconds(at),
            },
        )  # fmt: skip

    def _put(self, name: str, values: Mapping[str, object]) -> None:
        new = {"name": name, "architectures": [], "state": BuilderState.ACTIVE, **values}
        if not insert_new(self._connection, _TABLE, new):
            self._update(name, values)

    def own(self, name: str, *, by: str, at: datetime) -> None:
        """Note that a builder has a token of its own, if it had none."""
        self._connection.execute(
            _TABLE.update()
            .where(_TABLE.c.name == name, _TABLE.c.added_by.is_(None))
            .values(added_by=by, added_at=seconds(at))
        )

    def set_state(
        self, name: str, state: BuilderState, *, reason: str | None, by: str, at: datetime
    ) -> None:
        """Say whether builds are handed to a builder, and why."""
        values = {"state": state, "reason": reason, "changed_by": by, "changed_at": seconds(at)}
        self._update(name, values)

    def _update(self, name: str, values: Mapping[str, object]) -> None:
        self._connection.execute(_TABLE.update().where(_TABLE.c.name == name).values(values))

    def all(self) -> list[Builder]:
        """All builders by name."""
        rows = self._connection.execute(sa.select(_TABLE).order_by(_TABLE.c.name))
        return [_builder(row) for row in rows]

    def running_attempts(self, name: str) -> list[Attempt]:
        """The attempts of a builder that have not ended, the oldest first. O(attempts).

        For a writing transaction: they stay as they are until it ends.
        """
        rows = self._connection.execute(
            sa.select(_ATTEMPT)
            .where(_ATTEMPT.c.builder == name, _ATTEMPT.c.finished_at.is_(None))
            .order_by(_ATTEMPT.c.id)
            .with_for_update(key_share=True)
        )
        return [attempt_value(row) for row in rows]


def _builder(row: sa.Row[Any]) -> Builder:
    return Builder(
        name=row.name,
        architectures=tuple(row.architectures),
        seen_at=moment_or_none(row.seen_at),
        state=BuilderState(row.state),
        reason=row.reason,
        changed_by=row.changed_by,
        changed_at=moment_or_none(row.changed_at),
        added_by=row.added_by,
        added_at=moment_or_none(row.added_at),
    )
