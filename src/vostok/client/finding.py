"""Calls that look into all archives at once: the search and the queue."""

from vostok.client.asking import Asking
from vostok.client.messages.finding import Found, Queue


class FindingCalls(Asking):
    """Calls of the search and of the queue."""

    def search(self, text: str) -> Found:
        """Archives, sources and builds with a text in their names, exact names first."""
        return self._one(Found, "GET", "search", query={"q": text})

    def queue(self) -> Queue:
        """What waits, what is at work, who builds, and about how long each queue will last."""
        return self._one(Queue, "GET", "queue")
