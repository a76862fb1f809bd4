"""Why somebody may do something, asked of the one function that decides it.

`vostok.domain.access.is_allowed` says whether. Why, it is asked again: of somebody who has the
role alone, and of somebody who has one of the grants alone. So what is told can never be another
answer than what a service gives.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from vostok.domain.access import (
    ANONYMOUS,
    Action,
    Principal,
    Role,
    is_allowed,
    right_for,
    source_limits,
)
from vostok.domain.managing_people import usable
from vostok.domain.person import ROLES_OF_PERSONS
from vostok.domain.rights import (
    EVERY_SOURCE,
    NO_RIGHTS,
    OF_INSTALLATION,
    Grant,
    HolderKind,
    Right,
    SourceLimit,
    rights_of,
)

NARROWED: Final = (Action.UPLOAD, Action.REQUEST_REBUILD)


class GroundKind(StrEnum):
    """What allows something."""

    EVERYBODY = "everybody"
    """Nobody needs to have signed in."""
    ROLE = "role"
    GRANT = "grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGrant:
    """A grant that somebody has.

    Attributes:
        by_team: the team that they are in themself; None: it was granted to them.
    """

    grant: Grant
    by_team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One of the things each of which is enough."""

    kind: GroundKind
    role: Role | None = None
    held: HeldGrant | None = None

    def __str__(self) -> str:
        if self.held is None:
            if self.role is None:
                return "everybody may"
            return "every person may" if self.role is Role.MEMBER else f"as {self.role}"
        grant = self.held.grant
        said = f"granted by {grant.granted_by} on {grant.granted_at:%Y-%m-%d}"
        if grant.archive is None and grant.right not in OF_INSTALLATION:
            said = f"on all archives, {said}"
        if grant.holder.kind is HolderKind.TEAM:
            within = "" if self.held.by_team == grant.holder.name else f" by {self.held.by_team}"
            said = f"through team {grant.holder.name}{within}, {said}"
        return f"{grant.right}, {said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """A person with all that counts in one place: an archive, or the installation.

    Attributes:
        held: the grants there, and those on all archives.
        guarantors: the names of those who handed them a way in, who must hold it too.
        theirs: what each of these holds; nothing of one who is shut out.
    """

    name: str
    role: Role
    is_shut_out: bool
    held: tuple[HeldGrant, ...] = ()
    guarantors: tuple[str, ...] = ()
    theirs: tuple[tuple[HeldGrant, ...], ...] = ()

    def principal(self, private: Sequence[str], *, is_vouched: bool = False) -> Principal:
        """Whom their own token would stand for. `is_vouched`: if nobody answered for them."""
        nobodys = rights_of((), private)
        if self.is_shut_out:
            return replace(ANONYMOUS, rights=nobodys)
        if self.role is Role.ADMINISTRATOR:
            return Principal(name=self.name, role=self.role)
        rights = rights_of(_grants(self.held), private)
        if self.guarantors and not is_vouched:
            theirs = [rights_of(_grants(each), private) for each in self.theirs]
            rights = replace(usable(rights, theirs, private), guarantors=self.guarantors)
        return Principal(name=self.name, role=self.role, rights=rights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether somebody may do something, and why, or why not.

    Attributes:
        limits: what it is narrowed to, each of which is enough; none: it is not narrowed.
        refusal: what is missing; empty if they may.
    """

    action: Action
    is_allowed: bool
    grounds: tuple[Ground, ...] = ()
    limits: tuple[SourceLimit, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRight:
    """What somebody may do of all that a right is enough for."""

    right: Right
    permissions: tuple[Permission, ...]

    @property
    def allowed(self) -> tuple[Permission, ...]:
        """What of it they may."""
        return tuple(one for one in self.permissions if one.is_allowed)

    @property
    def is_whole(self) -> bool:
        """Whether they may all of it."""
        return len(self.allowed) == len(self.permissions)

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """What allows it, or a part of it; where everybody may, nothing else is of interest."""
        found = dict.fromkeys(each for one in self.allowed for each in one.grounds)
        everybody = Ground(kind=GroundKind.EVERYBODY)
        return (everybody,) if everybody in found else tuple(found)

    @property
    def limits(self) -> tuple[SourceLimit, ...]:
        """What it is narrowed to; none: it is not."""
        return tuple(dict.fromkeys(limit for one in self.allowed for limit in one.limits))


class Asked:
    """One person in one place, of whom it is asked what they may do there.

    Whom they stand for, and whom they would with less, is found out once for all questions.
    """

    def __init__(self, person: KnownPerson, archive: str | None, private: Sequence[str]) -> None:
        """`private` is the archive's name, if it is private; else nothing."""
        self._person = person
        self._archive = archive
        self._principal = person.principal(private)
        hidden = rights_of((), private)
        self._nobody = replace(ANONYMOUS, rights=hidden)
        self._by_role = replace(
            self._principal, rights=replace(NO_RIGHTS, hidden=self._principal.rights.hidden)
        )
        self._without = Principal(name=person.name, role=Role.MEMBER, rights=hidden)
        has_all = person.is_shut_out or person.role is Role.ADMINISTRATOR
        self._alone = [
            (held, replace(self._without, rights=rights_of((held.grant,), private)))
            for held in (() if has_all else person.held)
        ]
        self._vouched = person.principal(private, is_vouched=True)

    def permission(self, action: Action) -> Permission:
        """Whether they may do something, and why, or why not."""
        if not is_allowed(self._principal, action, self._archive):
            return Permission(action=action, is_allowed=False, refusal=self._refusal(action))
        limits: tuple[SourceLimit, ...] = ()
        if action in NARROWED and self._archive is not None:
            limits = source_limits(self._principal, action, self._archive)
        return Permission(
            action=action,
            is_allowed=True,
            grounds=tuple(self._grounds(action)),
            limits=() if EVERY_SOURCE in limits else limits,
        )

    def held_right(self, right: Right) -> HeldRight:
        """What of all that a right is enough for they may do."""
        actions = [action for action in Action if right_for(action) is right]
        return HeldRight(right=right, permissions=tuple(map(self.permission, actions)))

    def _grounds(self, action: Action) -> Iterable[Ground]:
        if is_allowed(self._nobody, action, self._archive):
            yield Ground(kind=GroundKind.EVERYBODY)
            return
        may_without = is_allowed(self._without, action, self._archive)
        by_role = self._without if self._person.role is Role.MEMBER else self._by_role
        if is_allowed(by_role, action, self._archive):
            yield Ground(kind=GroundKind.ROLE, role=self._person.role)
        if may_without:
            return
        for held, alone in self._alone:
            if is_allowed(alone, action, self._archive):
                yield Ground(kind=GroundKind.GRANT, held=held)

    def _refusal(self, action: Action) -> str:
        """What is missing."""
        if self._person.is_shut_out:
            return "shut out"
        if self._person.guarantors and is_allowed(self._vouched, action, self._archive):
            names = ", ".join(self._person.guarantors)
            return f"no more than {names} may, until an administrator vouches"
        if not self._principal.sees(self._archive):
            return "is told that there is no such archive"
        right = right_for(action)
        if right is not None:
            return f"needs the right: {right}"
        roles = [
            role
            for role in sorted(ROLES_OF_PERSONS)
            if is_allowed(Principal(name=role, role=role), action, self._archive)
        ]
        return f"only as {' or '.join(roles)}" if roles else "no person may"


def _grants(held: Iterable[HeldGrant]) -> list[Grant]:
    return [each.grant for each in held]
