"""Storing how a suite differs from its newest snapshot: new releases, then membership.

What is the same in both is not touched. Everything here costs the difference, apart from the last
checks, which look at the suite's rows once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import (
    Ids,
    count_anew,
    grouped,
    insert_rows,
    lock_against_writers,
    streamed_rows,
    temporary_table,
)
from vostok.debian.version import Version
from vostok.domain.index_plan import PartKind, PartName
from vostok.domain.snapshot import PartChange
from vostok.services.repositories import ReleaseSpool

DIGESTS_PER_GROUP = 50_000
ROWS_TO_COUNT_ANEW = 5_000
ROWS_AT_ONCE = 1_000

_DIGESTS = sa.Table(
    "incoming_digest",
    sa.MetaData(),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    prefixes=["TEMPORARY"],
)
_GONE = sa.Table(
    "gone_package",
    sa.MetaData(),
    sa.Column("package_id", sa.Integer, nullable=False),
    sa.Column("component", sa.Text, nullable=False),
    prefixes=["TEMPORARY"],
)

_RELEASES = {
    PartKind.SOURCES: schema.source_release,
    PartKind.BINARIES: schema.binary_release,
    PartKind.UDEBS: schema.binary_release,
}
_MEMBERS = {
    PartKind.SOURCES: schema.suite_source,
    PartKind.BINARIES: schema.suite_binary,
    PartKind.UDEBS: schema.suite_udeb,
}
_SOURCE_COLUMNS = ("id", "name", "version", "architecture", "directory", "is_extra", "stanza_id")
_BINARY_COLUMNS = (
    "id", "name", "version", "architecture", "source_name", "source_version", "filename", "size",
    "sha256", "stanza_id",
)  # fmt: skip
_STANZA_AND_DIGEST = 2


def stanza_digests(connection: sa.Connection, suite_id: int, part: PartName) -> dict[bytes, int]:
    """What a part of a suite lists now: SHA-256 of each stanza -> id of its release. O(part)."""
    members, release = _MEMBERS[part.kind], _RELEASES[part.kind]
    query = (
        sa.select(schema.stanza.c.sha256, members.c.package_id)
        .select_from(members)
        .join(release, release.c.id == members.c.package_id)
        .join(schema.stanza, schema.stanza.c.id == release.c.stanza_id)
        .where(*_current(members, suite_id, part))
    )
    return dict(streamed_rows(connection, query, ROWS_AT_ONCE))


def parts_of(connection: sa.Connection, suite_id: int) -> list[PartName]:
    """The parts of which a suite has packages now. O(suite)."""
    found: list[PartName] = []
    for kind, members in _MEMBERS.items():
        keys = [members.c.component]
        if "index_architecture" in members.c:
            keys.append(members.c.index_architecture)
        query = (
            sa.select(*keys)
            .distinct()
            .where(members.c.suite_id == suite_id, members.c.until.is_(None))
        )
        found.extend(
            PartName(kind=kind, component=row[0], architecture="".join(row[1:]))
            for row in connection.execute(query)
        )
    return found


def store_changes(
    connection: sa.Connection,
    suite_id: int,
    number: int,
    changes: Sequence[PartChange],
    spool: ReleaseSpool,
) -> None:
    """Make the suite at `number` what its newest snapshot is, but for these differences.

    Args:
        connection: of a writing transaction.
        suite_id: whose membership changes.
        number: of the new snapshot.
        changes: one for each part that differs.
        spool: has every release that comes and that the suite had not before.
    """
    lock_against_writers(connection, schema.stanza, schema.source_release, schema.binary_release)
    come: dict[bool, set[bytes]] = {True: set(), False: set()}
    for change in changes:
        come[change.part.kind is PartKind.SOURCES].update(change.come)
    source_ids = _Incoming(connection, schema.source_release).stored(come[True], spool.sources())
    binary_ids = _Incoming(connection, schema.binary_release).stored(come[False], spool.binaries())
    for change in changes:
        ids = source_ids if change.part.kind is PartKind.SOURCES else binary_ids
        _close(connection, suite_id, number, change)
        _open(connection, suite_id, number, change, ids)
    if sum(len(change.come) for change in changes) > ROWS_TO_COUNT_ANEW:
        count_anew(
            connection, schema.stanza, schema.source_release, schema.source_file,
            schema.binary_release, *_MEMBERS.values(),
        )  # fmt: skip
    _mark_extra_sources(connection, suite_id, number)


class _Incoming:
    """Releases of one table on their way in; each is stored once however many suites have it."""

    def __init__(self, connection: sa.Connection, release: sa.Table) -> None:
        self._connection = connection
        self._release = release
        self._stanza_ids = Ids(connection, schema.stanza)
        self._release_ids = Ids(connection, release)

    def stored(
        self, digests: set[bytes], batches: Iterable[list[tuple[Any, ...]]]
    ) -> dict[bytes, int]:
        """SHA-256 of a stanza -> id of its release, after those that are new have been stored."""
        ids = self._known(digests)
        for batch in batches:
            fresh = {row[0]: row for row in batch if row[0] in digests and row[0] not in ids}
            new = list(fresh.values())
            stanzas = self._stanza_ids.take(len(new))
            releases = self._release_ids.take(len(new))
            insert_rows(
                self._connection,
                schema.stanza,
                ("id", "sha256", "text"),
                [(i, *row[:_STANZA_AND_DIGEST]) for i, row in zip(stanzas, new, strict=True)],
            )
            self._insert_releases(releases, stanzas, new)
            ids.update(zip((row[0] for row in new), releases, strict=True))
        self._stanza_ids.settle()
        self._release_ids.settle()
        return ids

    def _insert_releases(
        self, releases: range, stanzas: range, rows: list[tuple[Any, ...]]
    ) -> None:
        is_source = self._release is schema.source_release
        columns = _SOURCE_COLUMNS if is_source else _BINARY_COLUMNS
        end = -1 if is_source else None
        insert_rows(
            self._connection,
            self._release,
            columns,
            [
                (release, *row[_STANZA_AND_DIGEST:end], stanza)
                for release, stanza, row in zip(releases, stanzas, rows, strict=True)
            ],
        )
        if is_source:
            insert_rows(
                self._connection,
                schema.source_file,
                ("source_id", "name", "size", "sha256"),
                [
                    (release, *file)
                    for release, row in zip(releases, rows, strict=True)
                    for file in row[-1]
                ],
            )

    def _known(self, digests: set[bytes]) -> dict[bytes, int]:
        """Those of the stanzas that some suite has already."""
        stanza = schema.stanza
        if self._connection.execute(sa.select(stanza.c.id).limit(1)).first() is None:
            return {}
        query = (
            sa.select(_DIGESTS.c.sha256, self._release.c.id)
            .select_from(_DIGESTS)
            .join(stanza, stanza.c.sha256 == _DIGESTS.c.sha256)
            .join(self._release, self._release.c.stanza_id == stanza.c.id)
        )
        found: dict[bytes, int] = {}
        for group in grouped(digests, DIGESTS_PER_GROUP):
            with temporary_table(self._connection, _DIGESTS):
                rows = [(digest,) for digest in group]
                insert_rows(self._connection, _DIGESTS, ("sha256",), rows)
                found.update({row[0]: row[1] for row in self._connection.execute(query)})
        return found


def _current(members: sa.Table, suite_id: int, part: PartName) -> list[sa.ColumnElement[bool]]:
    conditions = [
        members.c.suite_id == suite_id,
        members.c.until.is_(None),
        members.c.component == part.component,
    ]
    if part.kind is not PartKind.SOURCES:
        conditions.append(members.c.index_architecture == part.architecture)
    return conditions


def _close(connection: sa.Connection, suite_id: int, number: int, change: PartChange) -> None:
    if not change.gone:
        return
    members = _MEMBERS[change.part.kind]
    with temporary_table(connection, _GONE):
        insert_rows(
            connection,
            _GONE,
            ("package_id", "component"),
            [(gone, change.part.component) for gone in change.gone],
        )
        connection.execute(
            members.update()
            .where(
                *_current(members, suite_id, change.part),
                members.c.package_id.in_(sa.select(_GONE.c.package_id)),
            )
            .values(until=number)
        )


def _open(
    connection: sa.Connection,
    suite_id: int,
    number: int,
    change: PartChange,
    ids: Mapping[bytes, int],
) -> None:
    part = change.part
    is_source = part.kind is PartKind.SOURCES
    mine, value = ("is_extra", False) if is_source else ("index_architecture", part.architecture)
    columns = ("suite_id", "package_id", "component", "since", mine)
    rows = [(suite_id, ids[digest], part.component, number, value) for digest in change.come]
    insert_rows(connection, _MEMBERS[part.kind], columns, rows)


def _mark_extra_sources(connection: sa.Connection, suite_id: int, number: int) -> None:
    """Have one row of each name not be extra: the highest version that is a source of the suite.

    Only names with several rows, or none that could be it, are looked at in detail.
    """
    members, release = schema.suite_source, schema.source_release
    current = sa.and_(members.c.suite_id == suite_id, members.c.until.is_(None))
    joined = members.join(release, release.c.id == members.c.package_id)
    doubtful = (
        sa.select(release.c.name)
        .select_from(joined)
        .where(current)
        .group_by(release.c.name)
        .having(
            sa.or_(
                sa.func.count() > 1,
                sa.func.sum(sa.cast(members.c.is_extra, sa.Integer))
                != sa.func.sum(sa.cast(release.c.is_extra, sa.Integer)),
            )
        )
    )
    rows = connection.execute(
        sa.select(
            release.c.name, release.c.version, release.c.is_extra.label("is_marked"),
            members.c.package_id, members.c.component, members.c.is_extra, members.c.since,
        )
        .select_from(joined)
        .where(current, release.c.name.in_(doubtful))
    ).all()  # fmt: skip
    by_name: dict[str, list[Any]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    wrong = [row for same in by_name.values() for row in _wrongly_marked(same)]
    _turn(connection, suite_id, number, wrong)


def _wrongly_marked(same: list[sa.Row[Any]]) -> list[sa.Row[Any]]:
    eligible = [row for row in same if not row.is_marked]
    best = max(eligible, key=_rank, default=None)
    return [row for row in same if row.is_extra == (row is best)]


def _rank(row: sa.Row[Any]) -> tuple[Version, str, int]:
    """The highest version last; of equal ones in two components always the same one."""
    return Version.parse(row.version), row.component, -int(row.package_id)


def _turn(
    connection: sa.Connection, suite_id: int, number: int, rows: Sequence[sa.Row[Any]]
) -> None:
    """Give rows the other mark: those of this snapshot as they are, older ones from now on."""
    if not rows:
        return
    members = schema.suite_source
    with temporary_table(connection, _GONE):
        pairs = [(row.package_id, row.component) for row in rows]
        insert_rows(connection, _GONE, ("package_id", "component"), pairs)
        current = [
            members.c.suite_id == suite_id,
            members.c.until.is_(None),
            sa.tuple_(members.c.package_id, members.c.component).in_(
                sa.select(_GONE.c.package_id, _GONE.c.component)
            ),
        ]
        connection.execute(members.delete().where(*current, members.c.since == number))
        connection.execute(members.update().where(*current).values(until=number))
    insert_rows(
        connection,
        members,
        ("suite_id", "package_id", "component", "since", "is_extra"),
        [(suite_id, row.package_id, row.component, number, not row.is_extra) for row in rows],
    )
