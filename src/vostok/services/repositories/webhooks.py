"""Webhooks. What is sent to them are `Deliveries`."""

from datetime import datetime
from typing import Protocol

from vostok.domain.news import NewsPosition, NewsTopic
from vostok.domain.webhook import Webhook, WebhookState


class Webhooks(Protocol):
    """Addresses that are told of news."""

    def add(
        self,
        archive_id: int,
        address: str,
        topics: frozenset[NewsTopic],
        *,
        nonce: str,
        position: NewsPosition,
        by: str,
        at: datetime,
    ) -> Webhook:
        """A new one, switched on."""

    def of_archive(self, archive_id: int) -> list[Webhook]:
        """Those of an archive, the oldest first."""

    def numbered(self, archive_id: int, number: int) -> Webhook:
        """One of them; NotFoundError if there is none."""

    def switched_on(self) -> list[Webhook]:
        """All that are told of news, of archives that people see."""

    def lock(self, number: int) -> Webhook | None:
        """One, while nobody else changes it until this transaction ends; None if it went."""

    def set_state(self, number: int, state: WebhookState, sentence: str) -> None:
        """Switch one on or off, and say why."""

    def set_answerable(self, number: int, name: str) -> None:
        """Have somebody answer for one from now on."""

    def switch_off_of(self, answerable: str, sentence: str) -> None:
        """Switch off all that one person answers for, and say why."""

    def set_topics(self, number: int, topics: frozenset[NewsTopic]) -> None:
        """Change what one is told of."""

    def set_position(self, number: int, position: NewsPosition) -> None:
        """Note up to where deliveries were made."""

    def remove(self, number: int) -> None:
        """Take one away with its deliveries."""
