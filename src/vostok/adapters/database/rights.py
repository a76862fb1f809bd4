"""Rights that were granted."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import lock_against_writers
from vostok.adapters.database.people import MAY_COME_IN, PERSONS, person_of_row
from vostok.adapters.database.rows import moment, moment_or_none, seconds
from vostok.domain.managing_people import usable
from vostok.domain.rights import (
    NO_RIGHTS,
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
        """What a person may use now. See `services.repositories.RightsStore`."""
        private = self._private_archives(person_id)
        if person_id is None:
            return rights_of((), private)
        granted = rights_of(self.held_by(person_id), private)
        guarantors = self._guarantors(person_id)
        if not guarantors:
            return granted
        theirs = [
            NO_RIGHTS if one is None else rights_of(self.held_by(one), private)
            for one in guarantors.values()
        ]
        return replace(usable(granted, theirs, private), guarantors=tuple(guarantors))

    def holders(self, archives: Collection[str] | None, *, count_max: int) -> list[Holder]:
        """Who holds rights on archives. See `services.repositories.RightsStore`."""
        ids = sa.select(_ARCHIVE.c.id).where(_ARCHIVE.c.name.in_(sorted(archives or ())))
        there = sa.true() if archives is None else _GRANT.c.archive_id.in_(ids)
        live = sa.and_(there, _GRANT.c.revoked_at.is_(None))
        return named_holders(
            self._connection,
            teams=_TEAM.c.id.in_(sa.select(_GRANT.c.team_id).where(live)),
            persons=_PERSON.c.id.in_(sa.select(_GRANT.c.person_id).where(live)),
            count_max=count_max,
        )

    def granted_to(self, person_id: int) -> Rights:
        """All that was granted to a person, by themselves and by teams."""
        return rights_of(self.held_by(person_id), ())

    def granted_to_persons(self) -> dict[int, Rights]:
        """The same of every person. See `services.repositories.RightsStore`."""
        above = self._teams_above()
        teams_of: dict[int, set[int]] = {}
        for row in self._connection.execute(sa.select(_MEMBER.c.person_id, _MEMBER.c.team_id)):
            if row.person_id is not None:
                teams_of.setdefault(row.person_id, set()).update(above.get(row.team_id, ()))
        by_person, by_team = self._live_grants()
        return {
            person: rights_of(
                [
                    *by_person.get(person, []),
                    *(
                        grant
                        for team in teams_of.get(person, ())
                        for grant in by_team.get(team, [])
                    ),
                ],
                (),
            )
            for person in {*by_person, *teams_of}
        }

    def granted_to_teams(self) -> dict[int, Rights]:
        """What was granted to each team and to those above it."""
        _, by_team = self._live_grants()
        return {
            team: rights_of([grant for one in above for grant in by_team.get(one, [])], ())
            for team, above in self._teams_above().items()
        }

    def limited_teams(self) -> frozenset[int]:
        """The teams with a quota, and those that lie in one."""
        quota = schema.quota
        limited = set(
            self._connection.execute(
                sa.select(quota.c.team_id).where(quota.c.team_id.is_not(None))
            ).scalars()
        )
        return frozenset(team for team, above in self._teams_above().items() if above & limited)

    def _live_grants(self) -> tuple[dict[int, list[Grant]], dict[int, list[Grant]]]:
        """Those that were not revoked, by the id of their person, and by that of their team."""
        by_person: dict[int, list[Grant]] = {}
        by_team: dict[int, list[Grant]] = {}
        for row in self._connection.execute(_GRANTS.where(_GRANT.c.revoked_at.is_(None))):
            if row.person_id is not None:
                by_person.setdefault(row.person_id, []).append(_grant(row))
            else:
                by_team.setdefault(row.team_id, []).append(_grant(row))
        return by_person, by_team

    def _teams_above(self) -> dict[int, frozenset[int]]:
        """Of each team, itself and all that it lies in. `union` ends at cycles."""
        above = sa.select(_TEAM.c.id.label("team"), _TEAM.c.id.label("above")).cte(
            "teams_above", recursive=True
        )
        above = above.union(
            sa.select(above.c.team, _MEMBER.c.team_id).join(
                above, _MEMBER.c.member_team_id == above.c.above
            )
        )
        found: dict[int, set[int]] = {}
        for row in self._connection.execute(sa.select(above.c.team, above.c.above)):
            found.setdefault(row.team, set()).add(row.above)
        return {team: frozenset(ids) for team, ids in found.items()}

    def _private_archives(self, person_id: int | None) -> list[str]:
        """Those that are there, and those that were and were deleted by somebody else."""
        tombstone = schema.tombstone
        name = sa.select(_PERSON.c.name).where(_PERSON.c.id == person_id).scalar_subquery()
        found = self._connection.execute(
            sa.union(
                sa.select(_ARCHIVE.c.name).where(_ARCHIVE.c.is_private),
                sa.select(tombstone.c.name).where(
                    tombstone.c.is_private, tombstone.c.deleted_by.is_distinct_from(name)
                ),
            )
        )
        return list(found.scalars())

    def _guarantors(self, person_id: int) -> dict[str, int | None]:
        """Who handed a person a way in, and who did it to these; the id of one who may come in.

        `union` ends at cycles.
        """
        guarantee = schema.guarantee
        ids = (
            sa.select(guarantee.c.guarantor_id.label("id"))
            .where(guarantee.c.person_id == person_id)
            .cte("guarantors", recursive=True)
        )
        ids = ids.union(
            sa.select(guarantee.c.guarantor_id).join(ids, guarantee.c.person_id == ids.c.id)
        )
        found = self._connection.execute(
            PERSONS.where(
                _PERSON.c.id.in_(sa.select(ids.c.id)), _PERSON.c.id != person_id
            ).order_by(_PERSON.c.name)
        )
        persons = [person_of_row(row) for row in found]
        return {person.name: None if person.is_shut_out else person.id for person in persons}

    def held_by(self, person_id: int) -> list[Grant]:
        """The grants to a person and to every team that they are in, the oldest first."""
        # `union` ends at cycles.
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

    def lock(self) -> None:
        """Have everybody wait who grants or revokes something until this transaction ends."""
        lock_against_writers(self._connection, _GRANT)

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


def named_holders(
    connection: sa.Connection,
    *,
    teams: sa.ColumnElement[bool],
    persons: sa.ColumnElement[bool],
    count_max: int,
) -> list[Holder]:
    """Teams, then persons who may come in, each by name and at most so many."""
    found_teams = connection.execute(
        sa.select(_TEAM.c.name).where(teams).order_by(_TEAM.c.name).limit(count_max)
    ).scalars()
    found_persons = connection.execute(
        sa.select(_PERSON.c.name)
        .where(persons, MAY_COME_IN)
        .order_by(_PERSON.c.name)
        .limit(count_max)
    ).scalars()
    return [
        *(Holder(kind=HolderKind.TEAM, name=name) for name in found_teams),
        *(Holder(kind=HolderKind.PERSON, name=name) for name in found_persons),
    ]


def holder_id_of(connection: sa.Connection, holder: Holder) -> int:
    """The id of a person or a team; NotFoundError if there is none of that name."""
    table = _PERSON if holder.kind is HolderKind.PERSON else _TEAM
    robot = schema.robot
    gone = sa.select(robot.c.person_id).where(robot.c.deleted_at.is_not(None))
    is_there = table.c.id.not_in(gone) if table is _PERSON else sa.true()
    found: int | None = connection.execute(
        sa.select(table.c.id).where(table.c.name == holder.name, is_there)
    ).scalar_one_or_none()
    if found is None:
        raise NotFoundError(
            f"there is no {holder}", hint=f"see who there is: vostok {holder.kind} list"
        )
    return found
