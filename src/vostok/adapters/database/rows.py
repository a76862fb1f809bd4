"""Rows: from and to the domain's values, and statements that several repositories need."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from vostok.adapters.database import schema
from vostok.domain.archive import (
    Archive,
    ArchiveKind,
    ArchiveState,
    DependencyMode,
    Keep,
    RebuildPolicy,
    Serve,
    Suite,
    SuiteRole,
)
from vostok.domain.derivation import Derivation, DerivationMode, OnRemoval, Parent, Unbuilt
from vostok.domain.package import Membership
from vostok.domain.rebuild_version.schemes import VersionScheme

Key = TypeVar("Key", int, str)

IDS_PER_QUERY_MAX: Final = 500


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

    Rows that refer to it may be written meanwhile: PostgreSQL looks at it for each, and who holds
    one of those and waits here would otherwise wait for one who holds this and waits for that.
    Nothing on SQLite, which has one writer at a time anyway.
    """
    wanted = sa.select(table.c.id).where(table.c.id == row_id)
    connection.execute(wanted.with_for_update(key_share=True))


def inserted_id(
    connection: sa.Connection, table: sa.Table, values: Mapping[str, object]
) -> int | None:
    """The id of a new row, or None if a unique one like it is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table).values(values).on_conflict_do_nothing()
    return connection.execute(insert.returning(table.c.id)).scalar_one_or_none()


def insert_new(connection: sa.Connection, table: sa.Table, values: Mapping[str, object]) -> bool:
    """Insert a row, unless one with its primary key is there already; whether it was inserted."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table).values(values).on_conflict_do_nothing()
    return connection.execute(insert.returning(*table.primary_key)).first() is not None


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
        keep=Keep(row.keep),
        serve=Serve(row.serve),
        scheme=VersionScheme(row.scheme),
        vendor=row.vendor,
        makes_binnmus=row.makes_binnmus,
        makes_ubuntu_versions=row.makes_ubuntu_versions,
        is_private=row.is_private,
        accepts_binaries=row.accepts_binaries,
    )


SUITES = sa.select(
    schema.suite,
    *(
        schema.derivation.c[column].label(f"derivation_{column}")
        for column in schema.derivation.c.keys()  # noqa: SIM118 - not a dict
    ),
).outerjoin(
    schema.derivation,
    sa.and_(
        schema.derivation.c.suite_id == schema.suite.c.id,
        schema.derivation.c.number == schema.suite.c.derivation,
    ),
)


def suite_value(row: sa.Row[Any], parents: Sequence[Parent]) -> Suite:
    """A suite from a row of `SUITES` and the parents of its newest derivation."""
    derivation = None
    if row.derivation_number is not None:
        fields = {
            column: getattr(row, f"derivation_{column}")
            for column in schema.derivation.c.keys()  # noqa: SIM118 - not a dict
        }
        derivation = derivation_value(fields, parents)
    return Suite(
        id=row.id,
        archive_id=row.archive_id,
        role=SuiteRole(row.role),
        name=row.name,
        codename=row.codename,
        components=tuple(row.components),
        architectures=tuple(row.architectures),
        mirror=row.mirror,
        mirrors=dict(row.mirrors),
        snapshot=row.snapshot,
        edition=row.edition,
        publication=row.publication,
        dependencies=DependencyMode(row.dependencies),
        on_removal=OnRemoval(row.on_removal),
        derivation=derivation,
    )


def derivation_value(fields: Mapping[str, Any], parents: Sequence[Parent]) -> Derivation:
    """A derivation from the columns of its row."""
    return Derivation(
        number=fields["number"],
        at=moment(fields["at"]),
        requested_by=fields["requested_by"],
        reason=fields["reason"],
        selection=fields["selection"],
        is_all=fields["is_all"],
        taken=fields["taken"],
        mode=DerivationMode(fields["mode"]),
        unbuilt=Unbuilt(fields["unbuilt"]),
        base=Membership(suite_id=fields["base_suite_id"], number=fields["base_number"]),
        parents=tuple(parents),
    )


def parts_of(ids: Iterable[Key]) -> Iterator[Sequence[Key]]:
    """Ids or names, each once, in parts that fit into one statement."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), IDS_PER_QUERY_MAX):
        yield wanted[start : start + IDS_PER_QUERY_MAX]
