"""What the API says of persons, their keys and tokens."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class Person(TypedDict):
    """A person."""

    name: str
    email: str
    role: str
    created_by: str
    created_at: str
    disabled_at: str | None
    guarantors: NotRequired[list[str]]
    vouches_for: NotRequired[list[str]]
    keys: NotRequired[list["PersonKey"]]
    tokens: NotRequired[list["AccessToken"]]


class PersonKey(TypedDict):
    """A certificate that a person signs uploads with."""

    person: str
    fingerprint: str
    added_by: str
    added_at: str
    revoked_at: str | None


class AccessToken(TypedDict):
    """What is known of a token; `token` only when it was just made."""

    person: str
    name: str
    scope: str
    archive: str | None
    created_at: str
    expires_at: str | None
    used_at: str | None
    revoked_at: str | None
    token: NotRequired[str]


class TokenRequest(TypedDict):
    """A token; without `days` it has no end, without `archive` it is for all."""

    name: str
    scope: NotRequired[str]
    archive: NotRequired[str | None]
    days: NotRequired[int | None]


class OneTimePassword(Person):
    """A person, with a password that is only for choosing another one."""

    password: str
    good_for_seconds: int


class Session(TypedDict):
    """A session of a person at the pages."""

    id: str
    created_at: str
    expires_at: str
    address: str | None
    agent: str | None


class Identity(TypedDict):
    """An identity at another server that is, or was, a person here."""

    number: int
    issuer: str
    subject: str
    linked_at: str
    unlinked_at: str | None
    withdrawn_at: str | None
