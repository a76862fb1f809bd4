"""Sessions of persons at the pages: passwords, and what proves that a form is ours."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vostok.domain.access import Principal
from vostok.domain.person import Person
from vostok.errors import InvalidInputError

PASSWORD_CHARACTERS_MIN: Final = 12
PASSWORD_CHARACTERS_MAX: Final = 1_000
SESSIONS_OF_PERSON_MAX: Final = 50
SESSION_ID_CHARACTERS: Final = 16
AGENT_CHARACTERS_MAX: Final = 200


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where a session is begun: a network address, and what the browser calls itself."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that lasts, as its owner is told of it.

    Attributes:
        id: by which it is ended; the secret cannot be made of it.
        address: from where it was begun; None where that was not noted.
        agent: what the browser called itself then.
    """

    id: str
    created_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPassword:
    """Somebody's password as it is kept; one for one time is good only for choosing another."""

    person: Person
    password_hash: str
    is_one_time: bool


def session_id(secret_hash: str) -> str:
    """How a session is named to people."""
    return secret_hash[:SESSION_ID_CHARACTERS]


def cookie_name(*, is_secure: bool) -> str:
    """The name of the cookie that holds a session's secret.

    With `__Host-`, which needs https, no other host can have set it.
    """
    return "__Host-vostok-session" if is_secure else "vostok-session"


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
