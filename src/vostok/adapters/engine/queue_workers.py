"""Threads that take work from the engine's queues when they are woken, not only by the clock.

The engine looks for work at fixed times: often enough for people who wait, that costs a twentieth
of a core while there is none. Its worker waits on the event that stops it; here that event also
ends a wait when somebody asks for work.
"""

import threading
from collections.abc import Sequence
from typing import Final

from dbos import DBOS
from dbos._queue import queue_worker_thread

FIRST_LOOKS_SECONDS: Final = 0.005
"""The wait for the second look after a wake; each further one is twice as long. What woke may
become visible a moment later: an ended job frees its archive's turn after it said so."""


class WakingEvent(threading.Event):
    """An event that stops a worker, whose waits also end when it is woken."""

    def __init__(self) -> None:
        super().__init__()
        self._woken = threading.Event()
        self._seconds_max = float("inf")

    def wake(self) -> None:
        """End the wait of now, or else the next one, and have some more looks soon."""
        self._woken.set()

    def set(self) -> None:
        """Stop the worker."""
        super().set()
        self._woken.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Whether the worker is to stop, told after the time, when woken, or when it is."""
        seconds = self._seconds_max if timeout is None else min(timeout, self._seconds_max)
        if self._woken.wait(None if seconds == float("inf") else seconds):
            self._woken.clear()
            self._seconds_max = FIRST_LOOKS_SECONDS
        else:
            self._seconds_max *= 2
        return self.is_set()


class QueueWorkers:
    """One worker for each of some queues."""

    def __init__(self) -> None:
        self._events: list[WakingEvent] = []

    def start(self, engine: DBOS, names: Sequence[str]) -> None:
        """Begin to take work; the engine itself must not listen to these queues."""
        for name in names:
            queue = DBOS.retrieve_queue(name)
            event = WakingEvent()
            self._events.append(event)
            threading.Thread(
                target=queue_worker_thread,
                args=(event, engine, queue),
                name=f"queue-worker-{name}",
                daemon=True,
            ).start()

    def wake(self) -> None:
        """Have all look for work now."""
        for event in self._events:
            event.wake()

    def stop(self) -> None:
        """Have all take no more."""
        for event in self._events:
            event.set()
