"""Documents of who may do what in one place, and why."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class GroundView(TypedDict):
    """One thing that allows something; each is enough.

    `kind` is `everybody`, `role` or `grant`; of a grant `number` is its number, `team` the one to
    which it was granted, `by_team` the team within that one in which the person is themself.
    """

    kind: str
    role: str | None
    right: str | None
    number: int | None
    team: str | None
    by_team: str | None
    granted_by: str | None
    granted_at: str | None
    sentence: str


class PermissionView(TypedDict):
    """Whether somebody may do something, and why; `refusal` says what is missing, if they may not.

    `limits` are what it is narrowed to, each of which is enough; none: it is not narrowed.
    """

    action: str
    is_allowed: bool
    grounds: list[GroundView]
    limits: list[str]
    refusal: str | None


class PersonPermissionsView(TypedDict):
    """Everything that can be asked for in an archive, or on the installation, of one person."""

    archive: str | None
    person: str
    role: str
    is_shut_out: bool
    permissions: list[PermissionView]


class HeldRightView(TypedDict):
    """What of all that a right is enough for somebody may do.

    `is_whole` tells whether it is all of it; else `actions` are what of it they may.
    """

    right: str
    is_whole: bool
    actions: list[str]
    grounds: list[GroundView]
    limits: list[str]


class StandingView(TypedDict):
    """Somebody who may do more than one to whom nothing was granted."""

    person: str
    role: str
    rights: list[HeldRightView]
