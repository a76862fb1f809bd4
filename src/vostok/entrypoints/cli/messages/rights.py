"""What the API says of rights, teams and the audit log."""

from typing import TypedDict


class Grant(TypedDict):
    """A right that a person or a team has."""

    number: int
    archive: str | None
    right: str
    person: str | None
    team: str | None
    component: str | None
    sources: list[str]
    granted_by: str
    granted_at: str


class Team(TypedDict):
    """Persons and teams that are granted rights together."""

    name: str
    persons: list[str]
    teams: list[str]
    created_by: str
    created_at: str


class AuditEntry(TypedDict):
    """Something that somebody did."""

    number: int
    at: str
    actor: str
    action: str
    archive: str | None
    subject: str
    detail: str
