"""What selections and the dependency graph read of a whole archive, in few statements."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import plain_rows, streamed_rows
from vostok.adapters.database.rows import interval_holds
from vostok.domain.package import (
    BinaryParagraph,
    BinarySize,
    Membership,
    SourceParagraph,
    SourceSize,
)

_SOURCE, _SOURCES_OF = schema.source_release, schema.suite_source
_BINARY, _BINARIES_OF = schema.binary_release, schema.suite_binary
_STANZA, _FILE = schema.stanza, schema.source_file
_SNAPSHOT = schema.snapshot

ROWS_AT_ONCE = 1_000
"""Of paragraphs: row by row costs twice as much, all at once takes an archive's size of memory."""


class SqlParagraphs:
    """Implements `services.repositories.Paragraphs`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def sources(self, membership: Membership, *, after: int = 0) -> Iterator[SourceParagraph]:
        """The current sources with their paragraphs. O(archive), or what came after a number."""
        query = (
            sa.select(_SOURCE.c.id, _SOURCE.c.name, _STANZA.c.text)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .join(_STANZA, _STANZA.c.id == _SOURCE.c.stanza_id)
            .where(*_current(membership), _SOURCES_OF.c.since > after)
        )
        rows = streamed_rows(self._connection, query, ROWS_AT_ONCE)
        return map(SourceParagraph._make, rows)

    def binaries(
        self, membership: Membership, architectures: Sequence[str], *, after: int = 0
    ) -> Iterator[BinaryParagraph]:
        """The entries of some Packages files with their paragraphs; the cost is as above."""
        query = (
            sa.select(
                _BINARY.c.id,
                _BINARY.c.name,
                _BINARY.c.version,
                _BINARY.c.source_name,
                _STANZA.c.text,
            )
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .join(_STANZA, _STANZA.c.id == _BINARY.c.stanza_id)
            .where(_in(_BINARIES_OF, membership), _of(architectures), _BINARIES_OF.c.since > after)
        )
        rows = streamed_rows(self._connection, query, ROWS_AT_ONCE)
        return map(BinaryParagraph._make, rows)

    def ended(
        self, membership: Membership, architecture: str, *, after: int
    ) -> tuple[set[int], set[int]]:
        """Ids of current sources and of entries that the suite has no more; O(members)."""
        sources, there = _SOURCES_OF, _SOURCES_OF.alias("there")
        is_there = (_in(there, membership), there.c.is_extra.is_(False))
        gone_sources = _ended(sources, membership, after).where(
            sources.c.is_extra.is_(False), ~_has(there, sources, *is_there)
        )
        binaries, listed = _BINARIES_OF, _BINARIES_OF.alias("there")
        is_listed = (_in(listed, membership), listed.c.index_architecture == architecture)
        gone_binaries = _ended(binaries, membership, after).where(
            binaries.c.index_architecture == architecture, ~_has(listed, binaries, *is_listed)
        )
        return (
            {row.package_id for row in self._connection.execute(gone_sources)},
            {row.package_id for row in self._connection.execute(gone_binaries)},
        )

    def versions(self, membership: Membership) -> dict[str, str]:
        """Current source -> its version."""
        query = (
            sa.select(_SOURCE.c.name, _SOURCE.c.version)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(*_current(membership))
        )
        return dict(plain_rows(self._connection, query))

    def components(self, membership: Membership) -> dict[str, str]:
        """Current source -> its component."""
        query = (
            sa.select(_SOURCE.c.name, _SOURCES_OF.c.component)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(*_current(membership))
        )
        return dict(plain_rows(self._connection, query))

    def builders_of(
        self, membership: Membership, architectures: Sequence[str]
    ) -> set[tuple[str, str]]:
        """(binary package, its source)."""
        query = (
            sa.select(_BINARY.c.name, _BINARY.c.source_name)
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .where(_in(_BINARIES_OF, membership), _of(architectures))
        )
        return {(binary, source) for binary, source in plain_rows(self._connection, query)}

    def source_sizes(self, membership: Membership) -> list[SourceSize]:
        """The version and the bytes of each current source. O(archive)."""
        query = (
            sa.select(
                _SOURCE.c.name, _SOURCE.c.version, sa.func.coalesce(sa.func.sum(_FILE.c.size), 0)
            )
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .outerjoin(_FILE, _FILE.c.source_id == _SOURCE.c.id)
            .where(*_current(membership))
            .group_by(_SOURCE.c.id, _SOURCE.c.name, _SOURCE.c.version)
        )
        return [
            SourceSize(name, version, int(size))
            for name, version, size in plain_rows(self._connection, query)
        ]

    def binary_sizes(
        self, membership: Membership, architectures: Sequence[str]
    ) -> list[BinarySize]:
        """How many entries of which bytes each source has in each Packages file. O(archive)."""
        query = (
            sa.select(
                _BINARY.c.source_name,
                _BINARY.c.architecture,
                _BINARIES_OF.c.index_architecture,
                sa.func.count(),
                sa.func.sum(_BINARY.c.size),
            )
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .where(_in(_BINARIES_OF, membership), _of(architectures))
            .group_by(
                _BINARY.c.source_name, _BINARY.c.architecture, _BINARIES_OF.c.index_architecture
            )
        )
        return [
            BinarySize(source, architecture, index, entries, int(size))
            for source, architecture, index, entries, size in plain_rows(self._connection, query)
        ]

    def fingerprint(self, membership: Membership) -> str:
        """A text that differs when the members do.

        Ids are never given twice, except after a restore from a backup: what was made of the time
        that was lost by it is told by the snapshot, and by the newest paragraphs.
        """
        parts = [self._snapshot(membership)]
        for table, releases in ((_SOURCES_OF, _SOURCE), (_BINARIES_OF, _BINARY)):
            count, total, newest = self._connection.execute(
                sa.select(
                    sa.func.count(),
                    sa.func.coalesce(sa.func.sum(table.c.package_id), 0),
                    sa.func.max(table.c.package_id),
                ).where(_in(table, membership))
            ).one()
            parts.append(f"{count} {int(total)} {self._digest(releases, newest)}")
        return " ".join(parts)

    def _snapshot(self, membership: Membership) -> str:
        """When the members were imported and of which Release; "" of those that never were."""
        row = self._connection.execute(
            sa.select(_SNAPSHOT.c.at, _SNAPSHOT.c.release_sha256).where(
                _SNAPSHOT.c.suite_id == membership.suite_id,
                _SNAPSHOT.c.number == membership.number,
            )
        ).first()
        return "" if row is None else f"{row.at} {row.release_sha256}"

    def _digest(self, releases: sa.Table, release_id: int | None) -> str:
        """SHA-256 of a release's paragraph; "" of none."""
        digest = self._connection.execute(
            sa.select(_STANZA.c.sha256)
            .join(releases, releases.c.stanza_id == _STANZA.c.id)
            .where(releases.c.id == release_id)
        ).scalar()
        return "" if digest is None else bytes(digest).hex()


def _ended(table: sa.Table, membership: Membership, after: int) -> sa.Select[tuple[int]]:
    return sa.select(table.c.package_id).where(
        table.c.suite_id == membership.suite_id,
        table.c.since <= after,
        table.c.until > after,
        table.c.until <= membership.number,
    )


def _has(
    there: sa.FromClause, table: sa.Table, *conditions: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    return sa.exists().where(there.c.package_id == table.c.package_id, *conditions)


def _in(table: sa.FromClause, membership: Membership) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.suite_id == membership.suite_id,
        interval_holds(table.c.since, table.c.until, membership.number),
    )


def _current(membership: Membership) -> tuple[sa.ColumnElement[bool], ...]:
    return (_in(_SOURCES_OF, membership), _SOURCES_OF.c.is_extra.is_(False))


def _of(architectures: Sequence[str]) -> sa.ColumnElement[bool]:
    return _BINARIES_OF.c.index_architecture.in_(architectures)
