"""Rights as data: who was granted what, on which archive or on all, and what follows from it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from vostok.errors import InvalidInputError

MEMBERS_OF_TEAM_MAX: Final = 10_000
TEAMS_MAX: Final = 10_000
GRANTS_OF_ARCHIVE_MAX: Final = 10_000
LIMIT_CHARACTERS_MAX: Final = 1_000

_TEAM_NAME: Final = re.compile(r"[a-z][a-z0-9.-]{0,62}")


class Right(StrEnum):
    """What can be granted: on one archive, on all of them, or on the installation."""

    VIEW = "view"
    """See a private archive, and fetch from it; public ones are open to everybody."""
    DERIVE = "derive"
    """Make archives that have this one as a parent."""
    UPLOAD = "upload"
    REBUILD = "rebuild"
    """Ask for new builds."""
    RETRY = "retry"
    """Retry and cancel builds, and publish."""
    MERGE = "merge"
    """Bring together what the parents and this one changed: syncs, and what they hold."""
    ADMINISTER = "administer"
    """All of the above, settings, what is selected, deletion, and granting itself."""
    CREATE = "create"
    """Make archives and toolchains. Of the installation only."""
    BUILDERS = "builders"
    """Add, pause and remove builders. Of the installation only."""
    PEOPLE = "people"
    """Manage teams, and persons who may do no more than oneself. Of the installation only."""


OF_INSTALLATION: Final = frozenset({Right.CREATE, Right.BUILDERS, Right.PEOPLE})
OF_ARCHIVES: Final = frozenset(Right) - OF_INSTALLATION
NARROWABLE: Final = frozenset({Right.UPLOAD, Right.REBUILD})
"""To sources, named by component, patterns or a selection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLimit:
    """What a right is narrowed to; a source must be within one limit of a person's.

    Attributes:
        component: the only component; None: every one.
        sources: names of sources, or patterns with `*` and `?`; empty: every one.
        selection: an expression of the language of selections, which speaks of the archive as it
            is when the right is used; None: every one.
    """

    component: str | None = None
    sources: tuple[str, ...] = ()
    selection: str | None = None

    def may_allow(self, source: str, component: str) -> bool:
        """Whether it holds for a source of a component, but for what a selection says.

        That needs the archive: `vostok.services.selection.source_limits`.
        """
        is_in_component = self.component is None or self.component == component
        is_named = not self.sources or any(fnmatchcase(source, known) for known in self.sources)
        return is_in_component and is_named

    def __str__(self) -> str:
        said = [] if self.component is None else [f"component {self.component}"]
        said += self.sources
        if self.selection is not None:
            said.append(f"selection {self.selection}")
        return ", ".join(said) or "everything"


EVERY_SOURCE: Final = SourceLimit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """All that was granted to somebody, by themselves or by teams, as it is at one moment.

    Attributes:
        everywhere: held on every archive, or on the installation.
        by_archive: held on one, by the archive's name.
        limits: what a right is narrowed to, by right and the archive's name; `None` for every
            archive.
        hidden: the private archives that whoever has these rights does not know of.
        guarantors: who handed them a way in, managing people by a grant; what those do not hold
            themselves is left out here.
    """

    everywhere: frozenset[Right] = frozenset()
    by_archive: Mapping[str, frozenset[Right]] = field(default_factory=dict, hash=False)
    limits: Mapping[tuple[Right, str | None], tuple[SourceLimit, ...]] = field(
        default_factory=dict, hash=False
    )
    hidden: frozenset[str] = frozenset()
    guarantors: tuple[str, ...] = ()

    def holds(self, right: Right, archive: str | None) -> bool:
        """Whether the right was granted there. To administer an archive is to hold all on it."""
        held = self.everywhere
        if archive is not None:
            held |= self.by_archive.get(archive, frozenset())
        return right in held or (right in OF_ARCHIVES and Right.ADMINISTER in held)

    def holds_any(self, archive: str) -> bool:
        """Whether anything was granted that makes the archive visible."""
        return bool(self.by_archive.get(archive, frozenset()) or self.everywhere & OF_ARCHIVES)

    def source_limits(self, right: Right, archive: str) -> tuple[SourceLimit, ...]:
        """What a right on the archive is narrowed to; each of them is enough."""
        if self.holds(Right.ADMINISTER, archive):
            return (EVERY_SOURCE,)
        return (*self.limits.get((right, None), ()), *self.limits.get((right, archive), ()))


