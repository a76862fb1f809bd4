"""Sessions of persons at the pages: passwords, guessing, and what proves that a form is ours."""

import hashlib
import hmac
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vostok.domain.access import Principal
from vostok.errors import InvalidInputError

PASSWORD_CHARACTERS_MIN: Final = 12
PASSWORD_CHARACTERS_MAX: Final = 1_000
SESSIONS_OF_PERSON_MAX: Final = 50
GUESSES_OF_NAME_MAX: Final = 10
GUESSES_OF_ADDRESS_MAX: Final = 30
GUESSING_WINDOW: Final = timedelta(minutes=15)
GUESSERS_MAX: Final = 10_000
"""Names and addresses of which failures are remembered; beyond, the oldest are forgotten."""

_NETWORK_OF_HOME: Final = 64
"""Bits of an IPv6 address that tell one home from another; the rest its owner chooses freely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who signed in, until a moment.

    Attributes:
        principal: whom the session stands for now.
        form_token: what every form of this session carries, and no other.
    """

    principal: Principal
    form_token: str
    expires_at: datetime


def check_password(password: str) -> str:
    """The password, if it can be one. Only its length is judged: rules on letters help nobody.

    Raises:
        InvalidInputError: it is too short, too long, or holds a null character.
    """
    if "\x00" in password:
        raise InvalidInputError("a password cannot hold a null character", hint="leave it out")
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a password has {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters, "
            f"this one {len(password)}",
            hint="take several words that nobody would put together",
        )
    return password


def form_token(session: str) -> str:
    """What the forms of a session carry: made from its secret, so that nothing is stored."""
    return hmac.new(session.encode(), b"form", hashlib.sha256).hexdigest()


def is_form_token(shown: str, session: str) -> bool:
    """Whether a form carries the token of the session; takes as long whatever is shown."""
    return hmac.compare_digest(shown.encode(), form_token(session).encode())


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
    """Failed attempts to sign in within the last minutes, by name and by address. Not shared."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], list[datetime]] = OrderedDict()

    def wait(self, name: str, address: str, now: datetime) -> timedelta:
        """How long neither may try again; zero: at once."""
        return max(
            self._wait(("name", name), GUESSES_OF_NAME_MAX, now),
            self._wait(("address", guesser(address)), GUESSES_OF_ADDRESS_MAX, now),
        )

    def note(self, name: str, address: str, now: datetime) -> None:
        """Count a failure."""
        for key in (("name", name), ("address", guesser(address))):
            recent = [*self._recent(key, now), now]
            self._failures[key] = recent[-GUESSES_OF_ADDRESS_MAX:]
            self._failures.move_to_end(key)
        while len(self._failures) > GUESSERS_MAX:
            self._failures.popitem(last=False)

    def forget(self, name: str) -> None:
        """Count no earlier failures against a name: its owner has signed in."""
        self._failures.pop(("name", name), None)

    def _wait(self, key: tuple[str, str], failures_max: int, now: datetime) -> timedelta:
        recent = self._recent(key, now)
        if len(recent) < failures_max:
            return timedelta(0)
        return recent[-failures_max] + GUESSING_WINDOW - now

    def _recent(self, key: tuple[str, str], now: datetime) -> list[datetime]:
        return [at for at in self._failures.get(key, []) if now - at < GUESSING_WINDOW]
