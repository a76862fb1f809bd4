"""Mass writing of releases: a temporary table, then `INSERT … SELECT`.

What is there already is found by the database in one statement and not row by row.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.file_names import hold_names
from vostok.adapters.database.rows import interval_holds
from vostok.domain.package import NewBinary, NewSource
from vostok.errors import ConflictError

BATCH_ROWS = 5_000

Release = TypeVar("Release")

_TYPES = {"text": sa.Text, "int": sa.BigInteger, "blob": sa.LargeBinary, "bool": sa.Boolean}


def _staging(table: str, /, **columns: str) -> sa.Table:
    return sa.Table(
        table,
        sa.MetaData(),
        *(sa.Column(column, _TYPES[kind]) for column, kind in columns.items()),
        prefixes=["TEMPORARY"],
    )


_SOURCES = _staging(
    "incoming_source", name="text", version="text", architecture="text", directory="text",
    is_extra="bool", component="text", stanza_sha256="blob", stanza="text",
)  # fmt: skip
_FILES = _staging("incoming_file", stanza_sha256="blob", name="text", size="int", sha256="text")
_BINARIES = _staging(
    "incoming_binary", name="text", version="text", architecture="text", source_name="text",
    source_version="text", filename="text", size="int", sha256="text", component="text",
    index_architecture="text", stanza_sha256="blob", stanza="text",
)  # fmt: skip

_SOURCE_COLUMNS = ("name", "version", "architecture", "directory", "is_extra")
_BINARY_COLUMNS = (
    "name", "version", "architecture", "source_name", "source_version", "filename", "size",
    "sha256",
)  # fmt: skip


class IncomingSources:
    """Source releases on their way in; each is stored once however many archives have it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, suite_id: int, mark: Mapping[str, object], sources: Iterable[NewSource]) -> None:
        """Store sources and enter them as deltas of a suite."""
        with self._staged(sources):
            _enter_deltas(
                self._connection, _SOURCES, schema.source_release, schema.delta_source,
                {"suite_id": suite_id, **mark},
            )  # fmt: skip

    @contextmanager
    def _staged(self, sources: Iterable[NewSource]) -> Iterator[int]:
        hold_names(self._connection)  # a release that is found must not go before it is entered
        with _created(self._connection, _SOURCES, _FILES):
            count = 0
            for batch in _batches(sources):
                digests = [_digest(source.stanza) for source in batch]
                rows = [_source_row(s, d) for s, d in zip(batch, digests, strict=True)]
                files = [
                    {"stanza_sha256": digest, "name": name, "size": size, "sha256": sha256}
                    for source, digest in zip(batch, digests, strict=True)
                    for name, size, sha256 in source.files
                ]
                self._connection.execute(_SOURCES.insert(), rows)
                if files:
                    self._connection.execute(_FILES.insert(), files)
                count += len(batch)
            _store_releases(self._connection, _SOURCES, schema.source_release, _SOURCE_COLUMNS)
            self._store_files()
            yield count

    def _store_files(self) -> None:
        release, table = schema.source_release, schema.source_file
        self._connection.execute(
            _insert_missing(
                self._connection,
                table,
                ["source_id", "name", "size", "sha256"],
                sa.select(release.c.id, _FILES.c.name, _FILES.c.size, _FILES.c.sha256)
                .select_from(_FILES)
                .join(schema.stanza, schema.stanza.c.sha256 == _FILES.c.stanza_sha256)
                .join(release, release.c.stanza_id == schema.stanza.c.id),
            )
        )


