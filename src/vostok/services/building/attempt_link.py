"""Keeps the server informed while an attempt runs: its heartbeat, and its log as it grows."""

import threading
from collections.abc import Callable

from vostok.errors import (
    ConflictError,
    GoneError,
    NotAllowedError,
    NotFoundError,
    VostokError,
)
from vostok.services.building.builder_ports import (
    AttemptGateway,
    AttemptLog,
    StopReason,
    StopSignal,
)

LOG_SECONDS = 1.0
LOG_SECONDS_MAX = 10.0
LOG_CALL_BYTES_MAX = 1024 * 1024
JOIN_SECONDS_MAX = 5.0
NOT_OURS = (NotAllowedError, NotFoundError, GoneError)


class AttemptLink:
    """Two threads beside an attempt, from `start` to `close`.

    A server that does not answer is waited for. One that says the attempt is not ours any more,
    or that it is cancelled, sets `stop`.
    """

    def __init__(
        self,
        gateway: AttemptGateway,
        log: AttemptLog,
        *,
        stop: StopSignal,
        heartbeat_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._gateway = gateway
        self._log = log
        self._stop = stop
        self._heartbeat_seconds = heartbeat_seconds
        self._clock = clock
        self._offset = 0
        self._ended = threading.Event()
        self._shipping = threading.Lock()
        self._threads = [
            threading.Thread(target=self._beat, name="heartbeat", daemon=True),
            threading.Thread(target=self._ship, name="log", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def drain(self, seconds_max: float) -> bool:
        """Wait until the server has the whole log; False if it does not answer for so long."""
        deadline = self._clock() + seconds_max
        pause = LOG_SECONDS
        while self._stop.reason in {None, StopReason.CANCELLED}:
            try:
                if self._ship_once():
                    return True
            except NOT_OURS:
                self._stop.set(StopReason.LOST)
            except VostokError:
                if self._clock() + pause > deadline:
                    return False
                self._ended.wait(pause)
                pause = min(2 * pause, LOG_SECONDS_MAX)
        return False

    def close(self) -> None:
        """End both threads."""
        self._ended.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS_MAX)

    def _beat(self) -> None:
        while not self._ended.wait(self._heartbeat_seconds):
            try:
                if not self._gateway.heartbeat():
                    self._stop.set(StopReason.CANCELLED)
            except NOT_OURS:
                self._stop.set(StopReason.LOST)
                return
            except VostokError:
                # The server may be restarting; it decides by its own clock whether we are lost.
                continue

    def _ship(self) -> None:
        pause = LOG_SECONDS
        while not self._ended.wait(pause):
            try:
                self._ship_once()
                pause = LOG_SECONDS
            except NOT_OURS:
                self._stop.set(StopReason.LOST)
                return
            except VostokError:
                pause = min(2 * pause, LOG_SECONDS_MAX)

    def _ship_once(self) -> bool:
        """Send what the server lacks, up to what there is now; True when it has all."""
        with self._shipping:
            end = self._log.size_bytes
            while self._offset < end:
                content = self._log.read(self._offset, LOG_CALL_BYTES_MAX)
                if not content:
                    break
                try:
                    self._offset = self._gateway.append_log(self._offset, content)
                except ConflictError:
                    # The server lost the end of its copy: an empty piece at 0 asks for its size.
                    size = self._gateway.append_log(0, b"")
                    self._offset = min(size, end)
            return self._offset >= self._log.size_bytes
