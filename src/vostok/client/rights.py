"""Calls of rights, teams and the audit log."""

from collections.abc import Iterator, Sequence

from vostok.client.asking import Asking, Seen, filtered, part, words
from vostok.client.messages.rights import (
    ArchiveRights,
    AuditEntry,
    AuditFilter,
    Grant,
    GrantRequest,
    PersonPermissions,
    Standing,
    Team,
    Visibility,
)


class RightCalls(Asking):
    """Calls of rights, teams and the audit log."""

    def archive_rights(self, archive: str) -> ArchiveRights:
        """Who may do what in an archive."""
        return self._one(ArchiveRights, "GET", f"archives/{part(archive)}/rights")

    def seen_rights(self, archive: str) -> Seen[ArchiveRights]:
        """The same with its ETag, for `given`."""
        return self._seen(ArchiveRights, f"archives/{part(archive)}/rights")

    def grant_right(self, archive: str, request: GrantRequest) -> Grant:
        """A right on an archive, granted."""
        return self._one(Grant, "POST", f"archives/{part(archive)}/rights", request)

    def revoke_right(self, archive: str, number: int) -> Grant:
        """A grant on an archive, which holds no more."""
        return self._one(Grant, "DELETE", f"archives/{part(archive)}/rights/{number}")

    def set_visibility(self, archive: str, *, is_private: bool) -> Visibility:
        """Whether only those see an archive who have a right on it."""
        path = f"archives/{part(archive)}/visibility"
        return self._one(Visibility, "PUT", path, {"is_private": is_private})

    def general_rights(self, *, text: str = "", kinds: Sequence[str] = ()) -> Iterator[Grant]:
        """What was granted on all archives, and on the installation."""
        return self._listed(Grant, "rights", "grants", filtered(text, kinds))

    def grant_general_right(self, request: GrantRequest) -> Grant:
        """A right on all archives, or on the installation, granted."""
        return self._one(Grant, "POST", "rights", request)

    def revoke_general_right(self, number: int) -> Grant:
        """A grant on all archives, or on the installation, which holds no more."""
        return self._one(Grant, "DELETE", f"rights/{number}")

    def archive_persons(self, archive: str) -> Iterator[Standing]:
        """Everybody who may do more in an archive than one to whom nothing was granted."""
        return self._listed(Standing, f"archives/{part(archive)}/persons", "persons")

    def archive_person(self, archive: str, person: str) -> PersonPermissions:
        """What a person may do in an archive, and why or why not."""
        path = f"archives/{part(archive)}/persons/{part(person)}"
        return self._one(PersonPermissions, "GET", path)

    def general_persons(self) -> Iterator[Standing]:
        """Everybody who may do more on the installation than one to whom nothing was granted."""
        return self._listed(Standing, "rights/persons", "persons")

    def general_person(self, person: str) -> PersonPermissions:
        """What a person may do on the installation, and why or why not."""
        return self._one(PersonPermissions, "GET", f"rights/persons/{part(person)}")

    def teams(self, *, text: str = "") -> Iterator[Team]:
        """All teams with their members, by name."""
        return self._listed(Team, "teams", "teams", filtered(text))

    def team(self, name: str) -> Team:
        """One team with its members."""
        return self._one(Team, "GET", f"teams/{part(name)}")

    def add_team(self, name: str) -> Team:
        """A new team, without members."""
        return self._one(Team, "POST", "teams", {"name": name})

    def delete_team(self, name: str) -> None:
        """Take a team away, and with it all that was granted to it."""
        self._done("DELETE", f"teams/{part(name)}")

    def put_into_team(
        self, name: str, *, persons: Sequence[str] = (), teams: Sequence[str] = ()
    ) -> Team:
        """The team with more members: all of them, or none."""
        body = {"persons": list(persons), "teams": list(teams)}
        return self._one(Team, "POST", f"teams/{part(name)}/members", body)

    def take_out_of_team(
        self, name: str, *, persons: Sequence[str] = (), teams: Sequence[str] = ()
    ) -> Team:
        """The team without these members: all of them, or none."""
        query = words({"persons": list(persons), "teams": list(teams)})
        return self._one(Team, "DELETE", f"teams/{part(name)}/members", query=query)

    def audit(self, which: AuditFilter | None = None) -> Iterator[AuditEntry]:
        """Who did what, the newest first."""
        return self._listed(AuditEntry, "audit", "entries", which)
