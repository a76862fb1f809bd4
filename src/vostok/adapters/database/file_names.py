"""Who names which files: every way in which a row of an archive can need a file of the store."""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema

HASHES_PER_QUERY_MAX = 5_000
LOCK = 0x66696C6573
"""Of PostgreSQL's advisory locks, the number that stands for the naming of files: «files»."""

_SUITE = schema.suite


def parts_of(hashes: Iterable[str]) -> Iterator[list[str]]:
    """The hashes in order, as many at a time as one statement takes."""
    wanted = sorted(set(hashes))
    for start in range(0, len(wanted), HASHES_PER_QUERY_MAX):
        yield wanted[start : start + HASHES_PER_QUERY_MAX]


def hold_names(connection: sa.Connection) -> None:
    """Until the transaction ends nobody frees a file or a release.

    Nothing on SQLite, which has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(LOCK)))


def lock_names(connection: sa.Connection) -> None:
    """Until the transaction ends nobody begins to name a file or a release."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


NAMING_COLUMNS = (
    schema.binary_release.c.sha256,
    schema.source_file.c.sha256,
    schema.publication_file.c.sha256,
    schema.publication_pool.c.sha256,
    schema.view_file.c.sha256,
    schema.attempt_file.c.sha256,
    schema.snapshot_file.c.sha256,
    schema.upload_file.c.sha256,
    schema.spool_file.c.sha256,
)
"""Every column that names a file."""


def own_package_names() -> list[sa.Select[Any]]:
    """(archive_id, sha256) of packages that an archive has of its own."""
    s = schema
    return [
        _of_suites(s.delta_binary, s.binary_release.c.sha256).join(
            s.binary_release, s.binary_release.c.id == s.delta_binary.c.package_id
        ),
        _of_suites(s.delta_source, s.source_file.c.sha256).join(
            s.source_file, s.source_file.c.source_id == s.delta_source.c.package_id
        ),
    ]


def parent_package_names() -> list[sa.Select[Any]]:
    """(archive_id, sha256) of packages that an archive's indices list, or its records are of."""
    s = schema
    return [
        _of_suites(s.suite_binary, s.binary_release.c.sha256).join(
            s.binary_release, s.binary_release.c.id == s.suite_binary.c.package_id
        ),
        _of_suites(s.suite_udeb, s.binary_release.c.sha256).join(
            s.binary_release, s.binary_release.c.id == s.suite_udeb.c.package_id
        ),
        _of_suites(s.suite_source, s.source_file.c.sha256).join(
            s.source_file, s.source_file.c.source_id == s.suite_source.c.package_id
        ),
        sa.select(s.build.c.archive_id, s.source_file.c.sha256).join(
            s.source_file, s.source_file.c.source_id == s.build.c.source_id
        ),
        sa.select(s.chroot.c.archive_id, s.binary_release.c.sha256)
        .join(s.chroot_package, s.chroot_package.c.chroot_id == s.chroot.c.id)
        .join(s.binary_release, s.binary_release.c.id == s.chroot_package.c.binary_id),
        _of_suites(s.publication_pool, s.publication_pool.c.sha256),
    ]


def index_names() -> list[sa.Select[Any]]:
    """(archive_id, sha256) of index files of publications, views and snapshots."""
    s = schema
    return [
        sa.select(_SUITE.c.archive_id, s.publication_file.c.sha256)
        .join(s.publication, s.publication.c.suite_id == _SUITE.c.id)
        .join(s.publication_file, s.publication_file.c.publication_id == s.publication.c.id),
        sa.select(_SUITE.c.archive_id, s.view_file.c.sha256)
        .join(s.view, s.view.c.suite_id == _SUITE.c.id)
        .join(s.view_file, s.view_file.c.view_id == s.view.c.id),
        _of_suites(s.snapshot_file, s.snapshot_file.c.sha256),
    ]


def attempt_names() -> list[sa.Select[Any]]:
    """(archive_id, sha256) of what attempts sent."""
    s = schema
    return [
        sa.select(s.build.c.archive_id, s.attempt_file.c.sha256)
        .join(s.attempt, s.attempt.c.build_id == s.build.c.id)
        .join(s.attempt_file, s.attempt_file.c.attempt_id == s.attempt.c.id)
    ]


def upload_names() -> list[sa.Select[Any]]:
    """(archive_id, sha256) of what people have sent."""
    s = schema
    return [
        sa.select(s.upload.c.archive_id, s.upload_file.c.sha256).join(
            s.upload_file, s.upload_file.c.upload_id == s.upload.c.id
        ),
        sa.select(s.spool_file.c.archive_id, s.spool_file.c.sha256),
    ]


def all_names() -> list[sa.Select[Any]]:
    """(archive_id, sha256) in all these ways."""
    return [
        *own_package_names(),
        *parent_package_names(),
        *index_names(),
        *attempt_names(),
        *upload_names(),
    ]


def _of_suites(table: sa.Table, sha256: sa.ColumnElement[str]) -> sa.Select[Any]:
    return sa.select(_SUITE.c.archive_id, sha256).join(table, table.c.suite_id == _SUITE.c.id)
