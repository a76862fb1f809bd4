"""Who may do what in one place, person by person: an archive, or the installation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vostok.domain.access import (
    IN_ARCHIVES,
    ON_INSTALLATION,
    Action,
    Principal,
    Role,
    require,
    right_for,
)
from vostok.domain.grounds import Asked, HeldGrant, HeldRight, KnownPerson, Permission
from vostok.domain.person import Person
from vostok.domain.rights import (
    OF_ARCHIVES,
    OF_INSTALLATION,
    Grant,
    HolderKind,
    Right,
)
from vostok.errors import NotFoundError
from vostok.services.people.known_names import known_persons
from vostok.services.people.managing import is_themself
from vostok.services.repositories import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """Everybody who may do more in a place than somebody who was granted nothing.

    Attributes:
        archive: the place; None: the installation.
        is_private: whether the archive is.
        persons: by name; nobody who is shut out.
        members: team that something was granted to there -> all persons in it, by name, those in
            teams within it too.
        known: all of whom whoever asked may be told, by name, shut out or without any right too.
    """

    archive: str | None
    is_private: bool
    persons: tuple[KnownPerson, ...]
    members: Mapping[str, tuple[str, ...]] = field(hash=False)
    known: Mapping[str, KnownPerson] = field(hash=False, repr=False)

    @property
    def rights(self) -> list[Right]:
        """The rights that count there, without those that nothing asks for."""
        wanted = OF_INSTALLATION if self.archive is None else OF_ARCHIVES
        asked = {right_for(action) for action in Action}
        return [right for right in Right if right in wanted & asked]

    def held_rights(self, person: KnownPerson) -> list[HeldRight]:
        """What somebody may do of what each of these rights is enough for."""
        asked = Asked(person, self.archive, self.private)
        return [asked.held_right(right) for right in self.rights]

    def permissions(self, person: KnownPerson) -> list[Permission]:
        """Everything that can be asked for there, and whether somebody may."""
        asked = Asked(person, self.archive, self.private)
        actions = ON_INSTALLATION if self.archive is None else IN_ARCHIVES
        return [asked.permission(action) for action in actions]

    def person(self, name: str) -> KnownPerson:
        """Somebody, shut out or without any right too.

        Raises:
            NotFoundError: there is none such, or whoever asked may not know of them.
        """
        if name not in self.known:
            raise NotFoundError(
                f"there is no person {name}", hint="see who there is: vostok person list"
            )
        return self.known[name]

    def with_role(self, role: Role) -> list[str]:
        """The names of those who have a role."""
        return [person.name for person in self.persons if person.role is role]

    @property
    def private(self) -> Sequence[str]:
        """The archive's name, if not everybody sees it."""
        return (self.archive,) if self.is_private and self.archive is not None else ()


class StandingService:
    """Tells who may do what, and why, to those who may see it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_place(self, principal: Principal, archive: str | None) -> Standings:
        """Everybody with a role or a right there. O(persons + members of teams with grants).

        Raises:
            NotFoundError: there is no such archive.
        """
        _require(principal, archive)
        return self._read(principal, archive)

    def of_person(
        self, principal: Principal, archive: str | None, name: str
    ) -> tuple[Standings, KnownPerson]:
        """One person there, shut out or without any right too. Everybody may ask of themselves.

        Raises:
            NotFoundError: there is no such archive; or no such person of whom whoever asks may
                know, who has nothing there.
        """
        if not is_themself(principal, name):
            _require(principal, archive)
        elif archive is not None:
            require(principal, Action.VIEW, archive)
        found = self._read(principal, archive)
        return found, found.person(name)

    def _read(self, principal: Principal, archive: str | None) -> Standings:
        with self._database.read() as transaction:
            owner = None if archive is None else transaction.archives.named(archive)
            grants = transaction.rights.grants(None)
            if owner is not None:
                everywhere = [grant for grant in grants if grant.right in OF_ARCHIVES]
                grants = [*transaction.rights.grants(owner.id), *everywhere]
            everybody = _everybody(transaction, grants)
            told = known_persons(transaction, principal, archive)
        return Standings(
            archive=archive,
            is_private=owner is not None and owner.is_private,
            persons=tuple(filter(_has_something, everybody.known.values())),
            members=everybody.members,
            known={
                name: person
                for name, person in everybody.known.items()
                if told is None or name in told or person.held or _has_something(person)
            },
        )


def _has_something(person: KnownPerson) -> bool:
    """Whether they may do more than somebody who was granted nothing."""
    return not person.is_shut_out and (person.role is not Role.MEMBER or bool(person.held))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Everybody:
    known: dict[str, KnownPerson]
    members: dict[str, tuple[str, ...]]


def _everybody(transaction: Transaction, grants: Sequence[Grant]) -> _Everybody:
    """All persons with what these grants give them."""
    persons = {person.name: person for person in transaction.people.all()}
    guarantors = transaction.guarantees.all()
    of_teams = [grant for grant in grants if grant.holder.kind is HolderKind.TEAM]
    within = transaction.teams.persons_within({grant.holder.name for grant in of_teams})
    held = _held(grants, within)
    members: dict[str, set[str]] = {grant.holder.name: set() for grant in of_teams}
    for team, _, person in within:
        members[team].add(person)
    return _Everybody(
        known={
            name: _known(person, persons, held, guarantors) for name, person in persons.items()
        },
        members={team: tuple(sorted(names)) for team, names in sorted(members.items())},
    )


def _held(
    grants: Iterable[Grant], within: Iterable[tuple[str, str, str]]
) -> dict[str, tuple[HeldGrant, ...]]:
    """Person -> their grants: their own first, then those of teams."""
    found: dict[str, list[HeldGrant]] = {}
    of_team: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.holder.kind is HolderKind.PERSON:
            found.setdefault(grant.holder.name, []).append(HeldGrant(grant=grant))
        else:
            of_team.setdefault(grant.holder.name, []).append(grant)
    for team, by_team, person in within:
        found.setdefault(person, []).extend(
            HeldGrant(grant=grant, by_team=by_team) for grant in of_team[team]
        )
    return {name: tuple(held) for name, held in found.items()}


def _known(
    person: Person,
    persons: Mapping[str, Person],
    held: Mapping[str, tuple[HeldGrant, ...]],
    guarantors: Mapping[str, tuple[str, ...]],
) -> KnownPerson:
    names = _all_guarantors(person.name, guarantors)  # robots that were deleted among them
    return KnownPerson(
        name=person.name,
        role=person.role,
        is_shut_out=person.is_shut_out,
        held=held.get(person.name, ()),
        guarantors=names,
        theirs=tuple(
            () if name not in persons or persons[name].is_shut_out else held.get(name, ())
            for name in names
        ),
    )


def _all_guarantors(name: str, guarantors: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Those who handed somebody a way in, and those who did it to these; ends at cycles."""
    found: set[str] = set()
    to_look_at = list(guarantors.get(name, ()))
    while to_look_at:
        one = to_look_at.pop()
        if one not in found:
            found.add(one)
            to_look_at += guarantors.get(one, ())
    return tuple(sorted(found - {name}))


def _require(principal: Principal, archive: str | None) -> None:
    if archive is None:
        require(principal, Action.GRANT_EVERYWHERE, "the rights on all archives")
    else:
        require(principal, Action.SEE_RIGHTS, archive)
