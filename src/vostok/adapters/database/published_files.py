"""Which files of their bases publications show: found by path, for nothing names each of them."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import insert_rows
from vostok.adapters.database.rows import interval_holds
from vostok.domain.derivation import Unbuilt
from vostok.domain.publication import (
    NOT_BUILT,
    BaseShown,
    HiddenBinary,
    IndexFile,
    is_covered,
)

NAMES_PER_QUERY_MAX = 5_000

_HIDDEN = schema.publication_hidden
_BINARY, _SOURCE, _FILE = schema.binary_release, schema.source_release, schema.source_file


def hide(
    connection: sa.Connection, suite_id: int, number: int, hidden: Iterable[tuple[str, str]]
) -> None:
    """From publication `number` on just these of the base are not shown: (kind, name)."""
    wanted = set(hidden)
    rows = connection.execute(
        sa.select(_HIDDEN.c.kind, _HIDDEN.c.name).where(
            _HIDDEN.c.suite_id == suite_id, _HIDDEN.c.until.is_(None)
        )
    )
    known = {(row.kind, row.name) for row in rows}
    ended = sorted(known - wanted)
    for start in range(0, len(ended), NAMES_PER_QUERY_MAX):
        connection.execute(
            _HIDDEN.update()
            .where(
                _HIDDEN.c.suite_id == suite_id,
                _HIDDEN.c.until.is_(None),
                sa.tuple_(_HIDDEN.c.kind, _HIDDEN.c.name).in_(
                    ended[start : start + NAMES_PER_QUERY_MAX]
                ),
            )
            .values(until=number)
        )
    insert_rows(
        connection,
        _HIDDEN,
        ("suite_id", "kind", "name", "since"),
        [(suite_id, kind, name, number) for kind, name in sorted(wanted - known)],
    )


def not_built_at(connection: sa.Connection, suite_id: int, number: int) -> list[HiddenBinary]:
    """What a publication does not show, as its source builds it no more."""
    names = connection.execute(
        sa.select(_HIDDEN.c.name).where(
            _HIDDEN.c.suite_id == suite_id,
            _HIDDEN.c.kind == NOT_BUILT,
            interval_holds(_HIDDEN.c.since, _HIDDEN.c.until, number),
        )
    )
    ids = [int(name) for name in names.scalars()]
    found: list[HiddenBinary] = []
    for start in range(0, len(ids), NAMES_PER_QUERY_MAX):
        rows = connection.execute(
            sa.select(_BINARY.c.id, _BINARY.c.name, _BINARY.c.source_name).where(
                _BINARY.c.id.in_(ids[start : start + NAMES_PER_QUERY_MAX])
            )
        )
        found += [HiddenBinary._make(row) for row in rows]
    return found


def find_in_bases(connection: sa.Connection, archive_id: int, path: str) -> IndexFile | None:
    """The file of a path that a kept publication of an archive shows of its base. O(1)."""
    directory, _, name = path.rpartition("/")
    wanted = {"archive_id": archive_id, "path": path, "directory": directory, "name": name}
    for row in connection.execute(_BINARIES, wanted):
        if row.index_architecture in row.architectures and _is_shown(
            connection, row, "binary", path
        ):
            return IndexFile(path=path, size=row.size, sha256=row.sha256)
    for row in connection.execute(_SOURCES, wanted):
        if _is_shown(connection, row, "source", str(row.id)):
            return IndexFile(path=path, size=row.size, sha256=row.sha256)
    return None


def _is_shown(connection: sa.Connection, row: sa.Row[Any], kind: str, name: str) -> bool:
    """Whether not all publications of a derivation hide it."""
    if row.base_shown == BaseShown.WHOLE:
        return True
    intervals = connection.execute(
        sa.select(_HIDDEN.c.since, _HIDDEN.c.until).where(
            _HIDDEN.c.suite_id == row.suite_id, _HIDDEN.c.kind == kind, _HIDDEN.c.name == name
        )
    )
    return not is_covered(row.first, row.last, [(i.since, i.until) for i in intervals])


def _published() -> sa.Subquery:
    """The bases that publications of an archive show, with the numbers that do."""
    s, publication = schema.suite, schema.publication
    derivation = schema.derivation
    return (
        sa.select(
            publication.c.suite_id,
            publication.c.derivation,
            publication.c.base_shown,
            sa.func.min(publication.c.number).label("first"),
            sa.func.max(publication.c.number).label("last"),
            derivation.c.base_suite_id,
            derivation.c.base_number,
            derivation.c.is_all,
            derivation.c.unbuilt,
        )
        .join(s, s.c.id == publication.c.suite_id)
        .join(
            derivation,
            sa.and_(
                derivation.c.suite_id == publication.c.suite_id,
                derivation.c.number == publication.c.derivation,
            ),
        )
        .where(
            s.c.archive_id == sa.bindparam("archive_id"),
            publication.c.base_shown != BaseShown.NOTHING,
        )
        .group_by(
            publication.c.suite_id,
            publication.c.derivation,
            publication.c.base_shown,
            derivation.c.base_suite_id,
            derivation.c.base_number,
            derivation.c.is_all,
            derivation.c.unbuilt,
        )
        .subquery()
    )


def _of_base(members: sa.Table, published: sa.Subquery) -> sa.ColumnElement[bool]:
    return sa.and_(
        members.c.suite_id == published.c.base_suite_id,
        interval_holds(members.c.since, members.c.until, published.c.base_number),
    )


def _is_taken(published: sa.Subquery, name: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Whether the source of that name is taken, or everything is shown."""
    taken = schema.taken_source
    current, members = schema.source_release.alias("current"), schema.suite_source.alias("now")
    of_name = sa.select(current.c.id).where(current.c.name == name).correlate(name.table)
    has_current = (
        sa.select(members.c.package_id)
        .where(
            members.c.package_id.in_(of_name),
            members.c.suite_id == published.c.base_suite_id,
            interval_holds(members.c.since, members.c.until, published.c.base_number),
            members.c.is_extra.is_(False),
        )
        .exists()
    )
    is_named = (
        sa.select(taken.c.source)
        .where(
            taken.c.suite_id == published.c.suite_id,
            taken.c.source == name,
            interval_holds(taken.c.since, taken.c.until, published.c.derivation),
        )
        .exists()
    )
    return sa.or_(
        published.c.base_shown == BaseShown.WHOLE,
        sa.and_(published.c.is_all, has_current),
        sa.and_(sa.not_(published.c.is_all), is_named),
    )


