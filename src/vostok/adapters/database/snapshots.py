"""Snapshots of external suites."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.bulk import IncomingBinaries, IncomingSources
from vostok.adapters.database.members import pool_bytes
from vostok.adapters.database.rows import moment, moment_or_none, seconds
from vostok.domain.archive import Suite
from vostok.domain.package import Membership, NewBinary, NewSource
from vostok.domain.publication import IndexFile
from vostok.domain.snapshot import Snapshot
from vostok.errors import ConflictError

_SNAPSHOT = schema.snapshot


class SqlSnapshots:
    """Implements `services.ports.Snapshots`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        suite: Suite,
        *,
        at: datetime,
        release_date: datetime | None,
        release_sha256: str,
        signed_by: str,
        sources: Iterable[NewSource],
        binaries: Iterable[NewBinary],
    ) -> Snapshot:
        """The next snapshot of a suite, sharing all rows that did not change.

        Raises:
            ConflictError: the suite has a newer snapshot than the one it was read with.
        """
        number = suite.snapshot + 1
        self._count_up(suite, number)
        source_count = IncomingSources(self._connection).replace(suite.id, number, sources)
        binary_count = IncomingBinaries(self._connection).replace(suite.id, number, binaries)
        self._connection.execute(
            _SNAPSHOT.insert().values(
                suite_id=suite.id,
                number=number,
                at=seconds(at),
                release_date=None if release_date is None else seconds(release_date),
                valid_until=None,
                is_expiry_overridden=False,
                release_sha256=release_sha256,
                signed_by=signed_by,
                snapshots_url="",
                sources=source_count,
                binaries=binary_count,
                pool_bytes=pool_bytes(
                    self._connection, Membership(suite_id=suite.id, number=number)
                ),
            )
        )
        found = self.find(suite.id, number)
        assert found is not None  # noqa: S101 - inserted above
        return found

    def _count_up(self, suite: Suite, number: int) -> None:
        table = schema.suite
        counted = self._connection.execute(
            table.update()
            .where(table.c.id == suite.id, table.c.snapshot == suite.snapshot)
            .values(snapshot=number)
        )
        if counted.rowcount != 1:
            raise ConflictError(
                f"somebody else took snapshot {number} of the suite {suite.name} meanwhile",
                hint="import it again: vostok archive import",
            )

    def find(self, suite_id: int, number: int) -> Snapshot | None:
        """One snapshot of a suite."""
        row = self._connection.execute(
            sa.select(_SNAPSHOT).where(
                _SNAPSHOT.c.suite_id == suite_id, _SNAPSHOT.c.number == number
            )
        ).first()
        if row is None:
            return None
        return Snapshot(
            suite_id=row.suite_id,
            number=row.number,
            at=moment(row.at),
            release_date=moment_or_none(row.release_date),
            release_sha256=row.release_sha256,
            signed_by=row.signed_by,
            sources=row.sources,
            binaries=row.binaries,
            pool_bytes=row.pool_bytes,
        )

    def files(self, suite_id: int, number: int) -> list[IndexFile]:
        """The mirror's index files of which a snapshot was made, by path; none if dropped."""
        table = schema.snapshot_file
        rows = self._connection.execute(
            sa.select(table.c.path, table.c.size, table.c.sha256)
            .where(table.c.suite_id == suite_id, table.c.number == number)
            .order_by(table.c.path)
        )
        return [IndexFile(path=row.path, size=row.size, sha256=row.sha256) for row in rows]
