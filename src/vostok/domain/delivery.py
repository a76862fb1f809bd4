"""Deliveries: what is sent outside, at least once, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

ANSWER_BYTES_KEPT: Final = 500
ATTEMPTS_MAX: Final = 8
FIRST_DELAY: Final = timedelta(seconds=10)
DELAY_GROWTH: Final = 4
"""Delays of 10 s, 40 s, … 11 h: after fifteen hours of failures the last attempt was made."""
DELIVERIES_KEPT: Final = timedelta(days=30)


class DeliveryState(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message for one receiver: a webhook, or a person.

    Attributes:
        owner: id of the receiver.
        key: its id for the receiver, the same in every attempt.
        item: what it tells; a receiver has one delivery of each.
        topic: what kind of thing that is.
        next_at: when it is tried next; None: not by itself.
        status: the code of the last answer.
        answer: the first bytes of it, or why there was none.
    """

    id: int
    owner: int
    key: str
    item: str
    topic: str
    payload: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    status: int | None
    answer: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery that is to be made."""

    key: str
    item: str
    topic: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAnswer:
    """What an attempt brought: a code with the beginning of the answer, or None and why not.

    Attributes:
        is_gone: whether the receiver wants no more, ever.
    """

    status: int | None
    text: str
    is_gone: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it. HTTP and SMTP mean the same by such a code."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - of both


def delay_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None: it was the last one."""
    if attempts >= ATTEMPTS_MAX:
        return None
    growth: int = DELAY_GROWTH ** (attempts - 1)
    return FIRST_DELAY * growth