def _binaries() -> sa.Select[Any]:
    published, members, suite = _published(), schema.suite_binary, schema.suite
    like = _BINARY.alias("like")
    return (
        sa.select(
            _BINARY.c.size, _BINARY.c.sha256, members.c.index_architecture, suite.c.architectures,
            published.c.suite_id, published.c.base_shown, published.c.first, published.c.last,
        )
        .join(members, members.c.package_id == _BINARY.c.id)
        .join(published, _of_base(members, published))
        .join(suite, suite.c.id == published.c.suite_id)
        .where(
            members.c.package_id.in_(
                sa.select(like.c.id).where(like.c.filename == sa.bindparam("path"))
            ),
            sa.or_(
                published.c.base_shown == BaseShown.WHOLE, published.c.unbuilt == Unbuilt.PARENT
            ),
            _is_taken(published, _BINARY.c.source_name),
        )
    )  # fmt: skip


def _sources() -> sa.Select[Any]:
    published, members = _published(), schema.suite_source
    like = _SOURCE.alias("like")
    return (
        sa.select(
            _SOURCE.c.id, _FILE.c.size, _FILE.c.sha256,
            published.c.suite_id, published.c.base_shown, published.c.first, published.c.last,
        )
        .join(_FILE, _FILE.c.source_id == _SOURCE.c.id)
        .join(members, members.c.package_id == _SOURCE.c.id)
        .join(published, _of_base(members, published))
        .where(
            members.c.package_id.in_(
                sa.select(like.c.id).where(like.c.directory == sa.bindparam("directory"))
            ),
            _FILE.c.name == sa.bindparam("name"),
            _is_taken(published, _SOURCE.c.name),
        )
    )  # fmt: skip


# Ids come first, by the path: in a plain join SQLite looks at every member of the suite, 14 ms of
# sid for each file. Made once: to put one together takes longer than to have it answered.
_BINARIES, _SOURCES = _binaries(), _sources()
