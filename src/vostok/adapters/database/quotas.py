"""Quotas, and what is used of them: by archives, and by persons and teams through theirs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rights import holder_id_of
from vostok.adapters.database.rows import moment, seconds
from vostok.adapters.database.usage import add_usage
from vostok.domain.access import unknown_archive
from vostok.domain.archive import HIDDEN_MARK, ArchiveKind
from vostok.domain.quota import (
    Ledger,
    Limits,
    OwnedArchive,
    Quota,
    Subject,
    SubjectKind,
    Usage,
)
from vostok.domain.rights import Holder, HolderKind

_QUOTA, _USAGE = schema.quota, schema.archive_usage
_ARCHIVE, _PERSON, _TEAM = schema.archive, schema.person, schema.team
_MEMBER, _BUILD = schema.team_member, schema.build
_QUOTAS = (
    sa.select(
        _QUOTA,
        _ARCHIVE.c.name.label("archive"),
        _PERSON.c.name.label("person"),
        _TEAM.c.name.label("team"),
    )
    .outerjoin(_ARCHIVE, _ARCHIVE.c.id == _QUOTA.c.archive_id)
    .outerjoin(_PERSON, _PERSON.c.id == _QUOTA.c.person_id)
    .outerjoin(_TEAM, _TEAM.c.id == _QUOTA.c.team_id)
)
_LOCKS: Final = {kind: 0x71756F30 + number for number, kind in enumerate(SubjectKind)}
"""Of PostgreSQL's advisory locks with two numbers, the first one: «quo0» and what follows."""

_BYTES = [_USAGE.c.build_bytes, _USAGE.c.log_bytes, _USAGE.c.upload_bytes, _USAGE.c.fetched_bytes]


