"""Teams, granted rights, and the log of who did what."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from vostok.domain.audit import AuditEntry, AuditFilter
from vostok.domain.rights import Grant, Holder, Membership, Right, Rights, SourceLimit, Team


class RightsStore(Protocol):
    """What was granted to whom."""

    def of_person(self, person_id: int | None) -> Rights:
        """What a person may use now of what was granted to them; None: somebody unknown.

        Of what they hold, by themselves and by teams, what each of their guarantors holds too.
        One set of queries, whatever the number of teams that lie within each other, and one more
        for each guarantor.
        """

    def held_by(self, person_id: int) -> list[Grant]:
        """The grants to a person and to every team that they are in, the oldest first."""

    def holders(self, archives: Collection[str] | None, *, count_max: int) -> list[Holder]:
        """Who holds any right on some archives by themselves; None: on any, or on all.

        Teams first, each by name, without who is shut out; of each kind at most so many.
        """

    def granted_to(self, person_id: int) -> Rights:
        """All that was granted to a person, by themselves and by teams."""

    def granted_to_persons(self) -> dict[int, Rights]:
        """The same of every person to whom anything was granted. O(members of teams + grants)."""

    def granted_to_teams(self) -> dict[int, Rights]:
        """What was granted to each team, and to every team that it lies in; the same cost."""

    def limited_teams(self) -> frozenset[int]:
        """The teams with a quota, and those that lie in one that has, however deep."""

    def grants(self, archive_id: int | None, *, with_revoked: bool = False) -> list[Grant]:
        """The grants on one archive, or those on all of them, the oldest first."""

    def give(
        self,
        archive_id: int | None,
        holder: Holder,
        right: Right,
        *,
        limit: SourceLimit,
        by: str,
        at: datetime,
    ) -> Grant:
        """Grant a right. One that is granted so already is left as it is.

        Raises:
            NotFoundError: there is no such person or team.
        """

    def revoke(self, grant_id: int, *, by: str, at: datetime) -> Grant:
        """Let a grant hold no more; NotFoundError if there is none of that number."""

    def lock(self) -> None:
        """Have everybody wait who grants or revokes something until this transaction ends."""

    def by_id(self, grant_id: int) -> Grant:
        """One grant; NotFoundError if there is none of that number."""

    def set_private(self, archive_id: int, *, is_private: bool) -> None:
        """Whether only those see an archive who were granted a right on it."""


class Teams(Protocol):
    """Persons and teams that are granted rights together."""

    def add(self, name: str, *, by: str, at: datetime) -> Team:
        """A new team; ConflictError if there is one of that name."""

    def named(self, name: str) -> Team:
        """One team; NotFoundError if there is none of that name."""

    def all(self) -> list[Team]:
        """All teams by name."""

    def names(self) -> list[str]:
        """The names of all teams, in their order. O(teams), without who is in them."""

    def of_person(self, person_id: int) -> list[Membership]:
        """In which teams a person is themself, by name of the team."""

    def around(self, person_id: int, *, count_max: int) -> list[Holder]:
        """The teams that a person is in, however deep, and who is in these themselves.

        Teams first, each by name, without who is shut out; of each kind at most so many.
        """

    def lock(self, team: Team) -> None:
        """Have others who lock the team wait until this transaction ends."""

    def persons_within(self, names: Collection[str]) -> list[tuple[str, str, str]]:
        """(team of these, the team that somebody is in themself, who), each by name.

        Somebody who is in several teams within one stands there once for each.
        """

    def put_in(self, team: Team, member: Holder, *, by: str, at: datetime) -> Team:
        """Make a person or a team a member; nothing, if they are one.

        Raises:
            NotFoundError: there is no such person or team.
            ConflictError: the team would lie within itself.
        """

    def take_out(self, team: Team, member: Holder) -> Team:
        """The opposite; nothing, if they are none."""

    def delete(self, team: Team) -> None:
        """Take a team away, with what was granted to it; the audit log tells of it."""


class AuditLog(Protocol):
    """Who did what. Only ever added to."""

    def note(
        self,
        *,
        at: datetime,
        actor: str,
        action: str,
        archive: str | None,
        subject: str,
        detail: str,
    ) -> None:
        """Write an entry, in the transaction that does what it tells of."""

    def note_end_of_team(self, team: Team, *, at: datetime, actor: str, action: str) -> None:
        """Write an entry in each archive in which something is granted to a team."""

    def entries(self, wanted: AuditFilter) -> list[AuditEntry]:
        """The newest entries that a filter lets through, at most its count."""
