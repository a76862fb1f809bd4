"""What an archive must not say: one name or one path for different bytes."""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import grouped, streamed_rows
from vostok.errors import InvalidInputError

VALUES_PER_QUERY = 5_000
ROWS_AT_ONCE = 1_000
ROWS_MAX = 20_000
"""From so many on the whole suite is read: that is faster than by names."""


def check_no_contradictions(
    connection: sa.Connection, suite_id: int, number: int, label: str
) -> None:
    """Nothing, if none of what came with a snapshot contradicts what the suite lists.

    Members must be stored already. Costs what came, and a look at the directories of all sources.

    Raises:
        InvalidInputError: a name, version and architecture, or a path, has two SHA-256s.
    """
    for members in (schema.suite_binary, schema.suite_udeb):
        if not _agree(_binaries(connection, suite_id, number, members)):
            _check_binaries(_binaries(connection, suite_id, number, members), label)
    _check_sources(_shared_directories(connection, suite_id), label)


def _binaries(
    connection: sa.Connection, suite_id: int, number: int, members: sa.Table
) -> Iterator[Any]:
    """What a suite lists under the names, and the paths, of those that came."""
    release = schema.binary_release
    current = [members.c.suite_id == suite_id, members.c.until.is_(None)]
    joined = members.join(release, release.c.id == members.c.package_id)
    came = connection.execute(
        sa.select(release.c.name, release.c.filename)
        .select_from(joined)
        .where(*current, members.c.since == number)
    ).all()
    query = (
        sa.select(
            release.c.name, release.c.version, release.c.architecture, release.c.filename,
            release.c.sha256, members.c.component, members.c.index_architecture,
        )
        .select_from(joined)
        .where(*current)
    )  # fmt: skip
    if len(came) > ROWS_MAX:
        yield from streamed_rows(connection, query, ROWS_AT_ONCE)
        return
    for column, values in (
        (release.c.name, {row.name for row in came}),
        (release.c.filename, {row.filename for row in came}),
    ):
        for group in grouped(sorted(values), VALUES_PER_QUERY):
            yield from connection.execute(query.where(column.in_(group)))


def _agree(rows: Iterable[Any]) -> bool:
    """Whether nothing contradicts another, told by hashes: they take a fifth of the memory.

    Where two are equal by chance the answer is no.
    """
    digests: dict[int, int] = {}
    for name, version, architecture, filename, sha256, *_ in rows:
        digest = hash(sha256)
        for what in (hash((name, version, architecture)), hash(filename)):
            if digests.setdefault(what, digest) != digest:
                return False
    return True


def _check_binaries(rows: Iterable[Any], label: str) -> None:
    digests: dict[object, str] = {}
    for row in rows:
        name, version, architecture, filename, sha256, component, index_architecture = row
        for what in ((name, version, architecture), filename):
            if digests.setdefault(what, sha256) != sha256:
                called = what if isinstance(what, str) else " ".join(what)
                raise _contradiction(
                    f"{label} {component}/binary-{index_architecture}/Packages: {called}",
                    sha256,
                    digests[what],
                )


def _shared_directories(
    connection: sa.Connection, suite_id: int
) -> Iterator[tuple[str, str, str]]:
    """The files of sources that lie in one directory with other ones."""
    members, release, file = schema.suite_source, schema.source_release, schema.source_file
    current = [members.c.suite_id == suite_id, members.c.until.is_(None)]
    joined = members.join(release, release.c.id == members.c.package_id)
    shared = (
        sa.select(release.c.directory)
        .select_from(joined)
        .where(*current)
        .group_by(release.c.directory)
        .having(sa.func.count() > 1)
    )
    sources = connection.execute(
        sa.select(release.c.id, release.c.directory, members.c.component)
        .select_from(joined)
        .where(*current, release.c.directory.in_(shared))
    ).all()
    where = {row.id: (row.directory, row.component) for row in sources}
    for group in grouped(where, VALUES_PER_QUERY):
        for row in connection.execute(
            sa.select(file.c.source_id, file.c.name, file.c.sha256).where(
                file.c.source_id.in_(group)
            )
        ):
            directory, component = where[row.source_id]
            yield component, f"{directory}/{row.name}", row.sha256


def _check_sources(files: Iterable[tuple[str, str, str]], label: str) -> None:
    digests: dict[str, str] = {}
    for component, path, sha256 in files:
        if digests.setdefault(path, sha256) != sha256:
            raise _contradiction(
                f"{label} {component}/source/Sources: {path}", sha256, digests[path]
            )


def _contradiction(what: str, sha256: str, other: str) -> InvalidInputError:
    return InvalidInputError(
        f"{what} is there with two SHA-256s, {sha256} and {other}",
        hint="the archive contradicts itself; nothing of it was taken",
    )
