"""The queue of all archives at once."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from vostok.domain.queue import BuildAtWork, Took, WaitingBuilds


class Queues(Protocol):
    """What waits and what runs, counted by the database; of no archive that is hidden."""

    def waiting(self, hidden: Collection[str]) -> Sequence[WaitingBuilds]:
        """What waits, counted: what is built first comes first. O(waiting)."""

    def at_work(self, hidden: Collection[str]) -> Sequence[BuildAtWork]:
        """The attempts that run, the oldest first."""

    def took(self, hidden: Collection[str]) -> Mapping[str, Took]:
        """Architecture of builders -> what the newest successful attempts took."""
