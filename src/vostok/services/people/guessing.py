"""The one guard against guessing, at every door: passwords, tokens, cookies."""

import threading
from datetime import timedelta

from vostok.domain.guessing import Guesses
from vostok.errors import TooManyFailuresError
from vostok.services.ports import Clock


class GuessingGuard:
    """Counts failures in this process and has whoever failed too often wait.

    While an address waits, a right secret is refused like a wrong one, so that guessing tells
    nothing; only who showed that very secret from there before is let in.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guesses = Guesses()
        self._lock = threading.Lock()

    def check(self, address: str, *, name: str = "", secret_hash: str = "") -> None:
        """Nothing, if whoever asks may try. To be called before it is known who they are.

        Raises:
            TooManyFailuresError: there were too many failures for the name or the address.
        """
        with self._lock:
            wait = self._guesses.wait(
                address, self._clock.now(), name=name, secret_hash=secret_hash
            )
        if wait > timedelta(0):
            raise TooManyFailuresError(seconds=max(1, -(-int(wait.total_seconds()) // 1)))

    def note_failure(self, address: str, *, name: str = "", secret_hash: str = "") -> None:
        """Count a failure."""
        now = self._clock.now()
        with self._lock:
            self._guesses.note(address, now, name=name, secret_hash=secret_hash)

    def note_success(self, address: str, *, name: str = "", secret_hash: str = "") -> None:
        """Who showed a right password or secret has not guessed."""
        with self._lock:
            if name:
                self._guesses.forget(name)
            if secret_hash:
                self._guesses.welcome(address, secret_hash)
