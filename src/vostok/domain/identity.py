"""Whom a provider of identities vouches for: OpenID Connect Core 1.0."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

SUBJECT_CHARACTERS_MAX: Final = 255
"""OpenID Connect Core 1.0, section 2, `sub`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody at a provider, as its signed answer said.

    Attributes:
        issuer: the provider's address.
        subject: its own name for them: never given to another, and not shown to people.
        email: their address, or "".
        is_email_verified: whether the provider says that the address is theirs.
        preferred_name: what they would like to be called, or "".
    """

    issuer: str
    subject: str
    email: str = ""
    is_email_verified: bool = False
    preferred_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedIdentity:
    """An identity that is, or was, a person here.

    Attributes:
        unlinked_at: since when nobody signs in by it; None: its owner does.
        withdrawn_at: since when only an administrator links it again; None: its owner can too.
    """

    number: int
    issuer: str
    subject: str
    linked_at: datetime
    unlinked_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInTrip:
    """What a browser keeps while its owner is at the provider. Nothing of it is stored here.

    Attributes:
        state: comes back with the answer, so that it is one to a question of this browser.
        nonce: stands in the signed answer, so that it is none to an older question.
        verifier: proves to the provider that who asks for the answer has asked the question
            (RFC 7636).
        next_path: where they wanted to go.
    """

    state: str
    nonce: str
    verifier: str
    next_path: str
