"""Rights that were granted."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, moment_or_none, seconds
from vostok.domain.rights import (
    Grant,
    Holder,
    HolderKind,
    Right,
    Rights,
    SourceLimit,
    rights_of,
)
from vostok.errors import NotFoundError

_GRANT, _TEAM, _MEMBER = schema.access_grant, schema.team, schema.team_member
_PERSON, _ARCHIVE = schema.person, schema.archive
_GRANTS = (
    sa.select(
        _GRANT,
        _ARCHIVE.c.name.label("archive"),
        _PERSON.c.name.label("person"),
        _TEAM.c.name.label("team"),
    )
    .outerjoin(_ARCHIVE, _ARCHIVE.c.id == _GRANT.c.archive_id)
    .outerjoin(_PERSON, _PERSON.c.id == _GRANT.c.person_id)
    .outerjoin(_TEAM, _TEAM.c.id == _GRANT.c.team_id)
    .order_by(_GRANT.c.id)
)


class SqlRights:
    """Implements `services.repositories.RightsStore`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of_person(self, person_id: int | None) -> Rights:
        """All that a person holds now. See `services.repositories.RightsStore`."""
        tombstone = schema.tombstone
        private = self._connection.execute(
            sa.union(
                sa.select(_ARCHIVE.c.name).where(_ARCHIVE.c.is_private),
                sa.select(tombstone.c.name).where(tombstone.c.is_private),
            )
        ).scalars()
        grants = [] if person_id is None else self._held_by(person_id)
        return rights_of(grants, private)

    def _held_by(self, person_id: int) -> list[Grant]:
        """The grants to a person and to every team that they are in. `union` ends at cycles."""
        teams = (
            sa.select(_MEMBER.c.team_id.label("id"))
            .where(_MEMBER.c.person_id == person_id)
            .cte("teams_of_person", recursive=True)
        )
        teams = teams.union(
            sa.select(_MEMBER.c.team_id).join(teams, _MEMBER.c.member_team_id == teams.c.id)
        )
        return self._grants(
            _GRANT.c.revoked_at.is_(None),
            sa.or_(_GRANT.c.person_id == person_id, _GRANT.c.team_id.in_(sa.select(teams.c.id))),
        )

    def grants(self, archive_id: int | None, *, with_revoked: bool = False) -> list[Grant]:
        """The grants on one archive, or those on all of them, the oldest first."""
        on_it = (
            _GRANT.c.archive_id.is_(None)
            if archive_id is None
            else _GRANT.c.archive_id == archive_id
        )
        return self._grants(on_it, sa.true() if with_revoked else _GRANT.c.revoked_at.is_(None))

    def by_id(self, grant_id: int) -> Grant:
        """One grant; NotFoundError if there is none of that number."""
        found = self._grants(_GRANT.c.id == grant_id)
        if not found:
            raise NotFoundError(
                f"there is no grant {grant_id}", hint="see which there are: vostok right list"
            )
        return found[0]

    def give(
        self,
        archive_id: int | None,
        holder: Holder,
        right: Right,
        *,
        limit: SourceLimit,
        by: str,
        at: datetime,
    ) -> Grant:
        """Grant a right. See `services.repositories.RightsStore`."""
        for known in self.grants(archive_id):
            if (known.holder, known.right, known.limit) == (holder, right, limit):
                return known
        holder_id = holder_id_of(self._connection, holder)
        grant_id: int = self._connection.execute(
            _GRANT.insert()
            .values(
                archive_id=archive_id,
                person_id=holder_id if holder.kind is HolderKind.PERSON else None,
                team_id=holder_id if holder.kind is HolderKind.TEAM else None,
                right=right,
                narrowed_to={
                    "component": limit.component,
                    "sources": list(limit.sources),
                    "selection": limit.selection,
                },
                granted_by=by,
                granted_at=seconds(at),
            )
            .returning(_GRANT.c.id)
        ).scalar_one()
        return self.by_id(grant_id)

    def revoke(self, grant_id: int, *, by: str, at: datetime) -> Grant:
        """Let a grant hold no more; NotFoundError if there is none of that number."""
        self._connection.execute(
            _GRANT.update()
            .where(_GRANT.c.id == grant_id, _GRANT.c.revoked_at.is_(None))
            .values(revoked_by=by, revoked_at=seconds(at))
        )
        return self.by_id(grant_id)

    def set_private(self, archive_id: int, *, is_private: bool) -> None:
        """Whether only those see an archive who were granted a right on it."""
        self._connection.execute(
            _ARCHIVE.update().where(_ARCHIVE.c.id == archive_id).values(is_private=is_private)
        )

    def _grants(self, *conditions: sa.ColumnElement[bool]) -> list[Grant]:
        return [_grant(row) for row in self._connection.execute(_GRANTS.where(*conditions))]


def _grant(row: sa.Row[Any]) -> Grant:
    return Grant(
        id=row.id,
        archive=row.archive,
        holder=Holder(kind=HolderKind.TEAM, name=row.team)
        if row.person is None
        else Holder(kind=HolderKind.PERSON, name=row.person),
        right=Right(row.right),
        limit=SourceLimit(
            component=row.narrowed_to["component"],
            sources=tuple(row.narrowed_to["sources"]),
            selection=row.narrowed_to.get("selection"),  # those of before have none
        ),
        granted_by=row.granted_by,
        granted_at=moment(row.granted_at),
        revoked_by=row.revoked_by,
        revoked_at=moment_or_none(row.revoked_at),
    )


def holder_id_of(connection: sa.Connection, holder: Holder) -> int:
    """The id of a person or a team; NotFoundError if there is none of that name."""
    table = _PERSON if holder.kind is HolderKind.PERSON else _TEAM
    found: int | None = connection.execute(
        sa.select(table.c.id).where(table.c.name == holder.name)
    ).scalar_one_or_none()
    if found is None:
        raise NotFoundError(
            f"there is no {holder}", hint=f"see who there is: vostok {holder.kind} list"
        )
    return found
