"""Failures to show who one is, counted against guessing: by name and by network address."""

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

GUESSES_OF_NAME_MAX: Final = 10
GUESSES_OF_ADDRESS_MAX: Final = 30
GUESSING_WINDOW: Final = timedelta(minutes=15)
NAMES_MAX: Final = 10_000
ADDRESSES_MAX: Final = 10_000
"""Of which failures are remembered; beyond, the oldest are forgotten, each among its own kind."""
GUESTS_MAX: Final = 10_000
"""Right secrets that are remembered with the address that showed them."""

Failures = OrderedDict[str, list[tuple[datetime, str]]]
"""When each guesser failed, and the hash of what it showed; who failed last is at the end."""

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
        self._names: Failures = OrderedDict()
        self._addresses: Failures = OrderedDict()
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
        by_name = _wait(self._names, name, GUESSES_OF_NAME_MAX, now) if name else timedelta(0)
        return max(by_name, _wait(self._addresses, guesser(address), GUESSES_OF_ADDRESS_MAX, now))

    def note(self, address: str, now: datetime, *, name: str = "", secret_hash: str = "") -> None:
        """Count a failure."""
        failure = (now, secret_hash)
        _note(self._addresses, guesser(address), failure, ADDRESSES_MAX)
        if name:
            _note(self._names, name, failure, NAMES_MAX)

    def welcome(self, address: str, secret_hash: str) -> None:
        """Remember that a right token or cookie came from an address."""
        guest = (guesser(address), secret_hash)
        self._guests[guest] = None
        self._guests.move_to_end(guest)
        if len(self._guests) > GUESTS_MAX:
            self._guests.popitem(last=False)

    def forget(self, name: str) -> None:
        """Count no earlier failures against a name: its owner has signed in."""
        self._names.pop(name, None)


def _note(failures: Failures, key: str, failure: tuple[datetime, str], keys_max: int) -> None:
    """Count a failure, but not the same wrong secret twice."""
    now, secret_hash = failure
    recent = _recent(failures, key, now)
    if not secret_hash or all(known != secret_hash for _, known in recent):
        recent = [*recent, failure]
    failures[key] = recent[-GUESSES_OF_ADDRESS_MAX:]
    failures.move_to_end(key)
    while len(failures) > keys_max:
        failures.popitem(last=False)


def _wait(failures: Failures, key: str, failures_max: int, now: datetime) -> timedelta:
    recent = _recent(failures, key, now)
    if len(recent) < failures_max:
        return timedelta(0)
    return recent[-failures_max][0] + GUESSING_WINDOW - now


def _recent(failures: Failures, key: str, now: datetime) -> list[tuple[datetime, str]]:
    return [known for known in failures.get(key, []) if now - known[0] < GUESSING_WINDOW]
