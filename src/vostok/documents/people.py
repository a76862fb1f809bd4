"""Documents of persons, their keys and tokens."""

from typing import Literal

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.rights import GrantView


class PersonKeyView(TypedDict):
    """A certificate that a person signs uploads with."""

    person: str
    fingerprint: str
    added_by: str
    added_at: str
    revoked_at: str | None


class AccessTokenView(TypedDict):
    """What is known of a token. `scope` is all `scopes` as one text, with spaces between."""

    person: str
    name: str
    scope: str
    scopes: list[str]
    archive: str | None
    created_at: str
    expires_at: str | None
    used_at: str | None
    revoked_at: str | None


class NewTokenView(AccessTokenView):
    """The same, with the token itself, told once."""

    token: str


class PersonView(TypedDict):
    """A person; or a robot, with a purpose and a person who answers for it, and no address.

    A robot for which somebody answers who is shut out is so too, with `disabled_at` null.
    """

    name: str
    kind: Literal["person", "robot"]
    email: str | None
    purpose: str | None
    answerable: str | None
    role: str
    created_by: str
    created_at: str
    disabled_at: str | None
    is_shut_out: bool


class NewRobotView(PersonView):
    """A robot that was made, with what it may use now of what is granted to it, and why."""

    may_use: str


class TeamOfPersonView(TypedDict):
    """A team that a person is in, by whom they were put in and when; null: not noted then."""

    name: str
    put_in_by: str | None
    put_in_at: str | None


class PersonWithAccessView(PersonView):
    """A person with their keys and tokens.

    What their `guarantors`, who handed them a way in by a grant, may not do, they may not either;
    `vouches_for` names those whose guarantor they are; `robots`, for which they answer;
    `grants` has what was granted to them and their teams, as far as whoever asks may know;
    `may_use` says of a robot what of that it may use now, and why.
    """

    guarantors: list[str]
    vouches_for: list[str]
    robots: list[str]
    grants: list[GrantView]
    may_use: str | None
    teams: list[TeamOfPersonView]
    keys: list[PersonKeyView]
    tokens: list[AccessTokenView]


class OneTimePasswordView(PersonView):
    """A person, with a password that is only for choosing another one, told once.

    A robot that was vouched for has none: it begins again with a token.
    """

    password: str | None
    good_for_seconds: int


class SessionView(TypedDict):
    """A session of a person at the pages that lasts."""

    id: str
    created_at: str
    expires_at: str
    address: str | None
    agent: str | None


class IdentityView(TypedDict):
    """An identity at another server that is, or was until `unlinked_at`, a person here.

    Since `withdrawn_at` only an administrator links it again.
    """

    number: int
    issuer: str
    subject: str
    linked_at: str
    unlinked_at: str | None
    withdrawn_at: str | None
