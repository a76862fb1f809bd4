"""Which packages are members of a suite at a number: read in short rows, replaced as a whole."""

from collections.abc import Collection, Iterable, Sequence
from itertools import starmap
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import insert_rows, plain_rows, temporary_table
from vostok.adapters.database.rows import interval_holds
from vostok.domain.package import (
    BinaryMember,
    DeltaKind,
    MemberNames,
    Membership,
    OwnMember,
    SourceMember,
)

NAMES_PER_QUERY_MAX = 5_000

_SOURCE, _SOURCES_OF = schema.source_release, schema.suite_source
_BINARY, _BINARIES_OF = schema.binary_release, schema.suite_binary
_DELTA, _DELTA_SOURCE = schema.delta_binary, schema.delta_source

SOURCE_MEMBERS = sa.select(
    _SOURCE.c.id, _SOURCE.c.name, _SOURCE.c.version, _SOURCE.c.architecture,
    _SOURCES_OF.c.component, _SOURCES_OF.c.is_extra,
).join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)  # fmt: skip
BINARY_MEMBERS = sa.select(
    _BINARY.c.id, _BINARY.c.name, _BINARY.c.version, _BINARY.c.architecture, _BINARY.c.source_name,
    _BINARY.c.source_version, _BINARY.c.sha256, _BINARIES_OF.c.component,
    _BINARIES_OF.c.index_architecture,
).join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)  # fmt: skip

