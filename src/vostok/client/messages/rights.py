"""What the API says of rights, teams and the audit log: its documents; and what it is asked."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.rights import ArchiveRightsView as ArchiveRights
from vostok.documents.rights import AuditEntryView as AuditEntry
from vostok.documents.rights import GrantView as Grant
from vostok.documents.rights import TeamView as Team
from vostok.documents.rights import VisibilityView as Visibility
from vostok.documents.standings import HeldRightView as HeldRight
from vostok.documents.standings import PermissionView as Permission
from vostok.documents.standings import PersonPermissionsView as PersonPermissions
from vostok.documents.standings import StandingView as Standing

__all__ = [
    "ArchiveRights",
    "AuditEntry",
    "AuditFilter",
    "Grant",
    "GrantRequest",
    "HeldRight",
    "Permission",
    "PersonPermissions",
    "Standing",
    "Team",
    "Visibility",
]


class GrantRequest(TypedDict):
    """A right for a person or for a team: one of the two is given."""

    right: str
    person: NotRequired[str | None]
    team: NotRequired[str | None]
    component: NotRequired[str | None]
    sources: NotRequired[list[str]]
    selection: NotRequired[str | None]


class AuditFilter(TypedDict, total=False):
    """Which entries are asked for; `since` and `until` are ISO 8601, `q` a part of what was done.

    `before` is the number of an entry: only older ones. `limit` is how many are asked for at once.
    """

    actor: str | None
    archive: str | None
    action: str | None
    since: str | None
    until: str | None
    q: str | None
    before: int | None
    limit: int
