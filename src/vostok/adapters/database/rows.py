"""Rows: from and to the domain's values, and statements that several repositories need."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from vostok.adapters.database import schema
from vostok.domain.archive import (
    Archive,
    ArchiveKind,
    ArchiveState,
    DependencyMode,
    DerivationMode,
    Parent,
    RebuildPolicy,
    Suite,
    Unbuilt,
)


def moment(value: float) -> datetime:
    """The moment a column holds."""
    return datetime.fromtimestamp(value, UTC)


def moment_or_none(value: float | None) -> datetime | None:
    """The moment a nullable column holds."""
    return None if value is None else moment(value)


def seconds(value: datetime) -> float:
    """What a column holds for a moment."""
    return value.timestamp()


def interval_holds(
    since: sa.ColumnElement[int], until: sa.ColumnElement[int], number: int | sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    """Whether a membership holds at a number."""
    return sa.and_(since <= number, sa.or_(until.is_(None), until > number))


def lock_row(connection: sa.Connection, table: sa.Table, row_id: int) -> None:
    """Have others who lock the row wait for this transaction's end.

    Nothing on SQLite, which has one writer at a time anyway.
    """
    connection.execute(sa.select(table.c.id).where(table.c.id == row_id).with_for_update())


def inserted_id(
    connection: sa.Connection, table: sa.Table, values: Mapping[str, object]
) -> int | None:
    """The id of a new row, or None if a unique one like it is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table).values(values).on_conflict_do_nothing()
    return connection.execute(insert.returning(table.c.id)).scalar_one_or_none()


def archive_value(row: sa.Row[Any]) -> Archive:
    """An archive from a row of all its columns."""
    return Archive(
        id=row.id,
        name=row.name,
        kind=ArchiveKind(row.kind),
        state=ArchiveState(row.state),
        created_at=moment(row.created_at),
        requested_by=row.requested_by,
        tag=row.tag,
        policy=RebuildPolicy(row.policy),
        toolchain_id=row.toolchain_id,
        key_fingerprint=row.key_fingerprint,
    )


parent_suite = schema.suite.alias("parent_suite")
parent_archive = schema.archive.alias("parent_archive")
SUITES = (
    sa.select(
        schema.suite,
        parent_suite.c.name.label("parent_suite_name"),
        parent_archive.c.name.label("parent_archive_name"),
    )
    .outerjoin(parent_suite, parent_suite.c.id == schema.suite.c.parent_suite_id)
    .outerjoin(parent_archive, parent_archive.c.id == parent_suite.c.archive_id)
)


def suite_value(row: sa.Row[Any]) -> Suite:
    """A suite from a row of `SUITES`."""
    parent = None
    if row.parent_suite_id is not None:
        parent = Parent(
            archive=row.parent_archive_name,
            suite_id=row.parent_suite_id,
            suite=row.parent_suite_name,
            snapshot=row.parent_snapshot,
        )
    return Suite(
        id=row.id,
        archive_id=row.archive_id,
        name=row.name,
        codename=row.codename,
        components=tuple(row.components),
        architectures=tuple(row.architectures),
        mirror=row.mirror,
        snapshot=row.snapshot,
        edition=row.edition,
        publication=row.publication,
        parent=parent,
        selection=row.selection,
        taken=row.taken,
        mode=DerivationMode(row.mode),
        unbuilt=Unbuilt(row.unbuilt),
        dependencies=DependencyMode(row.dependencies),
    )
