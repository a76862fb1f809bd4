"""Who may do what: teams, grants, private archives, and the log of who did what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vostok.domain.access import Action, Principal, Role, is_allowed, require
from vostok.domain.archive import Archive
from vostok.domain.audit import AuditEntry, AuditFilter
from vostok.domain.counting import counted
from vostok.domain.rights import (
    EVERY_SOURCE,
    GRANTS_OF_ARCHIVE_MAX,
    MEMBERS_OF_TEAM_MAX,
    OF_ARCHIVES,
    TEAMS_MAX,
    Grant,
    Holder,
    HolderKind,
    Right,
    SourceLimit,
    Team,
    check_grant,
    check_team_name,
)
from vostok.domain.selection.parser import parse_selection
from vostok.errors import ConflictError, NotFoundError
from vostok.services.audit import note
from vostok.services.people.known_names import known_names, known_persons
from vostok.services.people.managing import check_members, team_to_manage, teams_to_manage
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """A right that somebody wants to give. `archive` None: on all, or on the installation."""

    archive: str | None
    holder: Holder
    right: Right
    limit: SourceLimit = EVERY_SOURCE


def with_rights(transaction: Transaction, principal: Principal) -> Principal:
    """Somebody with all that was granted to them, as it is in this moment.

    A token for one archive shows no other private one either.
    """
    if principal.role in {Role.ADMINISTRATOR, Role.BUILDER} and principal.archive is None:
        return principal
    rights = transaction.rights.of_person(principal.person_id)
    if principal.role is Role.ADMINISTRATOR:
        rights = replace(rights, hidden=transaction.rights.of_person(None).hidden)
        rights = replace(rights, hidden=rights.hidden - {principal.archive or ""})
    elif principal.archive is not None:
        everybodys = transaction.rights.of_person(None).hidden
        rights = replace(rights, hidden=rights.hidden | (everybodys - {principal.archive}))
    return replace(principal, rights=rights)


class RightsService:
    """Grants and takes rights, and manages teams. Everything is in the audit log."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # Rights on archives -------------------------------------------------------------------

    def grants(self, principal: Principal, archive: str | None) -> list[Grant]:
        """What was granted on an archive, or on all of them, the oldest first."""
        _require(principal, Action.SEE_RIGHTS, archive)
        with self._database.read() as transaction:
            owner = None if archive is None else transaction.archives.named(archive)
            return transaction.rights.grants(None if owner is None else owner.id)

    def of_archive(
        self, principal: Principal, name: str
    ) -> tuple[list[Grant], list[Grant], Archive]:
        """What was granted on an archive, what on all, and the archive."""
        require(principal, Action.SEE_RIGHTS, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            everywhere = [
                grant for grant in transaction.rights.grants(None) if grant.right in OF_ARCHIVES
            ]
            return transaction.rights.grants(archive.id), everywhere, archive

    def bound(self, principal: Principal, archive: str | None) -> dict[str, tuple[str, ...]]:
        """Whoever may do no more than others, and who these are, whatever was granted to them.

        Asked of an archive, or of all, by whoever sees who may do what there.
        """
        _require(principal, Action.SEE_RIGHTS, archive)
        with self._database.read() as transaction:
            return transaction.guarantees.all()

    def known_names(self, principal: Principal, archive: str) -> list[Holder]:
        """Persons and teams to whom somebody may want to grant, as far as they know them."""
        require(principal, Action.GRANT_RIGHTS, archive)
        with self._database.read() as transaction:
            return known_names(transaction, principal, archive)

    def known_persons(self, principal: Principal, archive: str | None) -> frozenset[str] | None:
        """The persons of whom a dry run tells by name what becomes of them; None: of all."""
        _require(principal, Action.GRANT_RIGHTS, archive)
        with self._database.read() as transaction:
            return known_persons(transaction, principal, archive)

    def give(self, principal: Principal, request: GrantRequest) -> Grant:
        """Grant a right. One that is granted so already stays as it is.

        Raises:
            InvalidInputError: that right cannot be granted there, or be narrowed so, or the
                selection to which it is narrowed is none.
            NotFoundError: there is no such archive, person or team.
            ConflictError: the archive has too many grants.
        """
        _require(principal, Action.GRANT_RIGHTS, request.archive)
        check_grant(request.right, request.archive, request.limit)
        if request.limit.selection is not None:
            parse_selection(request.limit.selection)
        with self._database.write() as transaction:
            archive = _archive(transaction, request.archive)
            before = transaction.rights.grants(None if archive is None else archive.id)
            if len(before) >= GRANTS_OF_ARCHIVE_MAX:
                raise ConflictError(
                    f"{request.archive or 'the installation'} has {len(before)} grants; at most "
                    f"{GRANTS_OF_ARCHIVE_MAX}",
                    hint="grant to a team, and put persons into it: vostok team put",
                )
            grant = transaction.rights.give(
                None if archive is None else archive.id,
                request.holder,
                request.right,
                limit=request.limit,
                by=principal.name,
                at=self._clock.now(),
            )
            if grant not in before:
                self._note(
                    transaction, principal, request.archive, str(request.holder),
                    f"granted: {_sentence(grant)}",
                )  # fmt: skip
        return grant

    def revoke(self, principal: Principal, archive: str | None, grant_id: int) -> Grant:
        """Let a grant hold no more.

        Raises:
            NotFoundError: the archive has no grant of that number.
        """
        _require(principal, Action.GRANT_RIGHTS, archive)
        with self._database.write() as transaction:
            _archive(transaction, archive)
            before = transaction.rights.by_id(grant_id)
            if before.archive != archive:
                raise NotFoundError(
                    f"{archive or 'the installation'} has no grant {grant_id}",
                    hint=f"see which there are: vostok right list {archive or ''}".rstrip(),
                )
            grant = transaction.rights.revoke(grant_id, by=principal.name, at=self._clock.now())
            if before.revoked_at is None:
                self._note(
                    transaction, principal, archive, str(grant.holder),
                    f"revoked: {_sentence(grant)}",
                )  # fmt: skip
        return grant

    def set_private(self, principal: Principal, name: str, *, is_private: bool) -> Archive:
        """Show an archive only to those who have a right on it, or to everybody.

        Raises:
            NotAllowedError: a parent is private, and the principal does not administer it:
                everybody would see its packages.
        """
        require(principal, Action.GRANT_RIGHTS, name)
        with self._database.write() as transaction:
            archive = transaction.archives.named(name)
            if archive.is_private and not is_private:
                _check_parents(transaction, principal, archive)
            if archive.is_private is not is_private:
                transaction.rights.set_private(archive.id, is_private=is_private)
                self._note(
                    transaction, principal, name, name,
                    "made private" if is_private else "made public",
                )  # fmt: skip
            return transaction.archives.named(name)

    # Teams --------------------------------------------------------------------------------

    def add_team(self, principal: Principal, name: str) -> Team:
        """A new team, without members.

        Raises:
            InvalidInputError: the name is not possible.
            ConflictError: there is one of that name, or too many.
        """
        require(principal, Action.MANAGE_PEOPLE, name)
        check_team_name(name)
        with self._database.write() as transaction:
            if len(transaction.teams.names()) >= TEAMS_MAX:
                raise ConflictError(
                    f"there are {TEAMS_MAX} teams, and cannot be more",
                    hint="delete one that is not needed: vostok team list",
                )
            team = transaction.teams.add(name, by=principal.name, at=self._clock.now())
            self._note_team(transaction, principal, name, "created")
        return team

    def teams(self, principal: Principal) -> list[Team]:
        """All teams by name."""
        require(principal, Action.MANAGE_PEOPLE, "the teams")
        with self._database.read() as transaction:
            return transaction.teams.all()

    def team_names(self, principal: Principal) -> list[str]:
        """The names of all teams, in their order."""
        require(principal, Action.MANAGE_PEOPLE, "the teams")
        with self._database.read() as transaction:
            return transaction.teams.names()

    def team(self, principal: Principal, name: str) -> Team:
        """One team."""
        require(principal, Action.MANAGE_PEOPLE, name)
        with self._database.read() as transaction:
            return transaction.teams.named(name)

    def changeable_teams(self, principal: Principal) -> frozenset[str]:
        """The teams whose members the principal may change."""
        require(principal, Action.MANAGE_PEOPLE, "the teams")
        with self._database.read() as transaction:
            return teams_to_manage(transaction, principal)

    def put_in(self, principal: Principal, name: str, members: Sequence[Holder]) -> Team:
        """Make persons and teams members. All of them or none.

        Raises:
            NotFoundError: there is no such team, or no such member.
            ConflictError: a team would lie within itself, or the team has too many members.
            NotAllowedError: the team, or a member, holds what the principal does not.
        """
        require(principal, Action.MANAGE_PEOPLE, name)
        with self._database.write() as transaction:
            team = _team_locked(transaction, principal, name)
            check_members(transaction, principal, members)
            for member in members:
                changed = transaction.teams.put_in(
                    team, member, by=principal.name, at=self._clock.now()
                )
                if changed != team:
                    self._note_team(transaction, principal, name, f"{member} put in")
                team = changed
            count = len(team.persons) + len(team.teams)
            if count > MEMBERS_OF_TEAM_MAX:
                raise ConflictError(
                    f"{name} would have {counted(count, 'member')}; at most {MEMBERS_OF_TEAM_MAX}",
                    hint="make a team of some of them, and put that in",
                )
        return team

    def take_out(self, principal: Principal, name: str, members: Sequence[Holder]) -> Team:
        """Let persons and teams be members no more. All of them or none.

        Raises:
            NotAllowedError: the team, or a member, holds what the principal does not.
        """
        require(principal, Action.MANAGE_PEOPLE, name)
        with self._database.write() as transaction:
            team = _team_locked(transaction, principal, name)
            check_members(transaction, principal, members)
            for member in members:
                changed = transaction.teams.take_out(team, member)
                if changed != team:
                    self._note_team(transaction, principal, name, f"{member} taken out")
                team = changed
        return team

    def delete_team(self, principal: Principal, name: str) -> None:
        """Take a team away, and with it all that was granted to it.

        Raises:
            NotAllowedError: it holds what the principal does not.
        """
        require(principal, Action.MANAGE_PEOPLE, name)
        with self._database.write() as transaction:
            team = _team_locked(transaction, principal, name)
            transaction.audit.note_end_of_team(
                team, at=self._clock.now(), actor=principal.name, action=Action.GRANT_RIGHTS
            )
            transaction.teams.delete(team)
            self._note_team(transaction, principal, name, "deleted, with what was granted to it")

    # Audit --------------------------------------------------------------------------------

    def audit(self, principal: Principal, wanted: AuditFilter) -> list[AuditEntry]:
        """Who did what, the newest first.

        Whoever administers an archive reads what is of it; all of it only administrators do, and
        what was of another archive that had its name before.
        """
        if wanted.archive is None:
            require(principal, Action.SEE_AUDIT, "the audit log")
        else:
            require(principal, Action.SEE_RIGHTS, wanted.archive)
        with self._database.read() as transaction:
            if wanted.archive is not None and not is_allowed(principal, Action.SEE_AUDIT):
                begun = transaction.archives.named(wanted.archive).created_at
                since = begun if wanted.since is None else max(begun, wanted.since)
                wanted = replace(wanted, since=since)
            return transaction.audit.entries(replace(wanted, hidden=principal.rights.hidden))

    def _note(
        self,
        transaction: Transaction,
        principal: Principal,
        archive: str | None,
        subject: str,
        detail: str,
    ) -> None:
        note(
            transaction, self._clock, principal, Action.GRANT_RIGHTS,
            archive=archive, subject=subject, detail=detail,
        )  # fmt: skip

    def _note_team(
        self, transaction: Transaction, principal: Principal, name: str, detail: str
    ) -> None:
        note(
            transaction, self._clock, principal, Action.MANAGE_PEOPLE,
            subject=f"team {name}", detail=detail,
        )  # fmt: skip


def give_to_maker(transaction: Transaction, principal: Principal, archive: Archive) -> None:
    """Whoever made an archive administers it, if they are a person."""
    if principal.person_id is None:
        return
    grant = transaction.rights.give(
        archive.id,
        Holder(kind=HolderKind.PERSON, name=principal.name),
        Right.ADMINISTER,
        limit=EVERY_SOURCE,
        by=principal.name,
        at=archive.created_at,
    )
    transaction.audit.note(
        at=archive.created_at,
        actor=principal.name,
        action=Action.GRANT_RIGHTS,
        archive=archive.name,
        subject=str(grant.holder),
        detail=f"granted: {_sentence(grant)}, as whoever makes an archive has it",
    )


def _team_locked(transaction: Transaction, principal: Principal, name: str) -> Team:
    """A team that is changed, as whoever had it locked left it."""
    transaction.teams.lock(team_to_manage(transaction, principal, name))
    return transaction.teams.named(name)


def _require(principal: Principal, action: Action, archive: str | None) -> None:
    if archive is None:
        require(principal, Action.GRANT_EVERYWHERE, "the rights on all archives")
    else:
        require(principal, action, archive)


def _archive(transaction: Transaction, name: str | None) -> Archive | None:
    return None if name is None else transaction.archives.named(name)


def _check_parents(transaction: Transaction, principal: Principal, archive: Archive) -> None:
    for suite in transaction.archives.suites(archive.id):
        parents = () if suite.derivation is None else suite.derivation.parents
        for parent in parents:
            if transaction.archives.named(parent.archive).is_private:
                require(
                    principal, Action.GRANT_RIGHTS,
                    f"{archive.name} would show {parent.archive}", archive=parent.archive,
                )  # fmt: skip


def _sentence(grant: Grant) -> str:
    narrowed = "" if grant.limit == EVERY_SOURCE else f", only {grant.limit}"
    everywhere = " on all archives" if grant.archive is None and grant.right in OF_ARCHIVES else ""
    return f"{grant.right}{everywhere} to {grant.holder}{narrowed}"
