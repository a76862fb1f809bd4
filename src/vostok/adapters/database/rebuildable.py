"""What decides how sources are rebuilt, read in sets and without their paragraphs."""

from collections.abc import Collection
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import interval_holds
from vostok.domain.package import Membership

NAMES_PER_QUERY_MAX = 10_000
"""SQLite takes 32,766 variables in one statement. Of more names the whole suite is read."""

_SOURCE, _SOURCES_OF = schema.source_release, schema.suite_source
_BINARY, _BINARIES_OF = schema.binary_release, schema.suite_binary
_STANZA = schema.stanza


class SqlRebuildable:
    """Implements `services.repositories.Rebuildable`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def current_sources(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[int, str, str, str]]:
        """(id, name, version, architectures) of the sources of these names by name."""
        query = (
            sa.select(_SOURCE.c.id, _SOURCE.c.name, _SOURCE.c.version, _SOURCE.c.architecture)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(_in(_SOURCES_OF, membership), _SOURCES_OF.c.is_extra.is_(False))
        )
        found: list[tuple[int, str, str, str]] = self._of_names(query, 1, names)
        return sorted(found, key=itemgetter(1))

    def source_versions(self, membership: Membership) -> list[str]:
        """The versions of all sources. O(suite)."""
        query = (
            sa.select(_SOURCE.c.version)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(_in(_SOURCES_OF, membership), _SOURCES_OF.c.is_extra.is_(False))
        )
        return list(self._connection.execute(query).scalars())

    def continued_versions(
        self, membership: Membership, names: Collection[str], architecture: str | None = None
    ) -> list[tuple[str, str, str]]:
        """(source, its version, version) of binaries whose version continues their source's.

        `1.2-3+b1` of `1.2-3`, but neither `1.2-3` itself nor `4:12` of `1.2-3`. Each once. Of
        all architectures, or of one.
        """
        query = (
            sa.select(_BINARY.c.source_name, _BINARY.c.source_version, _BINARY.c.version)
            .distinct()
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .where(
                _in(_BINARIES_OF, membership),
                _BINARY.c.version != _BINARY.c.source_version,
                sa.func.substr(_BINARY.c.version, 1, sa.func.length(_BINARY.c.source_version))
                == _BINARY.c.source_version,
            )
        )
        if architecture is not None:
            query = query.where(_BINARY.c.architecture == architecture)
        return self._of_names(query, 0, names)

    def independent_with_exact_relations(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[str, str, str]]:
        """(source, name, paragraph) of `all` packages that want something in an exact version.

        Not of sources that make nothing else than `all` packages.
        """
        mixed = (
            sa.select(_SOURCE.c.name)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(_in(_SOURCES_OF, membership), _SOURCE.c.architecture != "all")
        )
        query = (
            sa.select(_BINARY.c.source_name, _BINARY.c.name, _STANZA.c.text)
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .join(_STANZA, _STANZA.c.id == _BINARY.c.stanza_id)
            .where(
                _in(_BINARIES_OF, membership),
                _BINARY.c.architecture == "all",
                _BINARY.c.source_name.in_(mixed),
                _STANZA.c.text.contains("(= ", autoescape=True),
            )
        )
        return self._of_names(query, 0, names)

    def dependent_with_exact_relations(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[str, str, str, str]]:
        """(source, name, version, paragraph) of others that want something in an exact version.

        Only of sources that make `all` packages too.
        """
        mixed = (
            sa.select(_SOURCE.c.name)
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .where(
                _in(_SOURCES_OF, membership),
                _SOURCE.c.architecture != "all",
                _SOURCE.c.architecture.contains("all"),
            )
        )
        query = (
            sa.select(_BINARY.c.source_name, _BINARY.c.name, _BINARY.c.version, _STANZA.c.text)
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .join(_STANZA, _STANZA.c.id == _BINARY.c.stanza_id)
            .where(
                _in(_BINARIES_OF, membership),
                _BINARY.c.architecture != "all",
                _BINARY.c.source_name.in_(mixed),
                _STANZA.c.text.contains("(= ", autoescape=True),
            )
        )
        return self._of_names(query, 0, names)

    def independent_packages(
        self, membership: Membership, names: Collection[str]
    ) -> set[tuple[str, str]]:
        """(source, name) of the `all` packages of these sources."""
        query = (
            sa.select(_BINARY.c.source_name, _BINARY.c.name)
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .where(_in(_BINARIES_OF, membership), _BINARY.c.architecture == "all")
        )
        return set(self._of_names(query, 0, names))

    def coinstallable(self, membership: Membership, names: Collection[str]) -> frozenset[str]:
        """The sources of these names that have Multi-Arch: same packages."""
        query = (
            sa.select(_BINARY.c.source_name)
            .distinct()
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .join(_STANZA, _STANZA.c.id == _BINARY.c.stanza_id)
            .where(
                _in(_BINARIES_OF, membership),
                _STANZA.c.text.contains("\nMulti-Arch: same\n", autoescape=True),
            )
        )
        return frozenset(row.source_name for row in self._of_names(query, 0, names))

    def dependent_packages(
        self, membership: Membership, names: Collection[str]
    ) -> set[tuple[str, str]]:
        """(source, name) of the packages of these sources that are made per architecture."""
        query = (
            sa.select(_BINARY.c.source_name, _BINARY.c.name)
            .join(_BINARIES_OF, _BINARIES_OF.c.package_id == _BINARY.c.id)
            .where(_in(_BINARIES_OF, membership), _BINARY.c.architecture != "all")
        )
        return set(self._of_names(query, 0, names))

    def _of_names(self, query: sa.Select[Any], place: int, names: Collection[str]) -> list[Any]:
        """The rows whose value at a place is one of the names."""
        if len(names) <= NAMES_PER_QUERY_MAX:
            column = list(query.selected_columns)[place]
            query = query.where(column.in_(sorted(names)))
            return list(self._connection.execute(query).all())
        wanted = frozenset(names)
        return [row for row in self._connection.execute(query).all() if row[place] in wanted]


def _in(table: sa.Table, membership: Membership) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.suite_id == membership.suite_id,
        interval_holds(table.c.since, table.c.until, membership.number),
    )
