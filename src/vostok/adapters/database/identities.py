"""Which identities, at providers of them, are which persons here."""

from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.people import person_of_row
from vostok.adapters.database.rows import seconds
from vostok.domain.identity import Identity
from vostok.domain.person import Person

_PERSON, _IDENTITY = schema.person, schema.person_identity


class SqlIdentities:
    """Implements `services.repositories.Identities`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def person_of(self, identity: Identity) -> Person | None:
        """Whose identity it is."""
        row = self._connection.execute(
            sa.select(_PERSON)
            .join(_IDENTITY, _IDENTITY.c.person_id == _PERSON.c.id)
            .where(_IDENTITY.c.issuer == identity.issuer, _IDENTITY.c.subject == identity.subject)
        ).first()
        return None if row is None else person_of_row(row)

    def persons_with_address(self, email: str) -> list[Person]:
        """All persons with that address."""
        rows = self._connection.execute(
            sa.select(_PERSON)
            .where(sa.func.lower(_PERSON.c.email) == email.lower())
            .order_by(_PERSON.c.id)
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
