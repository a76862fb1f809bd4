"""Teams: persons and other teams that are granted rights together."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rights import holder_id_of, named_holders
from vostok.adapters.database.rows import (
    inserted_id,
    lock_row,
    moment,
    moment_or_none,
    parts_of,
    seconds,
)
from vostok.domain.rights import Holder, HolderKind, Membership, Team
from vostok.errors import ConflictError, NotFoundError

_TEAM, _MEMBER, _GRANT = schema.team, schema.team_member, schema.access_grant
_PERSON, _INNER = schema.person, schema.team.alias()


class SqlTeams:
    """Implements `services.repositories.Teams`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, name: str, *, by: str, at: datetime) -> Team:
        """A new team; ConflictError if there is one of that name."""
        values = {"name": name, "created_by": by, "created_at": seconds(at)}
        if inserted_id(self._connection, _TEAM, values) is None:
            raise ConflictError(
                f"there is a team {name} already", hint=f"look at it: vostok team show {name}"
            )
        return self.named(name)

    def named(self, name: str) -> Team:
        """One team; NotFoundError if there is none of that name."""
        found = self._teams(_TEAM.c.name == name)
        if not found:
            raise NotFoundError(
                f"there is no team {name}",
                hint="see which there are: vostok team list; or vostok team add",
            )
        return found[0]

    def all(self) -> list[Team]:
        """All teams by name."""
        return self._teams(sa.true())

    def names(self) -> list[str]:
        """The names of all teams, in their order."""
        return list(
            self._connection.execute(sa.select(_TEAM.c.name).order_by(_TEAM.c.name)).scalars()
        )

    def lock(self, team: Team) -> None:
        """Have others who lock the team wait until this transaction ends."""
        lock_row(self._connection, _TEAM, team.id)

    def persons_within(self, names: Collection[str]) -> list[tuple[str, str, str]]:
        """Who is in teams. See `services.repositories.Teams`. `union` ends at cycles."""
        found: list[tuple[str, str, str]] = []
        for part in parts_of(names):
            within = (
                sa.select(_TEAM.c.name.label("team"), _TEAM.c.id.label("inner"))
                .where(_TEAM.c.name.in_(part))
                .cte("teams_within", recursive=True)
            )
            within = within.union(
                sa.select(within.c.team, _MEMBER.c.member_team_id)
                .join(within, _MEMBER.c.team_id == within.c.inner)
                .where(_MEMBER.c.member_team_id.is_not(None))
            )
            rows = self._connection.execute(
                sa.select(within.c.team, _INNER.c.name, _PERSON.c.name)
                .select_from(within)
                .join(_INNER, _INNER.c.id == within.c.inner)
                .join(_MEMBER, _MEMBER.c.team_id == within.c.inner)
                .join(_PERSON, _PERSON.c.id == _MEMBER.c.person_id)
            )
            found += [(row[0], row[1], row[2]) for row in rows]
        return sorted(found)

    def _teams(self, condition: sa.ColumnElement[bool]) -> list[Team]:
        rows = self._connection.execute(
            sa.select(_TEAM).where(condition).order_by(_TEAM.c.name)
        ).all()
        members: dict[str, list[Membership]] = {}
        for one in self._memberships(condition):
            members.setdefault(one.team, []).append(one)
        return [
            Team(
                id=row.id,
                name=row.name,
                created_by=row.created_by,
                created_at=moment(row.created_at),
                members=tuple(members.get(row.name, ())),
            )
            for row in rows
        ]

    def _memberships(self, condition: sa.ColumnElement[bool]) -> list[Membership]:
        """Teams first, each kind by name, and those of one person by name of the team."""
        rows = self._connection.execute(
            sa.select(
                _MEMBER.c.put_in_by,
                _MEMBER.c.put_in_at,
                _TEAM.c.name.label("team"),
                _PERSON.c.name.label("person"),
                _INNER.c.name.label("inner"),
            )
            .join(_TEAM, _TEAM.c.id == _MEMBER.c.team_id)
            .outerjoin(_PERSON, _PERSON.c.id == _MEMBER.c.person_id)
            .outerjoin(_INNER, _INNER.c.id == _MEMBER.c.member_team_id)
            .where(condition)
        )
        found = [
            Membership(
                team=row.team,
                member=Holder(kind=HolderKind.TEAM, name=row.inner)
                if row.person is None
                else Holder(kind=HolderKind.PERSON, name=row.person),
                put_in_by=row.put_in_by,
                put_in_at=moment_or_none(row.put_in_at),
            )
            for row in rows
        ]
        return sorted(
            found,
            key=lambda one: (one.member.kind is HolderKind.PERSON, one.member.name, one.team),
        )

    def of_person(self, person_id: int) -> list[Membership]:
        """In which teams a person is themself, by name of the team."""
        return self._memberships(_MEMBER.c.person_id == person_id)

    def around(self, person_id: int, *, count_max: int) -> list[Holder]:
        """A person's teams, and who is in these. See `services.repositories.Teams`."""
        teams = (
            sa.select(_MEMBER.c.team_id.label("id"))
            .where(_MEMBER.c.person_id == person_id)
            .cte("teams_around", recursive=True)
        )
        teams = teams.union(
            sa.select(_MEMBER.c.team_id).join(teams, _MEMBER.c.member_team_id == teams.c.id)
        )
        ids = sa.select(teams.c.id)
        colleagues = sa.select(_MEMBER.c.person_id).where(_MEMBER.c.team_id.in_(ids))
        return named_holders(
            self._connection,
            teams=_TEAM.c.id.in_(ids),
            persons=_PERSON.c.id.in_(colleagues),
            count_max=count_max,
        )

    def put_in(self, team: Team, member: Holder, *, by: str, at: datetime) -> Team:
        """Make a person or a team a member. See `services.repositories.Teams`."""
        member_id = holder_id_of(self._connection, member)
        if member.kind is HolderKind.TEAM and team.id in self._within(member_id):
            raise ConflictError(
                f"{team.name} is within {member.name}, so {member.name} cannot be within it",
                hint=f"look at it: vostok team show {member.name}",
            )
        values = {
            "team_id": team.id,
            _column_of(member): member_id,
            "put_in_by": by,
            "put_in_at": seconds(at),
        }
        inserted_id(self._connection, _MEMBER, values)
        return self.named(team.name)

    def take_out(self, team: Team, member: Holder) -> Team:
        """The opposite; nothing, if they are none."""
        member_id = holder_id_of(self._connection, member)
        self._connection.execute(
            _MEMBER.delete().where(
                _MEMBER.c.team_id == team.id, _MEMBER.c[_column_of(member)] == member_id
            )
        )
        return self.named(team.name)

    def delete(self, team: Team) -> None:
        """Take a team away, with what was granted to it."""
        self._connection.execute(_GRANT.delete().where(_GRANT.c.team_id == team.id))
        quota = schema.quota
        self._connection.execute(quota.delete().where(quota.c.team_id == team.id))
        self._connection.execute(
            _MEMBER.delete().where(
                sa.or_(_MEMBER.c.team_id == team.id, _MEMBER.c.member_team_id == team.id)
            )
        )
        self._connection.execute(_TEAM.delete().where(_TEAM.c.id == team.id))

    def _within(self, team_id: int) -> set[int]:
        """A team and all that lie in it, however deep."""
        inside = sa.select(sa.literal(team_id).label("id")).cte("inside", recursive=True)
        inside = inside.union(
            sa.select(_MEMBER.c.member_team_id)
            .join(inside, _MEMBER.c.team_id == inside.c.id)
            .where(_MEMBER.c.member_team_id.is_not(None))
        )
        return set(self._connection.execute(sa.select(inside.c.id)).scalars())


def _column_of(member: Holder) -> str:
    return "person_id" if member.kind is HolderKind.PERSON else "member_team_id"