class SqlQuotas:
    """Implements `services.repositories.Quotas`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def all(self) -> list[Quota]:
        """Every limit that was set, by subject."""
        found = [_quota(row) for row in self._connection.execute(_QUOTAS)]
        return sorted(found, key=lambda quota: quota.subject)

    def put(self, subject: Subject, limits: Limits, *, by: str, at: datetime) -> Quota:
        """Set the limits of a subject. See `services.repositories.Quotas`."""
        key = self._key(subject)
        values = {
            "archives_max": limits.archives,
            "builds_max": limits.builds,
            "bytes_max": limits.bytes,
            "set_by": by,
            "set_at": seconds(at),
        }
        changed = self._connection.execute(_QUOTA.update().where(_is(key)).values(values))
        if not changed.rowcount:
            self._connection.execute(_QUOTA.insert().values({**key, **values}))
        return _quota(self._connection.execute(_QUOTAS.where(_is(key))).one())

    def remove(self, subject: Subject) -> bool:
        """Take the limits of a subject away. See `services.repositories.Quotas`."""
        gone = self._connection.execute(_QUOTA.delete().where(_is(self._key(subject))))
        return bool(gone.rowcount)

    def check_there(self, subject: Subject) -> None:
        """Nothing, if there is such an archive, person or team; else NotFoundError."""
        self._key(subject)

    def _key(self, subject: Subject) -> dict[str, int | str]:
        """The column that names a subject, and its value there."""
        if subject.kind is SubjectKind.DEFAULT:
            return {"default_of": subject.name}
        return {f"{subject.kind}_id": self._id(subject)}

    def _id(self, subject: Subject) -> int:
        if subject.kind is not SubjectKind.ARCHIVE:
            holder = Holder(kind=HolderKind(subject.kind), name=subject.name)
            return holder_id_of(self._connection, holder)
        found: int | None = self._connection.execute(
            sa.select(_ARCHIVE.c.id).where(_ARCHIVE.c.name == subject.name)
        ).scalar_one_or_none()
        if found is None:
            raise unknown_archive(subject.name)
        return found

    # What is used -------------------------------------------------------------------------

    def ledger(self) -> Ledger:
        """All limits and all archives, with what these use. O(archives)."""
        rows = self._connection.execute(
            sa.select(_ARCHIVE.c.id, _ARCHIVE.c.name, _ARCHIVE.c.kind, _PERSON.c.name, *_BYTES)
            .outerjoin(_PERSON, _PERSON.c.name == _ARCHIVE.c.requested_by)
            .outerjoin(_USAGE, _USAGE.c.archive_id == _ARCHIVE.c.id)
            .where(_ARCHIVE.c.name.not_like(f"{HIDDEN_MARK}%"))
        )
        quotas = self.all()
        return Ledger(
            quotas={quota.subject: quota for quota in quotas},
            archives=[_owned(*row) for row in rows],
            persons={
                quota.subject.name: self._persons_in(quota.subject.name)
                for quota in quotas
                if quota.subject.kind is SubjectKind.TEAM
            },
        )

    def _persons_in(self, team: str) -> frozenset[str]:
        """Everybody in a team and in the teams within it. `union` ends at cycles."""
        inside = (
            sa.select(_TEAM.c.id).where(_TEAM.c.name == team).cte("within_team", recursive=True)
        )
        inside = inside.union(
            sa.select(_MEMBER.c.member_team_id)
            .join(inside, _MEMBER.c.team_id == inside.c.id)
            .where(_MEMBER.c.member_team_id.is_not(None))
        )
        named = (
            sa.select(_PERSON.c.name)
            .join(_MEMBER, _MEMBER.c.person_id == _PERSON.c.id)
            .where(_MEMBER.c.team_id.in_(sa.select(inside.c.id)))
        )
        return frozenset(self._connection.execute(named).scalars())

    def lock(self, subjects: Iterable[Subject]) -> None:
        """Have others wait who lock one of the subjects, always in the same order.

        Nothing on SQLite, which has one writer at a time anyway.
        """
        if self._connection.dialect.name != "postgresql":
            return
        for subject in sorted(set(subjects)):
            which = 0 if subject.kind is SubjectKind.DEFAULT else self._id(subject)
            lock = sa.func.pg_advisory_xact_lock(_LOCKS[subject.kind], which)
            self._connection.execute(sa.select(lock))

    def unfinished_builds(self) -> Mapping[int, int]:
        """How many builds have not ended, by archive. See `services.repositories.Quotas`."""
        found: dict[int, int] = {}
        for condition in (schema.LIVE, "state = 'planned'"):
            rows = self._connection.execute(
                sa.select(_BUILD.c.archive_id, sa.func.count())
                .where(sa.text(condition))
                .group_by(_BUILD.c.archive_id)
            )
            for archive_id, count in rows:
                found[archive_id] = found.get(archive_id, 0) + count
        return found

    def add_fetched(self, archive_id: int, size: int) -> None:
        """Count bytes of parents' files that were fetched ahead for an archive."""
        add_usage(self._connection, archive_id, "fetched_bytes", size)


def _owned(
    archive_id: int, name: str, kind: str, maker: str | None, *size: int | None
) -> OwnedArchive:
    is_derived = kind == ArchiveKind.DERIVED
    build, log, upload, fetched = (count or 0 for count in size)
    return OwnedArchive(
        id=archive_id,
        name=name,
        owner=maker if is_derived else None,
        usage=Usage(
            archives=int(is_derived),
            build_bytes=build,
            log_bytes=log,
            upload_bytes=upload,
            fetched_bytes=fetched,
        ),
    )


def _is(key: Mapping[str, int | str]) -> sa.ColumnElement[bool]:
    [(column, value)] = key.items()
    return _QUOTA.c[column] == value


def _quota(row: sa.Row[Any]) -> Quota:
    names = {
        SubjectKind.ARCHIVE: row.archive,
        SubjectKind.PERSON: row.person,
        SubjectKind.TEAM: row.team,
        SubjectKind.DEFAULT: row.default_of,
    }
    [(kind, name)] = [(kind, name) for kind, name in names.items() if name is not None]
    return Quota(
        subject=Subject(kind=kind, name=name),
        limits=Limits(archives=row.archives_max, builds=row.builds_max, bytes=row.bytes_max),
        set_by=row.set_by,
        set_at=moment(row.set_at),
    )
