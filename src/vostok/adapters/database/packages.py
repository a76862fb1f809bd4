"""Source and binary releases, and which suite has which of them when."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import plain_rows
from vostok.adapters.database.rows import interval_holds
from vostok.domain.package import (
    BinaryRelease,
    IndexedBinary,
    Membership,
    SourceRelease,
)
from vostok.errors import NotFoundError

NAMES_PER_QUERY_MAX = 10_000
"""SQLite takes 32,766 variables in one statement."""

_SOURCE = schema.source_release
_BINARY = schema.binary_release
_STANZA = schema.stanza
_SOURCES_OF = schema.suite_source
_BINARIES_OF = schema.suite_binary

_SOURCE_COLUMNS = (
    _SOURCE.c.id, _SOURCE.c.name, _SOURCE.c.version, _SOURCE.c.architecture, _SOURCE.c.directory,
    _STANZA.c.text,
)  # fmt: skip
_BINARY_COLUMNS = (
    _BINARY.c.id, _BINARY.c.name, _BINARY.c.version, _BINARY.c.architecture, _BINARY.c.source_name,
    _BINARY.c.source_version, _BINARY.c.filename, _BINARY.c.size, _BINARY.c.sha256,
)  # fmt: skip


class SqlPackages:
    """Implements `services.ports.Packages`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    # What an external suite has -----------------------------------------------------------

    def source_names(self, membership: Membership) -> frozenset[str]:
        """Names of the sources that can be taken: those that have a current version."""
        query = (
            sa.select(_SOURCE.c.name)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(_in(_SOURCES_OF, membership), _SOURCES_OF.c.is_extra.is_(False))
        )
        return frozenset(name for (name,) in plain_rows(self._connection, query))

    def source_count(self, membership: Membership) -> int:
        """How many sources have a current version."""
        query = (
            sa.select(sa.func.count())
            .select_from(_SOURCES_OF)
            .where(_in(_SOURCES_OF, membership), _SOURCES_OF.c.is_extra.is_(False))
        )
        return self._connection.execute(query).scalar_one()

    def sources_named(
        self, membership: Membership, names: Iterable[str], *, with_extra: bool = False
    ) -> list[SourceRelease]:
        """The current releases of these sources by name; `with_extra` also those not current.

        Older versions are not, and what is there because something was built using it.
        """
        query = (
            sa.select(*_SOURCE_COLUMNS, _SOURCES_OF.c.component)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .join(_STANZA, _STANZA.c.id == _SOURCE.c.stanza_id)
            .where(_in(_SOURCES_OF, membership))
        )
        if not with_extra:
            query = query.where(_SOURCES_OF.c.is_extra.is_(False))
        found = [_source(row) for row in self._for_names(query, _SOURCE.c.name, names)]
        return sorted(found, key=lambda source: source.name)

    def listed_files(self, membership: Membership, hashes: Iterable[str]) -> set[str]:
        """Those of the files that a suite lists at a number, as a package or of a source.

        O(files).
        """
        files, wanted = schema.source_file, sorted(set(hashes))
        binaries = (
            sa.select(_BINARY.c.sha256)
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .where(_in(_BINARIES_OF, membership))
        )
        sources = (
            sa.select(files.c.sha256)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == files.c.source_id)
            .where(_in(_SOURCES_OF, membership))
        )
        found = self._for_files(binaries, _BINARIES_OF, _BINARY.c.id, _BINARY.c.sha256, wanted)
        found += self._for_files(sources, _SOURCES_OF, files.c.source_id, files.c.sha256, wanted)
        return {row.sha256 for row in found}

    def sources_with_files(
        self, membership: Membership, hashes: Iterable[str]
    ) -> list[tuple[str, str]]:
        """(name, version) of the sources that have one of these files. O(files)."""
        files = schema.source_file
        query = (
            sa.select(_SOURCE.c.name, _SOURCE.c.version)
            .distinct()
            .join(files, files.c.source_id == _SOURCE.c.id)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(_in(_SOURCES_OF, membership))
        )
        rows = self._for_files(query, _SOURCES_OF, files.c.source_id, files.c.sha256, hashes)
        return [(row.name, row.version) for row in rows]

    def binaries_of_sources(
        self, membership: Membership, names: Iterable[str]
    ) -> list[BinaryRelease]:
        """The binaries whose source has one of these names, each once."""
        query = (
            sa.select(*_BINARY_COLUMNS, _BINARIES_OF.c.component)
            .distinct()
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .where(_in(_BINARIES_OF, membership))
        )
        return [_binary(row) for row in self._for_names(query, _BINARY.c.source_name, names)]

    def binaries_matching(
        self, membership: Membership, *, architecture: str, patterns: Sequence[str]
    ) -> list[IndexedBinary]:
        """Entries of one architecture's Packages whose name is LIKE one of the patterns."""
        query = (
            sa.select(
                _BINARY.c.name, _BINARIES_OF.c.component, _BINARIES_OF.c.index_architecture,
                _BINARY.c.source_name, _BINARY.c.source_version, _BINARY.c.filename,
                _BINARY.c.size, _BINARY.c.sha256, _STANZA.c.text,
            )
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .join(_STANZA, _STANZA.c.id == _BINARY.c.stanza_id)
            .where(
                _in(_BINARIES_OF, membership),
                _BINARIES_OF.c.index_architecture == architecture,
                sa.or_(sa.false(), *(_BINARY.c.name.like(pattern) for pattern in patterns)),
            )
            .order_by(_BINARY.c.name)
        )  # fmt: skip
        return [IndexedBinary(**_indexed(row)) for row in self._connection.execute(query)]

    def _for_names(
        self,
        query: sa.Select[Any],
        column: sa.Column[str],
        names: Iterable[str],
    ) -> list[sa.Row[Any]]:
        wanted = sorted(set(names))
        rows: list[sa.Row[Any]] = []
        for start in range(0, len(wanted), NAMES_PER_QUERY_MAX):
            part = wanted[start : start + NAMES_PER_QUERY_MAX]
            rows.extend(self._connection.execute(query.where(column.in_(part))))
        return rows

    def _for_files(
        self,
        query: sa.Select[Any],
        members: sa.Table,
        release_id: sa.Column[int],
        sha256: sa.Column[str],
        hashes: Iterable[str],
    ) -> list[sa.Row[Any]]:
        """The rows of a query over members whose releases have one of these files.

        The files become ids first: a plain join has SQLite look at every member of the suite.
        """
        wanted = sorted(set(hashes))
        rows: list[sa.Row[Any]] = []
        for start in range(0, len(wanted), NAMES_PER_QUERY_MAX):
            part = sha256.in_(wanted[start : start + NAMES_PER_QUERY_MAX])
            ids = sa.select(release_id).where(part)
            rows.extend(self._connection.execute(query.where(members.c.package_id.in_(ids), part)))
        return rows

    # Single releases ----------------------------------------------------------------------

    def source(self, source_id: int) -> SourceRelease:
        """One source release; its component is that of whoever has it, «main» if nobody."""
        row = self._connection.execute(
            sa.select(*_SOURCE_COLUMNS, sa.literal("main").label("component"))
            .join(_STANZA, _STANZA.c.id == _SOURCE.c.stanza_id)
            .where(_SOURCE.c.id == source_id)
        ).first()
        if row is None:
            raise NotFoundError(f"there is no source release {source_id}")
        return _source(row)

    def source_files(self, source_id: int) -> list[tuple[str, int, str]]:
        """(name, size, SHA-256) of a source's files."""
        table = schema.source_file
        rows = self._connection.execute(
            sa.select(table.c.name, table.c.size, table.c.sha256)
            .where(table.c.source_id == source_id)
            .order_by(table.c.name)
        )
        return [(row.name, row.size, row.sha256) for row in rows]

    def files_of_sources(self, source_ids: Sequence[int]) -> dict[int, list[tuple[str, int, str]]]:
        """The files of many sources, as `source_files`."""
        table = schema.source_file
        found: dict[int, list[tuple[str, int, str]]] = {}
        for start in range(0, len(source_ids), NAMES_PER_QUERY_MAX):
            part = source_ids[start : start + NAMES_PER_QUERY_MAX]
            rows = self._connection.execute(sa.select(table).where(table.c.source_id.in_(part)))
            for row in rows:
                found.setdefault(row.source_id, []).append((row.name, row.size, row.sha256))
        return found


def _in(table: sa.Table, membership: Membership) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.suite_id == membership.suite_id,
        interval_holds(table.c.since, table.c.until, membership.number),
    )


def _source(row: sa.Row[Any]) -> SourceRelease:
    return SourceRelease(
        id=row.id,
        name=row.name,
        version=row.version,
        architecture=row.architecture,
        component=row.component,
        directory=row.directory,
        stanza=row.text,
    )


def _binary(row: sa.Row[Any]) -> BinaryRelease:
    return BinaryRelease(
        id=row.id,
        name=row.name,
        version=row.version,
        architecture=row.architecture,
        component=row.component,
        source_name=row.source_name,
        source_version=row.source_version,
        filename=row.filename,
        size=row.size,
        sha256=row.sha256,
    )


def _indexed(row: Any) -> dict[str, Any]:  # noqa: ANN401 - rows of several shapes
    values = dict(row._mapping)  # noqa: SLF001 - public, but for its name
    values["stanza"] = values.pop("text")
    return values
