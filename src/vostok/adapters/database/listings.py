"""What publications and views list: whole archives in short rows, texts only when asked for."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import plain_rows
from vostok.adapters.database.rows import interval_holds
from vostok.domain.package import ListedBinary, ListedSource, Membership
from vostok.domain.publication import IndexFile

VALUES_PER_QUERY_MAX = 10_000
"""SQLite takes 32,766 variables in one statement."""

NAMES_BY_INDEX_MAX = 2_000
"""Of more names than these all rows are read, and those that are not wanted passed over."""

TEXTS_SOUGHT_MAX = 20
"""Texts that one statement looks for in each paragraph."""

_SOURCE, _SOURCES_OF = schema.source_release, schema.suite_source
_BINARY, _BINARIES_OF = schema.binary_release, schema.suite_binary
_STANZA, _DELTA_SOURCE = schema.stanza, schema.delta_source

_LISTED_BINARIES = sa.select(
    _BINARY.c.name, _BINARY.c.stanza_id, _BINARY.c.id, _BINARY.c.architecture,
    _BINARIES_OF.c.component, _BINARIES_OF.c.index_architecture, _BINARY.c.source_name,
    _BINARY.c.source_version, _BINARY.c.size,
).join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)  # fmt: skip
_SOURCE_COLUMNS = (_SOURCE.c.name, _SOURCE.c.stanza_id, _SOURCE.c.id, _SOURCE.c.version)


class SqlListings:
    """Implements `services.repositories.Listings`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def binaries(
        self, membership: Membership, source_names: Collection[str] | None = None
    ) -> list[ListedBinary]:
        """The entries of the Packages files, of some sources or of all. O(archive) for all."""
        query = _LISTED_BINARIES.where(_in(_BINARIES_OF, membership))
        if source_names is not None and len(source_names) <= NAMES_BY_INDEX_MAX:
            found = self._by_values(query, _BINARY.c.source_name, source_names)
            return [ListedBinary._make(row) for row in found]
        rows = map(ListedBinary._make, plain_rows(self._connection, query))
        if source_names is None:
            return list(rows)
        return [row for row in rows if row.source_name in source_names]

    def sources(
        self, membership: Membership, names: Collection[str] | None = None
    ) -> list[ListedSource]:
        """The entries of the Sources files, of some names or of all. O(archive) for all."""
        query = (
            sa.select(*_SOURCE_COLUMNS, _SOURCES_OF.c.component, _SOURCES_OF.c.is_extra)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(_in(_SOURCES_OF, membership))
        )
        if names is not None and len(names) <= NAMES_BY_INDEX_MAX:
            found = self._by_values(query, _SOURCE.c.name, names)
            return [ListedSource._make(row) for row in found]
        rows = map(ListedSource._make, plain_rows(self._connection, query))
        return list(rows) if names is None else [row for row in rows if row.name in names]

    def extra_sources(self, membership: Membership) -> list[tuple[str, int]]:
        """(name, id) of the sources that a suite has at a number beside the current ones."""
        query = (
            sa.select(_SOURCE.c.name, _SOURCE.c.id)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(_in(_SOURCES_OF, membership), _SOURCES_OF.c.is_extra.is_(True))
        )
        return [(row.name, row.id) for row in self._connection.execute(query)]

    def own_sources(self, suite_id: int) -> list[ListedSource]:
        """Every source release made in a suite, in the order of arrival."""
        rows = self._connection.execute(
            sa.select(*_SOURCE_COLUMNS, _DELTA_SOURCE.c.component, sa.false().label("is_extra"))
            .join(_DELTA_SOURCE, _DELTA_SOURCE.c.package_id == _SOURCE.c.id)
            .where(_DELTA_SOURCE.c.suite_id == suite_id)
            .order_by(_DELTA_SOURCE.c.id)
        )
        return [ListedSource._make(row) for row in rows]

    def texts(self, paragraph_ids: Sequence[int]) -> dict[int, str]:
        """Paragraph id -> its text."""
        query = sa.select(_STANZA.c.id, _STANZA.c.text)
        return dict(self._by_values(query, _STANZA.c.id, paragraph_ids))

    def source_bytes(self, paragraph_ids: Sequence[int]) -> dict[int, int]:
        """Paragraph id of a source -> the size of its files, if it has any."""
        file = schema.source_file
        query = (
            sa.select(_SOURCE.c.stanza_id, sa.cast(sa.func.sum(file.c.size), sa.BigInteger))
            .join(file, file.c.source_id == _SOURCE.c.id)
            .group_by(_SOURCE.c.stanza_id)
        )
        return dict(self._by_values(query, _SOURCE.c.stanza_id, paragraph_ids))

    def files(self, binary_ids: Iterable[int]) -> dict[int, IndexFile]:
        """Binary release id -> its file in the pool."""
        query = sa.select(_BINARY.c.id, _BINARY.c.filename, _BINARY.c.size, _BINARY.c.sha256)
        return {
            number: IndexFile(path=path, size=size, sha256=sha256)
            for number, path, size, sha256 in self._by_values(query, _BINARY.c.id, binary_ids)
        }

    def with_paths(self, membership: Membership, paths: Iterable[str]) -> list[tuple[str, int]]:
        """(path, id) of the binaries of a suite that have one of these paths."""
        query = (
            sa.select(_BINARY.c.filename, _BINARY.c.id)
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .where(_in(_BINARIES_OF, membership))
        )
        return list(self._by_values(query, _BINARY.c.filename, paths))

    def with_files(self, hashes: Iterable[str]) -> dict[int, str]:
        """Binary release id -> SHA-256, of those whose file has one of these hashes."""
        query = sa.select(_BINARY.c.id, _BINARY.c.sha256)
        return dict(self._by_values(query, _BINARY.c.sha256, hashes))

    def built_using_any(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[int, str]]:
        """(binary id, text) of the binaries of a suite that may be built using one of the sources.

        O(archive).
        """
        query = (
            sa.select(_BINARY.c.id, _STANZA.c.text)
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .join(_STANZA, _STANZA.c.id == _BINARY.c.stanza_id)
            .where(
                _in(_BINARIES_OF, membership),
                _STANZA.c.text.contains("Built-Using:", autoescape=True),
            )
        )
        return list(self._naming(query, names))

    def naming(self, membership: Membership, names: Collection[str]) -> list[tuple[int, str]]:
        """(id, text) of the binaries of a suite in whose paragraphs one of these stands.

        Anywhere, and as a part of a longer word too. O(archive).
        """
        query = (
            sa.select(_BINARY.c.id, _STANZA.c.text)
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .join(_STANZA, _STANZA.c.id == _BINARY.c.stanza_id)
            .where(_in(_BINARIES_OF, membership))
        )
        return list(self._naming(query, names))

    def sources_naming(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[str, str]]:
        """(name, text) of the current sources of a suite, likewise. O(archive)."""
        query = (
            sa.select(_SOURCE.c.name, _STANZA.c.text)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .join(_STANZA, _STANZA.c.id == _SOURCE.c.stanza_id)
            .where(_in(_SOURCES_OF, membership), _SOURCES_OF.c.is_extra.is_(False))
        )
        return list(self._naming(query, names))

    def _naming(self, query: sa.Select[Any], names: Collection[str]) -> Iterator[Any]:
        """The rows in whose text one of the names stands, each once."""
        if not names:
            return
        if len(names) > TEXTS_SOUGHT_MAX:  # so many comparisons cost more than all texts do
            yield from self._connection.execute(query)
            return
        is_named = sa.or_(*(_STANZA.c.text.contains(n, autoescape=True) for n in sorted(names)))
        yield from self._connection.execute(query.where(is_named))

    def _by_values(
        self, query: sa.Select[Any], column: sa.Column[Any], values: Iterable[Any]
    ) -> Iterator[Any]:
        wanted = sorted(set(values))
        for start in range(0, len(wanted), VALUES_PER_QUERY_MAX):
            part = wanted[start : start + VALUES_PER_QUERY_MAX]
            yield from plain_rows(self._connection, query.where(column.in_(part)))


def _in(table: sa.Table, membership: Membership) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.suite_id == membership.suite_id,
        interval_holds(table.c.since, table.c.until, membership.number),
    )
