"""Documents of teams, grants and the audit log."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class GrantView(TypedDict):
    """A right that a person or a team has; the other of the two is null.

    `component`, `sources` and `selection` are what it is narrowed to; all of them must hold.
    """

    number: int
    archive: str | None
    right: str
    person: str | None
    team: str | None
    component: str | None
    sources: list[str]
    selection: str | None
    granted_by: str
    granted_at: str
    revoked_by: str | None
    revoked_at: str | None


class ArchiveRightsView(TypedDict):
    """Who may do what in an archive."""

    archive: str
    is_private: bool
    grants: list[GrantView]
    everywhere: list[GrantView]


class VisibilityView(TypedDict):
    """Whether only those see an archive who were granted a right on it."""

    archive: str
    is_private: bool


class MemberView(TypedDict):
    """A person or a team in a team, by whom they were put in and when; null: not noted then."""

    kind: str
    name: str
    put_in_by: str | None
    put_in_at: str | None


class TeamView(TypedDict):
    """Persons and teams that are granted rights together."""

    name: str
    persons: list[str]
    teams: list[str]
    members: list[MemberView]
    created_by: str
    created_at: str


class AuditEntryView(TypedDict):
    """Something that somebody did."""

    number: int
    at: str
    actor: str
    action: str
    archive: str | None
    subject: str
    detail: str
