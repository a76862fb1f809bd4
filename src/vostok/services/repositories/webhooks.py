"""Webhooks and their deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.news import NewsPosition, NewsTopic
from vostok.domain.webhook import Delivery, NewDelivery, SentAnswer, Webhook, WebhookState


class Webhooks(Protocol):
    """Addresses that are told of news, and what is sent to them."""

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

    def set_position(self, number: int, position: NewsPosition) -> None:
        """Note up to where deliveries were made."""

    def remove(self, number: int) -> None:
        """Take one away with its deliveries."""

    def put_deliveries(
        self, number: int, deliveries: Sequence[NewDelivery], *, at: datetime
    ) -> None:
        """Have items sent, each once whatever is asked."""

    def deliveries(self, number: int, *, before: int | None, rows_max: int) -> list[Delivery]:
        """The newest of one webhook, the newest first; `before` an id, or from the newest on."""

    def delivery(self, number: int, delivery_id: int) -> Delivery:
        """One of them; NotFoundError if there is none."""

    def due(self, at: datetime, *, webhooks_max: int) -> list[int]:
        """Numbers of webhooks for which something is to be sent now."""

    def take(self, number: int, at: datetime, *, until: datetime) -> Delivery | None:
        """The oldest delivery that is due, kept from others until a moment."""

    def note_attempt(
        self, delivery: Delivery, answer: SentAnswer, *, next_at: datetime | None
    ) -> None:
        """Write down what an attempt brought; `next_at` None for one that is not tried again."""

    def send_again(self, delivery_id: int, at: datetime) -> None:
        """Have a delivery sent as if for the first time."""

    def forget(self, before: datetime) -> int:
        """Forget deliveries that were made or given up, and came before a moment; how many."""
