"""Robots: what they are for, and who answers for them."""

from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.people import PERSONS, person_of_row
from vostok.adapters.database.rows import seconds
from vostok.domain.person import Person

_PERSON, _ROBOT = schema.person, schema.robot
_GRANT, _MEMBER = schema.access_grant, schema.team_member


class SqlRobots:
    """Implements `services.repositories.Robots`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, person_id: int, *, purpose: str, answerable_id: int) -> None:
        """Note that a new person is a robot."""
        values = {"person_id": person_id, "purpose": purpose, "answerable_id": answerable_id}
        self._connection.execute(_ROBOT.insert().values(values))

    def change(self, person_id: int, *, purpose: str, answerable_id: int) -> None:
        """Change what it is for, and who answers for it."""
        self._connection.execute(
            _ROBOT.update()
            .where(_ROBOT.c.person_id == person_id)
            .values(purpose=purpose, answerable_id=answerable_id)
        )

    def answered_by(self, person_id: int) -> list[Person]:
        """Those for which a person answers, by name, without deleted ones."""
        rows = self._connection.execute(
            PERSONS.where(
                _ROBOT.c.answerable_id == person_id, _ROBOT.c.deleted_at.is_(None)
            ).order_by(_PERSON.c.name)
        )
        return [person_of_row(row) for row in rows]

    def count(self) -> int:
        """How many there are that were not deleted."""
        return self._count(_ROBOT.c.deleted_at.is_(None))

    def count_made(self, by: str) -> int:
        """How many somebody made in all."""
        return self._count(_PERSON.c.created_by == by)

    def _count(self, condition: sa.ColumnElement[bool]) -> int:
        found: int = self._connection.execute(
            sa.select(sa.func.count())
            .select_from(_ROBOT.join(_PERSON, _PERSON.c.id == _ROBOT.c.person_id))
            .where(condition)
        ).scalar_one()
        return found

    def delete(self, person_id: int, *, by: str, at: datetime) -> None:
        """Leave nothing of one but its name. See `services.repositories.Robots`."""
        self._connection.execute(
            _GRANT.update()
            .where(_GRANT.c.person_id == person_id, _GRANT.c.revoked_at.is_(None))
            .values(revoked_by=by, revoked_at=seconds(at))
        )
        self._connection.execute(_MEMBER.delete().where(_MEMBER.c.person_id == person_id))
        quota = schema.quota
        self._connection.execute(quota.delete().where(quota.c.person_id == person_id))
        self._connection.execute(
            _PERSON.update().where(_PERSON.c.id == person_id).values(disabled_at=seconds(at))
        )
        self._connection.execute(
            _ROBOT.update().where(_ROBOT.c.person_id == person_id).values(deleted_at=seconds(at))
        )
