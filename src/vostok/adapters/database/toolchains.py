"""Toolchains and their immutable revisions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import inserted_id, moment, seconds
from vostok.domain.toolchain import spec_from_json
from vostok.domain.toolchain_revision import ToolchainRevision
from vostok.errors import ConflictError, NotFoundError

_TABLE = schema.toolchain
_LOCK: Final = 0x746F6F6C
"""Of PostgreSQL's advisory locks with two numbers, the first one: «tool»."""


class SqlToolchains:
    """Implements `services.ports.Toolchains`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self, name: str, revision: int, spec: Mapping[str, object], *, by: str, at: datetime
    ) -> ToolchainRevision:
        """A new revision.

        Raises:
            ConflictError: somebody else made a revision of that number meanwhile.
        """
        toolchain_id = inserted_id(
            self._connection,
            _TABLE,
            {
                "name": name,
                "revision": revision,
                "spec": dict(spec),
                "created_by": by,
                "created_at": seconds(at),
            },
        )
        if toolchain_id is None:
            raise ConflictError(
                f"somebody else made revision {revision} of the toolchain {name} meanwhile",
                hint=f"look at it: vostok toolchain show {name}",
            )
        return self.by_id(toolchain_id)

    def lock(self, name: str) -> None:
        """Have others who lock a toolchain of that name wait until this transaction ends.

        Nothing on SQLite, which has one writer at a time anyway.
        """
        if self._connection.dialect.name == "postgresql":
            lock = sa.func.pg_advisory_xact_lock(_LOCK, sa.func.hashtext(name))
            self._connection.execute(sa.select(lock))

    def newest(self, name: str) -> ToolchainRevision | None:
        """The newest revision of a toolchain."""
        row = self._connection.execute(
            sa.select(_TABLE)
            .where(_TABLE.c.name == name)
            .order_by(_TABLE.c.revision.desc())
            .limit(1)
        ).first()
        return None if row is None else _toolchain(row)

    def named(self, name: str) -> ToolchainRevision:
        """The newest revision; NotFoundError if there is none."""
        found = self.newest(name)
        if found is None:
            raise NotFoundError(
                f"there is no toolchain {name}",
                hint="see which there are: vostok toolchain list; or vostok toolchain create",
            )
        return found

    def by_id(self, toolchain_id: int) -> ToolchainRevision:
        """One revision."""
        return _toolchain(
            self._connection.execute(sa.select(_TABLE).where(_TABLE.c.id == toolchain_id)).one()
        )

    def all(self) -> list[ToolchainRevision]:
        """All revisions, by name and number."""
        rows = self._connection.execute(
            sa.select(_TABLE).order_by(_TABLE.c.name, _TABLE.c.revision)
        )
        return [_toolchain(row) for row in rows]


def _toolchain(row: sa.Row[Any]) -> ToolchainRevision:
    return ToolchainRevision(
        id=row.id,
        name=row.name,
        revision=row.revision,
        spec=spec_from_json(row.spec),
        created_by=row.created_by,
        created_at=moment(row.created_at),
    )
