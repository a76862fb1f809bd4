"""Taking the packages of a suite away some at a time, so that others can write in between."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import count_anew
from vostok.domain.deletion import CandidateKind

_CANDIDATE = schema.deletion_candidate
_SOME = sa.Table(
    "some_package", sa.MetaData(), sa.Column("id", sa.Integer), prefixes=["TEMPORARY"]
)
_FREE = sa.Table(
    "free_package",
    sa.MetaData(),
    sa.Column("id", sa.Integer),
    sa.Column("stanza_id", sa.Integer),
    prefixes=["TEMPORARY"],
)
_MEMBERS = (
    (schema.suite_source, schema.source_release),
    (schema.suite_binary, schema.binary_release),
    (schema.suite_udeb, schema.binary_release),
)


def delete_members(
    connection: sa.Connection, archive_id: int, packages_max: int
) -> dict[str, int]:
    """Take some packages out of an archive's suites; how many rows of each table went.

    A release that nobody has any more goes too. Its files are noted as candidates for removal,
    as are those of the others. It returns nothing only once no row went, and then nothing is left
    to be done; so who calls it until then comes to an end.
    """
    suites = sa.select(schema.suite.c.id).where(schema.suite.c.archive_id == archive_id)
    for members, release in _MEMBERS:
        wanted = (
            sa.select(members.c.package_id)
            .distinct()
            .where(members.c.suite_id.in_(suites))
            .limit(packages_max)
        )
        with _packages(connection, _SOME, ["id"], wanted) as count:
            if count == 0:
                continue
            some = sa.select(_SOME.c.id)
            note_candidates(connection, archive_id, CandidateKind.FILE, _files(release, some))
            own = sa.and_(members.c.suite_id.in_(suites), members.c.package_id.in_(some))
            taken = connection.execute(members.delete().where(own)).rowcount
            if taken == 0:
                continue
            return {members.name: taken} | _free_releases(connection, release, some)
    return {}


def note_candidates(
    connection: sa.Connection, archive_id: int, kind: CandidateKind, names: sa.Select[Any]
) -> None:
    """Write names down of what may have to go with an archive, each once."""
    found = names.distinct().subquery()
    name = sa.cast(next(iter(found.c)), sa.Text)
    is_noted = sa.exists().where(
        _CANDIDATE.c.archive_id == archive_id, _CANDIDATE.c.kind == kind.value,
        _CANDIDATE.c.name == name,
    )  # fmt: skip
    connection.execute(
        _CANDIDATE.insert().from_select(
            ["archive_id", "kind", "name", "is_shared", "is_done"],
            sa.select(
                sa.literal(archive_id), sa.literal(kind.value), name, sa.false(), sa.false()
            ).where(~is_noted),
        )
    )


def _files(release: sa.Table, ids: sa.Select[tuple[int]]) -> sa.Select[tuple[str]]:
    if release is schema.binary_release:
        return sa.select(release.c.sha256).where(release.c.id.in_(ids))
    file = schema.source_file
    return sa.select(file.c.sha256).where(file.c.source_id.in_(ids))


def _free_releases(
    connection: sa.Connection, release: sa.Table, ids: sa.Select[tuple[int]]
) -> dict[str, int]:
    """Delete those of the releases that nothing names any more, with their paragraphs."""
    unnamed = sa.select(release.c.id, release.c.stanza_id).where(
        release.c.id.in_(ids), *(~named for named in _namings(release))
    )
    deleted = {}
    with _packages(connection, _FREE, ["id", "stanza_id"], unnamed):
        file = schema.source_file
        conditions = [
            (release, release.c.id.in_(sa.select(_FREE.c.id))),
            (schema.stanza, schema.stanza.c.id.in_(sa.select(_FREE.c.stanza_id))),
        ]
        if release is schema.source_release:
            conditions.insert(0, (file, file.c.source_id.in_(sa.select(_FREE.c.id))))
        for table, condition in conditions:
            count = connection.execute(table.delete().where(condition)).rowcount
            if count:
                deleted[table.name] = count
    return deleted


def _namings(release: sa.Table) -> Iterator[sa.Exists]:
    """For every column that refers to a release: whether a row has it there."""
    for table in schema.metadata.sorted_tables:
        if table is schema.source_file:
            continue
        for column in table.c:
            if any(key.references(release) for key in column.foreign_keys):
                yield sa.exists().where(column == release.c.id)


@contextmanager
def _packages(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], query: sa.Select[Any]
) -> Iterator[int]:
    """A table for this while with what a query finds; how many rows these are."""
    table.create(connection)
    # Else it is not known how many rows there are: the cursor of an INSERT is closed before.
    filling = table.insert().from_select(list(columns), query)
    count = connection.execute(filling.execution_options(preserve_rowcount=True)).rowcount
    count_anew(connection, table)
    yield count
    table.drop(connection)
