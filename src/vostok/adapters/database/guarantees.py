"""Who handed whom a way in, managing people by a grant."""

from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import inserted_id, moment_or_none, seconds

_PERSON, _GUARANTEE = schema.person, schema.guarantee
_GUARANTOR = _PERSON.alias()
_NAMES = (
    sa.select(_PERSON.c.name.label("person"), _GUARANTOR.c.name.label("guarantor"))
    .join(_GUARANTEE, _GUARANTEE.c.person_id == _PERSON.c.id)
    .join(_GUARANTOR, _GUARANTOR.c.id == _GUARANTEE.c.guarantor_id)
    .order_by(_PERSON.c.name, _GUARANTOR.c.name)
)


class SqlGuarantees:
    """Implements `services.repositories.Guarantees`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, person_id: int, guarantor_id: int, at: datetime) -> None:
        """Note that somebody handed a person a way in."""
        values = {"person_id": person_id, "guarantor_id": guarantor_id, "since": seconds(at)}
        inserted_id(self._connection, _GUARANTEE, values)

    def of(self, person_id: int) -> list[str]:
        """The names of a person's guarantors, in order."""
        found = self._connection.execute(_NAMES.where(_GUARANTEE.c.person_id == person_id))
        return [row.guarantor for row in found]

    def by(self, guarantor_id: int) -> list[str]:
        """The names of those whom somebody handed a way in, in order."""
        found = self._connection.execute(_NAMES.where(_GUARANTEE.c.guarantor_id == guarantor_id))
        return [row.person for row in found]

    def since(self, person_id: int) -> datetime | None:
        """Since when a person has guarantors; None: they have none."""
        first = sa.select(sa.func.min(_GUARANTEE.c.since))
        found = self._connection.execute(first.where(_GUARANTEE.c.person_id == person_id))
        return moment_or_none(found.scalar_one())

    def all(self) -> dict[str, tuple[str, ...]]:
        """Of each person who has any, the guarantors; all by name."""
        found: dict[str, tuple[str, ...]] = {}
        for row in self._connection.execute(_NAMES):
            found[row.person] = (*found.get(row.person, ()), row.guarantor)
        return found

    def end(self, person_id: int) -> None:
        """Forget all guarantors of a person."""
        self._connection.execute(_GUARANTEE.delete().where(_GUARANTEE.c.person_id == person_id))