OWN_MEMBERS = sa.select(
    _DELTA.c.id.label("delta_id"), _BINARY.c.id, _DELTA.c.kind, _DELTA.c.toolchain_id,
    _BINARY.c.name, _BINARY.c.version, _BINARY.c.architecture, _BINARY.c.source_name,
    _BINARY.c.source_version, _BINARY.c.sha256, _DELTA.c.component,
).join(_DELTA, _DELTA.c.package_id == _BINARY.c.id)  # fmt: skip

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
        return [
            SourceMember._make(row)
            for row in self._rows(query, _SOURCES_OF, _SOURCE.c.name, names)
        ]

    def binaries(
        self, membership: Membership, names: Iterable[str] | None = None
    ) -> list[BinaryMember]:
        """The entries of the Packages files, of some names or all. O(archive) for all."""
        query = BINARY_MEMBERS.where(_in(_BINARIES_OF, membership))
        if names is None:
            return list(starmap(BinaryMember, plain_rows(self._connection, query)))
        rows = self._rows(query, _BINARIES_OF, _BINARY.c.name, names)
        return [BinaryMember._make(row) for row in rows]

    def binaries_of_sources(
        self, membership: Membership, sources: Iterable[str]
    ) -> list[BinaryMember]:
        """The entries of the Packages files whose source has one of these names."""
        query = BINARY_MEMBERS.where(_in(_BINARIES_OF, membership))
        return [
            BinaryMember._make(row)
            for row in self._rows(query, _BINARIES_OF, _BINARY.c.source_name, sources)
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

    def names_without_source(self, membership: Membership) -> tuple[set[str], set[str]]:
        """Binaries whose source has no current version here: names of these sources, and theirs.

        O(archive).
        """
        current = (
            sa.select(_SOURCE.c.name)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(_in(_SOURCES_OF, membership), _SOURCES_OF.c.is_extra.is_(False))
        )
        rows = self._connection.execute(
            sa.select(_BINARY.c.source_name, _BINARY.c.name)
            .distinct()
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .where(_in(_BINARIES_OF, membership), _BINARY.c.source_name.not_in(current))
        ).all()
        return {row.source_name for row in rows}, {row.name for row in rows}

    def dsc_sha256(self, source_ids: Iterable[int]) -> dict[int, str]:
        """Source release id -> SHA-256 of its .dsc, where it lists one."""
        file = schema.source_file
        query = sa.select(file.c.source_id, file.c.sha256).where(file.c.name.like("%.dsc"))
        ids = sorted(set(source_ids))
        found: dict[int, str] = {}
        for start in range(0, len(ids), NAMES_PER_QUERY_MAX):
            part = ids[start : start + NAMES_PER_QUERY_MAX]
            rows = self._connection.execute(query.where(file.c.source_id.in_(part)))
            found.update((row.source_id, row.sha256) for row in rows)
        return found

    # What was made here -------------------------------------------------------------------

    def own_names(self, suite_id: int, publication: int) -> tuple[set[str], set[str]]:
        """Names of the sources and of the binaries of what a publication shows of a suite's own.

        O(own binaries).
        """
        return self._own_names(suite_id, _shown_at(publication))

    def changed_own_names(self, suite_id: int, one: int, other: int) -> tuple[set[str], set[str]]:
        """The same of what only one of two publications shows. A scan of the own binaries."""
        low, high = sorted((one, other))
        return self._own_names(suite_id, _begins_or_ends(_DELTA, "_publication", low, high))

    def _own_names(
        self, suite_id: int, condition: sa.ColumnElement[bool]
    ) -> tuple[set[str], set[str]]:
        rows = self._connection.execute(
            sa.select(_BINARY.c.source_name, _BINARY.c.name)
            .distinct()
            .join(_DELTA, _DELTA.c.package_id == _BINARY.c.id)
            .where(_DELTA.c.suite_id == suite_id, condition)
        ).all()
        return {row.source_name for row in rows}, {row.name for row in rows}

    def own_binaries(
        self, suite_id: int, publication: int, names: Iterable[str] | None = None
    ) -> list[OwnMember]:
        """What a publication shows of a suite's own, of some names or all, the oldest first."""
        return self._own(suite_id, publication, _BINARY.c.name, names)

    def own_binaries_of_sources(
        self, suite_id: int, publication: int, sources: Iterable[str]
    ) -> list[OwnMember]:
        """The same, of the sources of these names."""
        return self._own(suite_id, publication, _BINARY.c.source_name, sources)

    def _own(
        self,
        suite_id: int,
        publication: int,
        column: sa.Column[str],
        names: Iterable[str] | None,
    ) -> list[OwnMember]:
        query = OWN_MEMBERS.where(_DELTA.c.suite_id == suite_id, _shown_at(publication))
        rows = sorted(self._rows(query, _DELTA, column, names), key=lambda row: row.delta_id)
        return [OwnMember._make(row)._replace(kind=DeltaKind(row.kind)) for row in rows]

    def own_sources(self, suite_id: int, names: Iterable[str] | None = None) -> list[SourceMember]:
        """The sources made in a suite, of some names or all; publications show some of them."""
        query = (
            sa.select(
                _SOURCE.c.id, _SOURCE.c.name, _SOURCE.c.version, _SOURCE.c.architecture,
                _DELTA_SOURCE.c.component, sa.false().label("is_extra"),
            )
            .distinct()
            .join(_DELTA_SOURCE, _DELTA_SOURCE.c.package_id == _SOURCE.c.id)
            .where(_DELTA_SOURCE.c.suite_id == suite_id)
        )  # fmt: skip
        return [
            SourceMember._make(row)
            for row in self._rows(query, _DELTA_SOURCE, _SOURCE.c.name, names)
        ]

    def _changed(
        self, members: sa.Table, release: sa.Table, suite_id: int, low: int, high: int
    ) -> set[str]:
        rows = self._connection.execute(
            sa.select(release.c.name)
            .distinct()
            .join(members, members.c.package_id == release.c.id)
            .where(members.c.suite_id == suite_id, _begins_or_ends(members, "", low, high))
        )
        return set(rows.scalars())

    def pool_bytes(self, membership: Membership) -> int:
        """The size of all files that a suite lists at a number, each once.

        O(1) for a snapshot, which knows it, else O(archive).
        """
        snapshot = schema.snapshot
        known: int | None = self._connection.execute(
            sa.select(snapshot.c.pool_bytes).where(
                snapshot.c.suite_id == membership.suite_id,
                snapshot.c.number == membership.number,
            )
        ).scalar_one_or_none()
        return pool_bytes(self._connection, membership) if known is None else known

    def replace(
        self,
        suite_id: int,
        number: int,
        *,
        sources: Sequence[SourceMember],
        binaries: Sequence[BinaryMember],
        names: MemberNames | None = None,
    ) -> None:
        """Make these releases the suite's members from `number` on. O(members).

        With `names` all of them are of these, and members of other names stay. O(these).
        """
        self._replace(
            _WANTED_SOURCES,
            _SOURCES_OF,
            _current(_SOURCES_OF, suite_id, _SOURCE, None if names is None else names.sources),
            suite_id,
            number,
            [(s.id, s.component, s.is_extra) for s in sources],
        )
        self._replace(
            _WANTED_BINARIES,
            _BINARIES_OF,
            _current(_BINARIES_OF, suite_id, _BINARY, None if names is None else names.binaries),
            suite_id,
            number,
            [(b.id, b.component, b.index_architecture) for b in binaries],
        )

    def _replace(
        self,
        wanted: sa.Table,
        members: sa.Table,
        current: sa.ColumnElement[bool],
        suite_id: int,
        number: int,
        rows: Sequence[tuple[object, ...]],
    ) -> None:
        columns = list(wanted.c.keys())
        mine = sa.select(members.c.package_id).where(
            members.c.suite_id == suite_id, members.c.until.is_(None)
        )
        if self._connection.execute(mine.limit(1)).first() is None:  # nothing to compare with
            same = {"suite_id": suite_id, "since": number}
            insert_rows(self._connection, members, columns, rows, same)
            return
        with temporary_table(self._connection, wanted):
            insert_rows(self._connection, wanted, columns, rows)
            self._exchange(wanted, members, current, suite_id, number)

    def _exchange(
        self,
        wanted: sa.Table,
        members: sa.Table,
        current: sa.ColumnElement[bool],
        suite_id: int,
        number: int,
    ) -> None:
        """End current members that are not wanted, and begin those wanted that are not there."""
        columns = list(wanted.c.keys())
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

    def _rows(
        self,
        query: sa.Select[Any],
        members: sa.Table,
        column: sa.Column[str],
        names: Iterable[str] | None,
    ) -> Iterable[sa.Row[Any]]:
        """The rows of a query over members, of some names or all.

        The names become ids first: a plain join has SQLite look at every member of the suite.
        """
        if names is None:
            return self._connection.execute(query).all()
        wanted = sorted(set(names))
        rows: list[sa.Row[Any]] = []
        for start in range(0, len(wanted), NAMES_PER_QUERY_MAX):
            part = wanted[start : start + NAMES_PER_QUERY_MAX]
            ids = sa.select(column.table.c.id).where(column.in_(part))
            rows.extend(self._connection.execute(query.where(members.c.package_id.in_(ids))))
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


def _shown_at(publication: int) -> sa.ColumnElement[bool]:
    return interval_holds(_DELTA.c.since_publication, _DELTA.c.until_publication, publication)


def _begins_or_ends(table: sa.Table, suffix: str, low: int, high: int) -> sa.ColumnElement[bool]:
    """Whether a row's interval begins or ends after one number and up to another."""
    since, until = table.c[f"since{suffix}"], table.c[f"until{suffix}"]
    return sa.or_(
        sa.and_(since > low, since <= high),
        sa.and_(until > low, until <= high),
    )


def _current(
    members: sa.Table, suite_id: int, release: sa.Table, names: Collection[str] | None
) -> sa.ColumnElement[bool]:
    """The members that a suite has now, of some names or all."""
    current = sa.and_(members.c.suite_id == suite_id, members.c.until.is_(None))
    if names is None:
        return current
    ids = sa.select(release.c.id).where(release.c.name.in_(sorted(names)))
    return sa.and_(current, members.c.package_id.in_(ids))


def _in(table: sa.Table, membership: Membership) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.suite_id == membership.suite_id,
        interval_holds(table.c.since, table.c.until, membership.number),
    )
