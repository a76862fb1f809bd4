"""Requests that may come twice: repeated with its sender's key, one gets the first answer."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

KEY_CHARACTERS_MAX: Final = 200
ANSWER_BYTES_MAX: Final = 4 << 20
"""Of an answer, compressed. The deed of a larger one is still done only once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMark:
    """By what a request is known again.

    Attributes:
        person: who asks; others may have chosen the same key.
        operation: method and address.
        key_hash: of the key that the sender chose.
        digest: of everything that the request says, made with the key: who has the database alone
            cannot try what was said.
        archive: whose name it says, by address or body; its deletion forgets the request.
    """

    person: str
    operation: str
    key_hash: str
    digest: str
    archive: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered: `content` is the body as it was sent, of `media_type`."""

    status: int
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRequest:
    """A request that was done; without an answer if that was not kept."""

    digest: str
    answer: Answer | None


def request_mark(
    *, person: str, operation: str, key: str, content: bytes, archive: str | None
) -> RequestMark:
    """The mark of a request; `content` is its query and body."""
    return RequestMark(
        person=person,
        operation=operation,
        key_hash=hashlib.sha256(key.encode()).hexdigest(),
        digest=hmac.new(key.encode(), content, hashlib.sha256).hexdigest(),
        archive=archive,
    )
