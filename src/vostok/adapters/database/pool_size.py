"""How many bytes the files of a suite have, told from its former snapshot by what changed."""

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import grouped, streamed_rows
from vostok.adapters.database.rows import interval_holds

CHANGED_ROWS_MAX = 20_000
"""From so many on all files are counted anew: that is faster."""

HASHES_PER_QUERY = 5_000
ROWS_AT_ONCE = 1_000

Which = Callable[[sa.Table], sa.ColumnElement[bool]]

_FILES = (
    (
        schema.suite_binary,
        schema.binary_release.c.sha256,
        schema.binary_release.c.size,
        schema.binary_release.c.id,
    ),
    (
        schema.suite_source,
        schema.source_file.c.sha256,
        schema.source_file.c.size,
        schema.source_file.c.source_id,
    ),
)


def pool_bytes_after(connection: sa.Connection, suite_id: int, number: int) -> int:
    """The size of all files that a suite lists at a number, each once.

    Args:
        connection: of a transaction that has stored the members.
        suite_id: whose.
        number: of the newest snapshot; the one before it has its figure already.
    """
    before = connection.execute(
        sa.select(schema.snapshot.c.pool_bytes).where(
            schema.snapshot.c.suite_id == suite_id, schema.snapshot.c.number == number - 1
        )
    ).scalar_one_or_none()
    if not before or _changed_rows(connection, suite_id, number) > CHANGED_ROWS_MAX:
        return sum(
            _files(connection, suite_id, lambda members: members.c.until.is_(None)).values()
        )
    sizes = _files(connection, suite_id, lambda members: _changed(members, number))
    then = _listed(connection, suite_id, number - 1, sizes)
    now = _listed(connection, suite_id, number, sizes)
    come, gone = now - then, then - now
    return int(before) + sum(sizes[file] for file in come) - sum(sizes[file] for file in gone)


def _changed_rows(connection: sa.Connection, suite_id: int, number: int) -> int:
    return sum(
        connection.execute(
            sa.select(sa.func.count())
            .select_from(members)
            .where(members.c.suite_id == suite_id, _changed(members, number))
        ).scalar_one()
        for members, *_ in _FILES
    )


def _files(connection: sa.Connection, suite_id: int, which: Which) -> dict[str, int]:
    """SHA-256 -> size of each file of some members. In half the time that UNION takes."""
    sizes: dict[str, int] = {}
    for members, sha256, size, package_id in _FILES:
        query = (
            sa.select(sha256, size)
            .join(members, members.c.package_id == package_id)
            .where(members.c.suite_id == suite_id, which(members))
        )
        sizes.update(streamed_rows(connection, query, ROWS_AT_ONCE))
    return sizes


def _listed(
    connection: sa.Connection, suite_id: int, number: int, hashes: Iterable[str]
) -> set[str]:
    """Those of the files that a suite lists at a number."""
    found: set[str] = set()
    for group in grouped(hashes, HASHES_PER_QUERY):
        for members, sha256, _, package_id in _FILES:
            # The hashes become ids first: a plain join has SQLite look at all that the suite has.
            having = sa.select(package_id).where(sha256.in_(group))
            rows = connection.execute(
                sa.select(sha256)
                .join(members, members.c.package_id == package_id)
                .where(
                    sha256.in_(group),
                    members.c.package_id.in_(having),
                    members.c.suite_id == suite_id,
                    interval_holds(members.c.since, members.c.until, number),
                )
            )
            found.update(rows.scalars())
    return found


def _changed(members: sa.Table, number: int) -> sa.ColumnElement[bool]:
    return sa.or_(members.c.since == number, members.c.until == number)