NO_RIGHTS: Final = Rights()


class HolderKind(StrEnum):
    """Who can hold a right."""

    PERSON = "person"
    TEAM = "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person or a team, by name."""

    kind: HolderKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A right that somebody has since somebody gave it.

    Attributes:
        archive: on which; None: on every one, or on the installation.
        limit: what the right is narrowed to.
        revoked_at: since when it is no more; None: it holds.
    """

    id: int
    archive: str | None
    holder: Holder
    right: Right
    limit: SourceLimit
    granted_by: str
    granted_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Somebody in a team since somebody put them in.

    Attributes:
        put_in_by, put_in_at: by whom and when; None: before this was noted.
    """

    team: str
    member: Holder
    put_in_by: str | None
    put_in_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Persons and other teams that are granted rights together.

    Attributes:
        members: teams first, each by name.
    """

    id: int
    name: str
    created_by: str
    created_at: datetime
    members: tuple[Membership, ...]

    @property
    def persons(self) -> tuple[str, ...]:
        """The names of those that are persons, in order."""
        return self._names(HolderKind.PERSON)

    @property
    def teams(self) -> tuple[str, ...]:
        """The names of those that are teams, in order."""
        return self._names(HolderKind.TEAM)

    def _names(self, kind: HolderKind) -> tuple[str, ...]:
        return tuple(one.member.name for one in self.members if one.member.kind is kind)


def check_team_name(name: str) -> str:
    """The name, if it can be one of a team.

    Raises:
        InvalidInputError: it cannot.
    """
    if not _TEAM_NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name[:70]!r} cannot be the name of a team",
            hint="a lower-case letter, then letters, digits, . or -; at most 63 characters",
        )
    return name


def check_grant(right: Right, archive: str | None, limit: SourceLimit) -> None:
    """Nothing, if such a right can be granted.

    Raises:
        InvalidInputError: it is of the installation and an archive was named, or cannot be
            narrowed so.
    """
    if archive is not None and right in OF_INSTALLATION:
        raise InvalidInputError(
            f"the right to {right} is one on the installation, not on {archive}",
            hint=f"rights on an archive: {', '.join(sorted(OF_ARCHIVES))}",
        )
    if limit != EVERY_SOURCE and right not in NARROWABLE:
        raise InvalidInputError(
            f"the right to {right} cannot be narrowed to a component, to sources or a selection",
            hint="only the rights to upload and to rebuild can",
        )
    if len(str(limit)) > LIMIT_CHARACTERS_MAX:
        raise InvalidInputError(
            f"what the right is narrowed to has over {LIMIT_CHARACTERS_MAX} characters",
            hint="use patterns, for example 'linux-*', or a selection",
        )


def rights_of(grants: Iterable[Grant], private_archives: Iterable[str]) -> Rights:
    """What follows from all grants that somebody holds.

    Args:
        grants: those to the person and to each team that they are in, revoked ones left out.
        private_archives: the names of all.
    """
    everywhere: set[Right] = set()
    by_archive: dict[str, set[Right]] = {}
    limits: dict[tuple[Right, str | None], list[SourceLimit]] = {}
    for grant in grants:
        held = everywhere if grant.archive is None else by_archive.setdefault(grant.archive, set())
        held.add(grant.right)
        if grant.right in NARROWABLE:
            limits.setdefault((grant.right, grant.archive), []).append(grant.limit)
    rights = Rights(
        everywhere=frozenset(everywhere),
        by_archive={name: frozenset(held) for name, held in by_archive.items()},
        limits={where: tuple(found) for where, found in limits.items()},
    )
    return Rights(
        everywhere=rights.everywhere,
        by_archive=rights.by_archive,
        limits=rights.limits,
        hidden=frozenset(name for name in private_archives if not rights.holds_any(name)),
    )
