"""Which identities, at providers of them, are which persons here."""

from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.people import PERSONS, person_of_row
from vostok.adapters.database.rows import moment, moment_or_none, seconds
from vostok.domain.identity import Identity, LinkedIdentity
from vostok.domain.person import Person, looks_like
from vostok.errors import NotFoundError

_PERSON, _IDENTITY = schema.person, schema.person_identity


class SqlIdentities:
    """Implements `services.repositories.Identities`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def person_of(self, identity: Identity) -> Person | None:
        """Whose identity it is."""
        row = self._connection.execute(
            PERSONS.join(_IDENTITY, _IDENTITY.c.person_id == _PERSON.c.id)
            .where(_IDENTITY.c.issuer == identity.issuer, _IDENTITY.c.subject == identity.subject)
            .where(_IDENTITY.c.unlinked_at.is_(None))
        ).first()
        return None if row is None else person_of_row(row)

    def is_unlinked(self, identity: Identity) -> bool:
        """Whether it was somebody's, and was taken from them."""
        found = self._connection.execute(
            sa.select(_IDENTITY.c.id).where(
                _IDENTITY.c.issuer == identity.issuer,
                _IDENTITY.c.subject == identity.subject,
                _IDENTITY.c.unlinked_at.is_not(None),
            )
        ).first()
        return found is not None

    def of_person(self, person_id: int) -> list[LinkedIdentity]:
        """The identities that are or were a person's, the oldest first."""
        return self._found(_IDENTITY.c.person_id == person_id)

    def unlink(
        self, person_id: int, number: int, at: datetime, *, by_owner: bool
    ) -> LinkedIdentity:
        """Have nobody sign in by an identity. See `services.repositories.Identities`."""
        condition = _IDENTITY.c.unlinked_at.is_(None) if by_owner else sa.true()
        withdrawn_at = None if by_owner else seconds(at)
        return self._changed(
            person_id, number, condition, unlinked_at=seconds(at), withdrawn_at=withdrawn_at
        )

    def link_again(self, person_id: int, number: int, *, by_owner: bool) -> LinkedIdentity:
        """Have its owner sign in by it again. See `services.repositories.Identities`."""
        condition = _IDENTITY.c.withdrawn_at.is_(None) if by_owner else sa.true()
        return self._changed(person_id, number, condition, unlinked_at=None, withdrawn_at=None)

    def _changed(
        self,
        person_id: int,
        number: int,
        condition: sa.ColumnElement[bool],
        **values: float | None,
    ) -> LinkedIdentity:
        """The identity, changed if the condition holds."""
        its_own = sa.and_(_IDENTITY.c.person_id == person_id, _IDENTITY.c.id == number)
        self._connection.execute(_IDENTITY.update().where(its_own, condition).values(values))
        found = self._found(its_own)
        if not found:
            raise NotFoundError(
                f"that person has no identity {number}",
                hint="see which there are: vostok identity list NAME",
            )
        return found[0]

    def _found(self, condition: sa.ColumnElement[bool]) -> list[LinkedIdentity]:
        rows = self._connection.execute(
            sa.select(_IDENTITY).where(condition).order_by(_IDENTITY.c.id)
        )
        return [
            LinkedIdentity(
                number=row.id,
                issuer=row.issuer,
                subject=row.subject,
                linked_at=moment(row.linked_at),
                unlinked_at=moment_or_none(row.unlinked_at),
                withdrawn_at=moment_or_none(row.withdrawn_at),
            )
            for row in rows
        ]

    def persons_with_address(self, email: str) -> list[Person]:
        """All persons whose address looks like that one. O(persons).

        Compared here: SQLite knows the cases of ASCII letters only.
        """
        addresses = self._connection.execute(
            sa.select(_PERSON.c.id, _PERSON.c.email).where(_PERSON.c.email != "")  # no robots
        )
        alike = [row.id for row in addresses if looks_like(row.email, email)]
        rows = self._connection.execute(
            PERSONS.where(_PERSON.c.id.in_(alike)).order_by(_PERSON.c.id)
        )
        return [person_of_row(row) for row in rows]

    def link(self, person_id: int, identity: Identity, at: datetime) -> None:
        """From now on that identity is that person."""
        self._connection.execute(
            _IDENTITY.insert().values(
                person_id=person_id,
                issuer=identity.issuer,
                subject=identity.subject,
                linked_at=seconds(at),
            )
        )
