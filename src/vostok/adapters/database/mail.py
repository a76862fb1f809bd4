"""Who is told of what by mail, in the database."""

from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.deliveries import SqlDeliveries
from vostok.adapters.database.people import PERSONS, person_of_row
from vostok.adapters.database.rows import (
    inserted_id,
    lock_row,
    moment,
    moment_or_none,
    seconds,
)
from vostok.domain.archive import HIDDEN_MARK
from vostok.domain.mail import LetterKind, MailAddress, Subscription, names_of
from vostok.domain.news import NewsPosition, NewsTopic, parse_position
from vostok.domain.person import Person

_ADDRESS, _SUBSCRIPTION, _LETTER = schema.mail_address, schema.subscription, schema.letter
_PERSON = schema.person
_WHOLE_ARCHIVE = 0


class SqlMail:
    """Implements `services.repositories.Mail`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, person_id: int) -> Person | None:
        """A person whose mail nobody else changes. See `services.repositories.Mail`."""
        lock_row(self._connection, _PERSON, person_id)
        row = self._connection.execute(PERSONS.where(_PERSON.c.id == person_id)).first()
        return None if row is None else person_of_row(row)

    def address(self, person_id: int) -> MailAddress | None:
        """Where a person gets mail; None if they never asked for any."""
        row = self._connection.execute(
            sa.select(_ADDRESS).where(_ADDRESS.c.person_id == person_id)
        ).first()
        if row is None:
            return None
        return MailAddress(
            person_id=row.person_id,
            address=row.address,
            nonce=row.nonce,
            sentence=row.sentence,
            asked_at=moment_or_none(row.asked_at),
            confirmed_at=moment_or_none(row.confirmed_at),
        )

    def put_address(self, address: MailAddress) -> None:
        """Keep it in the place of the one before."""
        self._connection.execute(
            _ADDRESS.delete().where(_ADDRESS.c.person_id == address.person_id)
        )
        asked, confirmed = address.asked_at, address.confirmed_at
        self._connection.execute(
            _ADDRESS.insert().values(
                person_id=address.person_id,
                address=address.address,
                nonce=address.nonce,
                sentence=address.sentence,
                asked_at=None if asked is None else seconds(asked),
                confirmed_at=None if confirmed is None else seconds(confirmed),
            )
        )

    def put(
        self,
        person_id: int,
        archive_id: int,
        campaign: int | None,
        topics: frozenset[NewsTopic],
        *,
        position: NewsPosition,
        at: datetime,
    ) -> Subscription:
        """Subscribe, or change the topics. See `services.repositories.Mail`."""
        place = {
            "person_id": person_id,
            "archive_id": archive_id,
            "campaign": campaign or _WHOLE_ARCHIVE,
        }
        told = {"topics": names_of(topics)}
        fresh = {**place, **told, "position": str(position), "created_at": seconds(at)}
        is_here = [_SUBSCRIPTION.c[name] == value for name, value in place.items()]
        if inserted_id(self._connection, _SUBSCRIPTION, fresh) is None:
            self._connection.execute(_SUBSCRIPTION.update().where(*is_here).values(told))
        [found] = self._subscriptions(*is_here)
        return found

    def of_person(self, person_id: int) -> list[Subscription]:
        """What a person is subscribed to, the oldest first; of archives that are there."""
        return self._subscriptions(
            _SUBSCRIPTION.c.person_id == person_id,
            schema.archive.c.name.not_like(f"{HIDDEN_MARK}%"),
        )

    def set_position(self, number: int, position: NewsPosition) -> None:
        """Note up to where letters were made."""
        self._connection.execute(
            _SUBSCRIPTION.update()
            .where(_SUBSCRIPTION.c.id == number)
            .values(position=str(position))
        )

    def remove(self, number: int) -> None:
        """End a subscription."""
        self._connection.execute(_SUBSCRIPTION.delete().where(_SUBSCRIPTION.c.id == number))

    def remove_all(self, person_id: int) -> int:
        """End all of a person's; how many."""
        ended = _SUBSCRIPTION.delete().where(_SUBSCRIPTION.c.person_id == person_id)
        return self._connection.execute(ended).rowcount

    def persons_to_tell(self, since: datetime) -> list[Person]:
        """Persons who may get a letter now. See `services.repositories.Mail`."""
        told = sa.exists().where(
            _LETTER.c.person_id == _PERSON.c.id,
            _LETTER.c.topic == LetterKind.NEWS,
            _LETTER.c.created_at > seconds(since),
        )
        is_subscribed = sa.exists().where(_SUBSCRIPTION.c.person_id == _PERSON.c.id)
        query = (
            PERSONS.join(_ADDRESS, _ADDRESS.c.person_id == _PERSON.c.id)
            .where(
                _PERSON.c.disabled_at.is_(None),
                _ADDRESS.c.confirmed_at.is_not(None),
                _ADDRESS.c.address == _PERSON.c.email,
                is_subscribed,
                ~told,
            )
            .order_by(_PERSON.c.id)
        )
        return [person_of_row(row) for row in self._connection.execute(query)]

    def _subscriptions(self, *conditions: sa.ColumnElement[bool]) -> list[Subscription]:
        query = (
            sa.select(_SUBSCRIPTION, schema.archive.c.name.label("archive"))
            .join(schema.archive, schema.archive.c.id == _SUBSCRIPTION.c.archive_id)
            .where(*conditions)
            .order_by(_SUBSCRIPTION.c.id)
        )
        return [
            Subscription(
                number=row.id,
                person_id=row.person_id,
                archive_id=row.archive_id,
                archive=row.archive,
                campaign=row.campaign or None,
                topics=frozenset(map(NewsTopic, row.topics)),
                position=parse_position(row.position),
                created_at=moment(row.created_at),
            )
            for row in self._connection.execute(query)
        ]


def letters(connection: sa.Connection) -> SqlDeliveries:
    """What is mailed to persons."""
    return SqlDeliveries(
        connection,
        _LETTER,
        _LETTER.c.person_id,
        None,
        kind="person",
        hint="vostok subscription letters",
    )
