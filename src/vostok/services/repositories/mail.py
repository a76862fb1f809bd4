"""Who is told of what by mail. The letters are `Deliveries`."""

from datetime import datetime
from typing import Protocol

from vostok.domain.mail import MailAddress, Subscription
from vostok.domain.news import NewsPosition, NewsTopic
from vostok.domain.person import Person


class Mail(Protocol):
    """Subscriptions of persons, and their addresses."""

    def lock(self, person_id: int) -> Person | None:
        """A person whose mail nobody else changes until this transaction ends."""

    def address(self, person_id: int) -> MailAddress | None:
        """Where a person gets mail; None if they never asked for any."""

    def put_address(self, address: MailAddress) -> None:
        """Keep it in the place of the one before."""

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
        """Subscribe; whoever is subscribed to it gets the topics, and keeps the position."""

    def of_person(self, person_id: int) -> list[Subscription]:
        """What a person is subscribed to, the oldest first; of archives that are there."""

    def set_position(self, number: int, position: NewsPosition) -> None:
        """Note up to where letters were made."""

    def remove(self, number: int) -> None:
        """End a subscription."""

    def remove_all(self, person_id: int) -> int:
        """End all of a person's; how many."""

    def persons_to_tell(self, since: datetime) -> list[Person]:
        """Persons who may get a letter now.

        They are let in, have a subscription and confirmed the address that is registered for
        them; and no letter of news was made for them since a moment.
        """
