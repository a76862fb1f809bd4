"""Failures to show who one is, counted against guessing: by name and by network address."""

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

GUESSES_OF_NAME_MAX: Final = 10
GUESSES_OF_ADDRESS_MAX: Final = 30
GUESSING_WINDOW: Final = timedelta(minutes=15)
GUESSERS_MAX: Final = 10_000
"""Names and addresses of which failures are remembered; beyond, the oldest are forgotten."""
GUESTS_MAX: Final = 10_000
"""Right secrets that are remembered with the address that showed them."""

_NETWORK_OF_HOME: Final = 64
"""Bits of an IPv6 address that tell one home from another; the rest its owner chooses freely."""


def guesser(address: str) -> str:
    """Whom failures from a network address count against: the address, or an IPv6 /64."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if known.version == 4:  # noqa: PLR2004 - of the protocol
        return str(known)
    return str(ipaddress.ip_network((known, _NETWORK_OF_HOME), strict=False))


class Guesses:
    """Failures within the last minutes, by name and by address, at all doors. Not shared.

    Of tokens and cookies, which nobody types, the same wrong one again is no new guess: a machine
    that was not told of a change must not lock out its neighbours. Who showed a right one from an
    address before is let in while that address waits: they need not guess any more.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], list[tuple[datetime, str]]] = OrderedDict()
        self._guests: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait(
        self, address: str, now: datetime, *, name: str = "", secret_hash: str = ""
    ) -> timedelta:
        """How long whoever asks may not try; zero: at once.

        Args:
            address: from where they ask.
            now: the moment.
            name: whose password is shown, if one is.
            secret_hash: of the token or cookie that is shown, if one is.
        """
        if secret_hash and (guesser(address), secret_hash) in self._guests:
            return timedelta(0)
        by_name = self._wait(("name", name), GUESSES_OF_NAME_MAX, now) if name else timedelta(0)
        return max(by_name, self._wait(("address", guesser(address)), GUESSES_OF_ADDRESS_MAX, now))

    def note(self, address: str, now: datetime, *, name: str = "", secret_hash: str = "") -> None:
        """Count a failure."""
        keys = [("address", guesser(address)), *([("name", name)] if name else [])]
        for key in keys:
            recent = self._recent(key, now)
            if not secret_hash or all(known != secret_hash for _, known in recent):
                recent = [*recent, (now, secret_hash)]
            self._failures[key] = recent[-GUESSES_OF_ADDRESS_MAX:]
            self._failures.move_to_end(key)
        while len(self._failures) > GUESSERS_MAX:
            self._failures.popitem(last=False)

    def welcome(self, address: str, secret_hash: str) -> None:
        """Remember that a right token or cookie came from an address."""
        guest = (guesser(address), secret_hash)
        self._guests[guest] = None
        self._guests.move_to_end(guest)
        if len(self._guests) > GUESTS_MAX:
            self._guests.popitem(last=False)

    def forget(self, name: str) -> None:
        """Count no earlier failures against a name: its owner has signed in."""
        self._failures.pop(("name", name), None)

    def _wait(self, key: tuple[str, str], failures_max: int, now: datetime) -> timedelta:
        recent = self._recent(key, now)
        if len(recent) < failures_max:
            return timedelta(0)
        return recent[-failures_max][0] + GUESSING_WINDOW - now

    def _recent(self, key: tuple[str, str], now: datetime) -> list[tuple[datetime, str]]:
        return [known for known in self._failures.get(key, []) if now - known[0] < GUESSING_WINDOW]
