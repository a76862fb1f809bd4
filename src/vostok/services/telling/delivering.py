"""Sending deliveries outside: in order for each receiver, tried again, given up in the end.

An attempt that was under way when the process was killed is made again: a receiver knows a
delivery by its key.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

from vostok.domain.delivery import DELIVERIES_KEPT, Delivery, SentAnswer, delay_after
from vostok.domain.turns import Turns
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Deliveries, Transaction

SENT_AT_ONCE: Final = 8
"""Receivers that are sent to at the same time; to each one delivery after the other."""
WAITING_MAX: Final = 5_000
"""Receivers among which turns are given; of more, those that wait longest."""
SENT_IN_ROUND: Final = 10
TURN_MAX: Final = timedelta(seconds=30)
"""After which a receiver's turn ends with the attempt that is under way, however much waits."""
ATTEMPT_LEASE: Final = timedelta(seconds=120)
"""For which an attempt keeps others from the same delivery; longer than it can take."""

Receiver = TypeVar("Receiver")


class Outlet(Protocol[Receiver]):
    """Receivers of one kind, and how they are sent to."""

    def deliveries(self, transaction: Transaction) -> Deliveries:
        """Where the deliveries of these receivers are."""
        ...

    def lock(self, transaction: Transaction, owner: int) -> Receiver | None:
        """A receiver, while nobody else changes it; None if nothing is sent there any more."""
        ...

    def attempt(self, receiver: Receiver, delivery: Delivery) -> SentAnswer:
        """What came of one attempt. Bounded in time."""
        ...

    def give_up(
        self, transaction: Transaction, receiver: Receiver, delivery: Delivery, answer: SentAnswer
    ) -> None:
        """Draw the consequences of a delivery that is not tried again."""
        ...


class Deliverer(Generic[Receiver]):
    """Sends what is due at one outlet."""

    def __init__(self, database: Database, outlet: Outlet[Receiver], clock: Clock) -> None:
        self._database = database
        self._outlet = outlet
        self._clock = clock
        self._turns = Turns()

    def deliver(self) -> int:
        """Send what is due, to some receivers at once; how many attempts. Bounded in time.

        The receivers take turns, so that whoever has many of them keeps nobody else waiting: see
        `domain.turns`.
        """
        with self._database.read() as transaction:
            waiting = self._outlet.deliveries(transaction).due(
                self._clock.now(), owners_max=WAITING_MAX
            )
        owners = self._turns.take(waiting, SENT_AT_ONCE)
        if not owners:
            return 0
        with ThreadPoolExecutor(SENT_AT_ONCE, thread_name_prefix="deliverer") as pool:
            return sum(pool.map(self._deliver_to, owners))

    def _deliver_to(self, owner: int) -> int:
        """Deliver in order; whoever cannot take one is left alone for a while."""
        began = now = self._clock.now()
        for attempt in range(SENT_IN_ROUND):
            if now - began >= TURN_MAX:
                return attempt
            with self._database.write() as transaction:
                receiver = self._outlet.lock(transaction, owner)
                if receiver is None:
                    return attempt
                deliveries = self._outlet.deliveries(transaction)
                delivery = deliveries.take(owner, now, until=now + ATTEMPT_LEASE)
            if delivery is None:
                return attempt
            answer = self._outlet.attempt(receiver, delivery)
            self._settle(receiver, delivery, answer)
            if not answer.is_taken and not answer.is_gone:
                return attempt + 1
            now = self._clock.now()
        return SENT_IN_ROUND

    def _settle(self, receiver: Receiver, delivery: Delivery, answer: SentAnswer) -> None:
        """Write down what came of it, also where the receiver was switched off meanwhile."""
        delay = None if answer.is_gone else delay_after(delivery.attempts + 1)
        next_at = None if delay is None else self._clock.now() + delay
        with self._database.write() as transaction:
            self._outlet.lock(transaction, delivery.owner)
            self._outlet.deliveries(transaction).note_attempt(delivery, answer, next_at=next_at)
            if not answer.is_taken and next_at is None:
                self._outlet.give_up(transaction, receiver, delivery, answer)

    def tidy(self) -> int:
        """Forget deliveries that ended long ago; how many."""
        with self._database.write() as transaction:
            before = self._clock.now() - DELIVERIES_KEPT
            return self._outlet.deliveries(transaction).forget(before)


def is_sent_soon(delivery: Delivery, now: datetime) -> bool:
    """Whether a delivery is under way, or due before one that is under way could have ended."""
    return delivery.next_at is not None and delivery.next_at <= now + ATTEMPT_LEASE
