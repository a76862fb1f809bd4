"""Requests that were done, and what was answered."""

from datetime import datetime
from typing import Protocol

from vostok.domain.repeated_request import Answer, KnownRequest, RequestMark


class RepeatedRequests(Protocol):
    """Requests that came with a key, until they expire. Keys are known by their hashes only."""

    def find(self, mark: RequestMark, now: datetime) -> KnownRequest | None:
        """What came of the request with that key before, whatever it said."""

    def add(self, mark: RequestMark, *, now: datetime, expires_at: datetime) -> bool:
        """Note that a request is done in this transaction; those that are expired are forgotten.

        Returns:
            Whether it is new. Of two at a time the second waits for the first.
        """

    def keep(self, mark: RequestMark, answer: Answer) -> None:
        """Keep the answer to a request that was noted."""
