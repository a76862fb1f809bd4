"""Snapshots of external suites."""

from collections.abc import Sequence

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import insert_rows
from vostok.adapters.database.pool_size import pool_bytes_after
from vostok.adapters.database.rows import moment, moment_or_none, seconds
from vostok.adapters.database.snapshot_changes import parts_of, stanza_digests, store_changes
from vostok.adapters.database.snapshot_faults import check_no_contradictions
from vostok.domain.archive import Suite
from vostok.domain.index_plan import PartName
from vostok.domain.publication import IndexFile
from vostok.domain.snapshot import PartChange, Snapshot, SnapshotHead
from vostok.errors import ConflictError
from vostok.services.repositories import ReleaseSpool

_SNAPSHOT = schema.snapshot
_FILE = schema.snapshot_file


class SqlSnapshots:
    """Implements `services.repositories.Snapshots`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        suite: Suite,
        head: SnapshotHead,
        changes: Sequence[PartChange],
        spool: ReleaseSpool,
    ) -> Snapshot:
        """The next snapshot of a suite: its newest one, but for the changes.

        Raises:
            ConflictError: the suite has a newer snapshot than the one it was read with.
            InvalidInputError: one name or path would stand for different bytes.
        """
        number = suite.snapshot + 1
        self._count_up(suite, number)
        store_changes(self._connection, suite.id, number, changes, spool)
        check_no_contradictions(self._connection, suite.id, number, suite.name)
        self._connection.execute(
            _SNAPSHOT.insert().values(
                suite_id=suite.id,
                number=number,
                at=seconds(head.at),
                release_date=None if head.release_date is None else seconds(head.release_date),
                valid_until=None if head.valid_until is None else seconds(head.valid_until),
                is_expiry_overridden=head.is_expiry_overridden,
                release_sha256=head.release_sha256,
                signed_by=head.signed_by,
                snapshots_url=head.snapshots_url,
                sources=self._count(schema.suite_source, suite.id),
                binaries=self._count(schema.suite_binary, suite.id),
                udebs=self._count(schema.suite_udeb, suite.id),
                pool_bytes=pool_bytes_after(self._connection, suite.id, number),
            )
        )
        insert_rows(
            self._connection,
            _FILE,
            ("suite_id", "number", "path", "size", "sha256"),
            [(suite.id, number, file.path, file.size, file.sha256) for file in head.files],
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

    def _count(self, members: sa.Table, suite_id: int) -> int:
        query = (
            sa.select(sa.func.count())
            .select_from(members)
            .where(members.c.suite_id == suite_id, members.c.until.is_(None))
        )
        return self._connection.execute(query).scalar_one()

    def parts(self, suite_id: int) -> list[PartName]:
        """The parts of which the newest snapshot has packages. O(suite)."""
        return parts_of(self._connection, suite_id)

    def stanza_digests(self, suite_id: int, part: PartName) -> dict[bytes, int]:
        """What the newest snapshot lists: SHA-256 of each stanza -> id of its release."""
        return stanza_digests(self._connection, suite_id, part)

    def files(self, suite_id: int, number: int) -> list[IndexFile]:
        """The mirror's index files of which a snapshot was made; none if they were dropped."""
        rows = self._connection.execute(
            sa.select(_FILE.c.path, _FILE.c.size, _FILE.c.sha256)
            .where(_FILE.c.suite_id == suite_id, _FILE.c.number == number)
            .order_by(_FILE.c.path)
        )
        return [IndexFile(path=row.path, size=row.size, sha256=row.sha256) for row in rows]

    def drop_old_files(self, suite_id: int) -> set[str]:
        """Forget the index files of snapshots that nobody derives from, but for the newest.

        Their SHA-256s; something else may still need some of them.
        """
        suite, derivation, parent = schema.suite, schema.derivation, schema.derivation_parent
        newest = sa.select(suite.c.snapshot).where(suite.c.id == suite_id).scalar_subquery()
        pinned = sa.union(
            sa.select(derivation.c.base_number).where(derivation.c.base_suite_id == suite_id),
            sa.select(parent.c.number).where(parent.c.members_suite_id == suite_id),
        )
        old = sa.and_(
            _FILE.c.suite_id == suite_id, _FILE.c.number != newest, _FILE.c.number.not_in(pinned)
        )
        dropped = set(self._connection.execute(sa.select(_FILE.c.sha256).where(old)).scalars())
        self._connection.execute(_FILE.delete().where(old))
        return dropped

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
            valid_until=moment_or_none(row.valid_until),
            is_expiry_overridden=row.is_expiry_overridden,
            release_sha256=row.release_sha256,
            signed_by=row.signed_by,
            snapshots_url=row.snapshots_url,
            sources=row.sources,
            binaries=row.binaries,
            udebs=row.udebs,
            pool_bytes=row.pool_bytes,
        )
