"""What is sent outside to receivers of one kind, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.delivery import Delivery, NewDelivery, SentAnswer
from vostok.domain.turns import Waiting


class Deliveries(Protocol):
    """The deliveries of all receivers of a kind; a receiver is known by its id."""

    def put(self, owner: int, deliveries: Sequence[NewDelivery], *, at: datetime) -> None:
        """Have something sent, each item once whatever is asked."""

    def newest(self, owner: int, *, before: int | None = None, rows_max: int) -> list[Delivery]:
        """The newest of one receiver, the newest first; `before` an id, or from the newest on."""

    def one(self, owner: int, delivery_id: int) -> Delivery:
        """One of them; NotFoundError if there is none."""

    def due(self, at: datetime, *, owners_max: int) -> list[Waiting]:
        """Receivers for which something is to be sent now, the longest waiting first."""

    def take(self, owner: int, at: datetime, *, until: datetime) -> Delivery | None:
        """The oldest delivery that is due, kept from others until a moment."""

    def waiting(self, owner: int, topic: str) -> Delivery | None:
        """A delivery of a topic that was not taken yet and is still tried; None: there is none."""

    def note_attempt(
        self, delivery: Delivery, answer: SentAnswer, *, next_at: datetime | None
    ) -> None:
        """Write down what an attempt brought; `next_at` None for one that is not tried again."""

    def send_again(self, delivery_id: int, at: datetime) -> None:
        """Have a delivery sent as if for the first time."""

    def forget(self, before: datetime) -> int:
        """Forget deliveries that were made or given up, and came before a moment; how many."""