class IncomingBinaries:
    """Binary releases on their way in; each is stored once however many archives have it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self, suite_id: int, mark: Mapping[str, object], binaries: Iterable[NewBinary]
    ) -> None:
        """Store binaries and enter them as deltas of a suite.

        Raises:
            ConflictError: one has other bytes than its like in the same archive (I6).
        """
        with self._staged(binaries):
            self._check_bytes(suite_id)
            _enter_deltas(
                self._connection, _BINARIES, schema.binary_release, schema.delta_binary,
                {"suite_id": suite_id, **mark},
            )  # fmt: skip

    def _check_bytes(self, suite_id: int) -> None:
        """Nothing, if none of the binaries contradicts another one that clients could see."""
        known, like = schema.binary_release, _BINARIES.alias("like")
        identity = ("name", "version", "architecture")
        found = sa.select(*(_BINARIES.c[column] for column in (*identity, "sha256")))
        among_them = found.add_columns(like.c.sha256.label("known")).where(
            *(like.c[column] == _BINARIES.c[column] for column in identity),
            like.c.sha256 != _BINARIES.c.sha256,
        )
        there_already = found.add_columns(known.c.sha256.label("known")).where(
            *(known.c[column] == _BINARIES.c[column] for column in identity),
            known.c.sha256 != _BINARIES.c.sha256,
        )
        made_here, of_parents = _of_archive(known.c.id, suite_id)
        for query in (
            among_them,
            there_already.where(*made_here),
            there_already.where(*of_parents),
        ):
            row = self._connection.execute(query.limit(1)).first()
            if row is not None:
                raise ConflictError(
                    f"{row.name} {row.version} {row.architecture} has the SHA-256 {row.sha256}, "
                    f"but the archive has it with {row.known}",
                    hint="build it under another version",
                )

    @contextmanager
    def _staged(self, binaries: Iterable[NewBinary]) -> Iterator[int]:
        hold_names(self._connection)
        with _created(self._connection, _BINARIES):
            count = 0
            for batch in _batches(binaries):
                self._connection.execute(_BINARIES.insert(), [_binary_row(b) for b in batch])
                count += len(batch)
            _store_releases(self._connection, _BINARIES, schema.binary_release, _BINARY_COLUMNS)
            yield count


def _of_archive(
    binary_id: sa.Column[int], suite_id: int
) -> tuple[list[sa.ColumnElement[bool]], list[sa.ColumnElement[bool]]]:
    """That a suite's archive made a binary itself; that one of its parents has it.

    Two conditions and not one: PostgreSQL would read the whole parent for an «or» of them.
    """
    delta, member, suite = schema.delta_binary, schema.suite_binary, schema.suite
    derivation = schema.derivation
    asked = suite.alias("asked")
    siblings = [asked.c.id == suite_id, suite.c.archive_id == asked.c.archive_id]
    made_here = [*siblings, delta.c.suite_id == suite.c.id, delta.c.package_id == binary_id]
    of_parents = [
        *siblings,
        derivation.c.suite_id == suite.c.id,
        derivation.c.number == suite.c.derivation,
        member.c.suite_id == derivation.c.base_suite_id,
        member.c.package_id == binary_id,
        interval_holds(member.c.since, member.c.until, derivation.c.base_number),
    ]
    return made_here, of_parents


def _store_releases(
    connection: sa.Connection, staging: sa.Table, release: sa.Table, columns: Sequence[str]
) -> None:
    stanza = schema.stanza
    connection.execute(
        _insert_missing(
            connection,
            stanza,
            ["sha256", "text"],
            sa.select(staging.c.stanza_sha256, sa.func.min(staging.c.stanza)).group_by(
                staging.c.stanza_sha256
            ),
        )
    )
    new = sa.select(*(staging.c[column] for column in columns), stanza.c.id).join(
        stanza, stanza.c.sha256 == staging.c.stanza_sha256
    )
    connection.execute(_insert_missing(connection, release, [*columns, "stanza_id"], new))


def _enter_deltas(
    connection: sa.Connection,
    staging: sa.Table,
    release: sa.Table,
    deltas: sa.Table,
    mark: Mapping[str, object],
) -> None:
    known = {column: value for column, value in mark.items() if value is not None}
    entered = (
        sa.select(
            release.c.id, staging.c.component, *(sa.literal(value) for value in known.values())
        )
        .distinct()
        .select_from(staging)
        .join(schema.stanza, schema.stanza.c.sha256 == staging.c.stanza_sha256)
        .join(release, release.c.stanza_id == schema.stanza.c.id)
    )
    connection.execute(deltas.insert().from_select(["package_id", "component", *known], entered))


def _insert_missing(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    query: sa.Select[Any],
) -> sa.Insert:
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - one of the two databases

        return postgresql.insert(table).from_select(columns, query).on_conflict_do_nothing()
    return table.insert().prefix_with("OR IGNORE").from_select(columns, query)


@contextmanager
def _created(connection: sa.Connection, *tables: sa.Table) -> Iterator[None]:
    for table in tables:
        table.create(connection)
    yield
    for table in tables:
        table.drop(connection)


def _batches(items: Iterable[Release]) -> Iterator[list[Release]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH_ROWS)):
        yield batch


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _source_row(source: NewSource, digest: bytes) -> dict[str, object]:
    return {
        "name": source.name,
        "version": source.version,
        "architecture": source.architecture,
        "directory": source.directory,
        "is_extra": source.is_extra,
        "component": source.component,
        "stanza_sha256": digest,
        "stanza": source.stanza,
    }


def _binary_row(binary: NewBinary) -> dict[str, object]:
    return {
        "name": binary.name,
        "version": binary.version,
        "architecture": binary.architecture,
        "source_name": binary.source_name,
        "source_version": binary.source_version,
        "filename": binary.filename,
        "size": binary.size,
        "sha256": binary.sha256,
        "component": binary.component,
        "index_architecture": binary.index_architecture,
        "stanza_sha256": _digest(binary.stanza),
        "stanza": binary.stanza,
    }
