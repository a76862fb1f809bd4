"""How many streams may be open: in all, of strangers, and of each who listens."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Final

from vostok.domain.access import Principal, Role
from vostok.domain.guessing import guesser
from vostok.errors import UnavailableError

STREAMS_OF_ADDRESS_MAX: Final = 10
"""Of strangers at one address, or in one network of a home (IPv6)."""
STREAMS_OF_PERSON_MAX: Final = 20


class StreamSlots:
    """The streams of one kind that are open in one process. Several threads may use it.

    Args:
        streams_max: how many there may be, at most half of them of strangers.
        kind: what a stream is called.
    """

    def __init__(self, streams_max: int, kind: str) -> None:
        self._streams_max = streams_max
        self._strangers_max = streams_max - streams_max // 2
        self._kind = kind
        self._open: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    @property
    def open_streams(self) -> int:
        """How many there are."""
        with self._lock:
            return self._open.total()

    def take(self, principal: Principal, address: str, *, hint: str) -> Callable[[], None]:
        """Count a stream that begins; what it returns is called once, when it ends.

        Args:
            principal: who listens.
            address: from which network address.
            hint: what to do in place of listening.

        Raises:
            UnavailableError: there are too many.
        """
        listener = _listener(principal, address)
        with self._lock:
            self._check(listener, hint)
            self._open[listener] += 1
        return lambda: self._give_back(listener)

    def _check(self, listener: tuple[str, str], hint: str) -> None:
        kind, name = listener
        own, own_max = self._open[listener], STREAMS_OF_PERSON_MAX
        if kind == "address":
            own_max = STREAMS_OF_ADDRESS_MAX
            strangers = sum(count for (of, _), count in self._open.items() if of == kind)
            if strangers >= self._strangers_max:
                raise UnavailableError(
                    f"{strangers} {self._kind} are open for who has not signed in, as many as "
                    "there may be",
                    hint=hint,
                )
        if own >= own_max:
            raise UnavailableError(
                f"{own} {self._kind} are open for {name}, as many as there may be", hint=hint
            )
        if self._open.total() >= self._streams_max:
            raise UnavailableError(
                f"{self._open.total()} {self._kind} are open, as many as there may be", hint=hint
            )

    def _give_back(self, listener: tuple[str, str]) -> None:
        with self._lock:
            self._open[listener] -= 1
            if self._open[listener] <= 0:
                del self._open[listener]


def _listener(principal: Principal, address: str) -> tuple[str, str]:
    if principal.role is Role.ANONYMOUS:
        return "address", guesser(address)
    return "person", principal.name
