"""Which packages are members of a suite at a number: read in short rows, replaced as a whole."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import interval_holds
from vostok.domain.package import BinaryMember, Membership, SourceMember

ROWS_PER_INSERT_MAX = 5_000

_SOURCE, _SOURCES_OF = schema.source_release, schema.suite_source
_BINARY, _BINARIES_OF = schema.binary_release, schema.suite_binary

SOURCE_MEMBERS = sa.select(
    _SOURCE.c.id, _SOURCE.c.name, _SOURCE.c.version, _SOURCE.c.architecture,
    _SOURCES_OF.c.component, _SOURCES_OF.c.is_extra,
).join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)  # fmt: skip
BINARY_MEMBERS = sa.select(
    _BINARY.c.id, _BINARY.c.name, _BINARY.c.version, _BINARY.c.architecture, _BINARY.c.source_name,
    _BINARY.c.source_version, _BINARY.c.sha256, _BINARIES_OF.c.component,
    _BINARIES_OF.c.index_architecture,
).join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)  # fmt: skip

_WANTED_SOURCES = sa.Table(
    "wanted_source",
    sa.MetaData(),
    sa.Column("package_id", sa.Integer),
    sa.Column("component", sa.Text),
    sa.Column("is_extra", sa.Boolean),
    prefixes=["TEMPORARY"],
)
_WANTED_BINARIES = sa.Table(
    "wanted_binary",
    sa.MetaData(),
    sa.Column("package_id", sa.Integer),
    sa.Column("component", sa.Text),
    sa.Column("index_architecture", sa.Text),
    prefixes=["TEMPORARY"],
)


class SqlMembers:
    """Implements `services.repositories.Members`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def sources(
        self, membership: Membership, names: Iterable[str] | None = None
    ) -> list[SourceMember]:
        """The sources of a suite at a number, of some names or all. O(archive) for all."""
        query = SOURCE_MEMBERS.where(_in(_SOURCES_OF, membership))
        return [SourceMember._make(row) for row in self._rows(query, _SOURCE.c.name, names)]

    def binaries(
        self, membership: Membership, names: Iterable[str] | None = None
    ) -> list[BinaryMember]:
        """The entries of the Packages files, of some names or all. O(archive) for all."""
        query = BINARY_MEMBERS.where(_in(_BINARIES_OF, membership))
        return [BinaryMember._make(row) for row in self._rows(query, _BINARY.c.name, names)]

    def binaries_of_sources(
        self, membership: Membership, sources: Iterable[str]
    ) -> list[BinaryMember]:
        """The entries of the Packages files whose source has one of these names."""
        query = BINARY_MEMBERS.where(_in(_BINARIES_OF, membership))
        return [
            BinaryMember._make(row) for row in self._rows(query, _BINARY.c.source_name, sources)
        ]

    def changed_names(self, suite_id: int, one: int, other: int) -> tuple[set[str], set[str]]:
        """Names of the sources, and of the binaries, that a suite has not alike at two numbers.

        It looks at the rows that begin or end between the two, so it costs a scan of the suite's
        members and then the difference.
        """
        low, high = sorted((one, other))
        return (
            self._changed(_SOURCES_OF, _SOURCE, suite_id, low, high),
            self._changed(_BINARIES_OF, _BINARY, suite_id, low, high),
        )

    def _changed(
        self, members: sa.Table, release: sa.Table, suite_id: int, low: int, high: int
    ) -> set[str]:
        rows = self._connection.execute(
            sa.select(release.c.name)
            .distinct()
            .join(members, members.c.package_id == release.c.id)
            .where(
                members.c.suite_id == suite_id,
                sa.or_(
                    sa.and_(members.c.since > low, members.c.since <= high),
                    sa.and_(members.c.until > low, members.c.until <= high),
                ),
            )
        )
        return set(rows.scalars())

    def replace(
        self,
        suite_id: int,
        number: int,
        *,
        sources: Sequence[SourceMember],
        binaries: Sequence[BinaryMember],
    ) -> None:
        """Make these releases the suite's members from `number` on. O(members)."""
        self._replace(
            _WANTED_SOURCES,
            _SOURCES_OF,
            suite_id,
            number,
            [
                {"package_id": s.id, "component": s.component, "is_extra": s.is_extra}
                for s in sources
            ],
        )
        self._replace(
            _WANTED_BINARIES,
            _BINARIES_OF,
            suite_id,
            number,
            [
                {
                    "package_id": b.id,
                    "component": b.component,
                    "index_architecture": b.index_architecture,
                }
                for b in binaries
            ],
        )

    def _replace(
        self,
        wanted: sa.Table,
        members: sa.Table,
        suite_id: int,
        number: int,
        rows: Sequence[dict[str, object]],
    ) -> None:
        wanted.create(self._connection)
        for start in range(0, len(rows), ROWS_PER_INSERT_MAX):
            self._connection.execute(wanted.insert(), rows[start : start + ROWS_PER_INSERT_MAX])
        columns = list(wanted.c.keys())
        current = sa.and_(members.c.suite_id == suite_id, members.c.until.is_(None))
        kept = sa.select(*(wanted.c[column] for column in columns))
        self._connection.execute(
            members.update()
            .where(current, sa.tuple_(*(members.c[column] for column in columns)).not_in(kept))
            .values(until=number)
        )
        there = sa.select(*(members.c[column] for column in columns)).where(current)
        arrived = sa.select(
            sa.literal(suite_id), *(wanted.c[column] for column in columns), sa.literal(number)
        ).where(sa.tuple_(*(wanted.c[column] for column in columns)).not_in(there))
        self._connection.execute(
            members.insert().from_select(["suite_id", *columns, "since"], arrived)
        )
        wanted.drop(self._connection)

    def _rows(
        self, query: sa.Select[Any], column: sa.Column[str], names: Iterable[str] | None
    ) -> Iterable[sa.Row[Any]]:
        if names is None:
            return self._connection.execute(query)
        wanted = sorted(set(names))
        rows: list[sa.Row[Any]] = []
        for start in range(0, len(wanted), ROWS_PER_INSERT_MAX):
            part = wanted[start : start + ROWS_PER_INSERT_MAX]
            rows.extend(self._connection.execute(query.where(column.in_(part))))
        return rows


def pool_bytes(connection: sa.Connection, membership: Membership) -> int:
    """The size of all files that a suite lists at a number, each once. O(archive)."""
    file = schema.source_file
    binaries = (
        sa.select(_BINARY.c.sha256, _BINARY.c.size)
        .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
        .where(_in(_BINARIES_OF, membership))
    )
    sources = (
        sa.select(file.c.sha256, file.c.size)
        .join(_SOURCES_OF, _SOURCES_OF.c.package_id == file.c.source_id)
        .where(_in(_SOURCES_OF, membership))
    )
    files = sa.union(binaries, sources).subquery()
    query = sa.select(sa.func.coalesce(sa.func.sum(files.c.size), 0))
    return int(connection.execute(query).scalar_one())


def _in(table: sa.Table, membership: Membership) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.suite_id == membership.suite_id,
        interval_holds(table.c.since, table.c.until, membership.number),
    )
