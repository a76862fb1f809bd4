"""Quotas: how many archives, unfinished builds and bytes an archive, a person or a team may have.

An archive belongs to the person who made it. What persons and teams use is the sum over the
archives of that person, or of all persons in the team and the teams within it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from vostok.domain.counting import counted
from vostok.errors import InvalidInputError, QuotaExceededError

LIMIT_MAX: Final = 1 << 60
"""Of each limit; in bytes an exbibyte."""
GIB: Final = 1 << 30


class SubjectKind(StrEnum):
    """What can have limits."""

    ARCHIVE = "archive"
    PERSON = "person"
    TEAM = "team"
    DEFAULT = "default"
    """All archives, or all persons, that have no limits of their own."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Subject:
    """Who or what has limits; of a default the name is `archive` or `person`."""

    kind: SubjectKind
    name: str

    def __str__(self) -> str:
        if self.kind is SubjectKind.DEFAULT:
            return f"every {self.name}"
        return f"{self.kind} {self.name}"

    @property
    def option(self) -> str:
        """How the command line names it."""
        how = "every" if self.kind is SubjectKind.DEFAULT else self.kind
        return f"--{how} {self.name}"


EVERY_ARCHIVE: Final = Subject(kind=SubjectKind.DEFAULT, name=SubjectKind.ARCHIVE)
EVERY_PERSON: Final = Subject(kind=SubjectKind.DEFAULT, name=SubjectKind.PERSON)
DEFAULTS: Final = (EVERY_ARCHIVE, EVERY_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much there may be; None: no limit.

    Attributes:
        archives: derived ones; of persons and teams only.
        builds: that are not finished.
        bytes: files that builds made, logs, uploads, and files of parents fetched ahead.
    """

    archives: int | None = None
    builds: int | None = None
    bytes: int | None = None


NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How much there is, in the same units as `Limits`."""

    archives: int = 0
    builds: int = 0
    build_bytes: int = 0
    log_bytes: int = 0
    upload_bytes: int = 0
    fetched_bytes: int = 0

    @property
    def bytes(self) -> int:
        """All bytes together. A file counts as often as it was brought."""
        return self.build_bytes + self.log_bytes + self.upload_bytes + self.fetched_bytes

    def plus(self, other: "Usage") -> "Usage":
        """What both use together."""
        return Usage(
            archives=self.archives + other.archives,
            builds=self.builds + other.builds,
            build_bytes=self.build_bytes + other.build_bytes,
            log_bytes=self.log_bytes + other.log_bytes,
            upload_bytes=self.upload_bytes + other.upload_bytes,
            fetched_bytes=self.fetched_bytes + other.fetched_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The limits of a subject, and who set them when."""

    subject: Subject
    limits: Limits
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedQuota:
    """A subject with its limits and what it uses of them.

    Attributes:
        quota: that holds for it, its own or the default one; None: it has no limits.
        usage: of a default nothing: it is nobody's.
    """

    subject: Subject
    quota: Quota | None
    usage: Usage

    @property
    def limits(self) -> Limits:
        """The limits that hold."""
        return NO_LIMITS if self.quota is None else self.quota.limits

    @property
    def is_own(self) -> bool:
        """Whether the limits were set for the subject itself."""
        return self.quota is not None and self.quota.subject == self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a deed would add."""

    archives: int = 0
    builds: int = 0
    bytes: int = 0


def check_limits(subject: Subject, limits: Limits) -> None:
    """Nothing, if a subject can have such limits.

    Raises:
        InvalidInputError: there is none among them, one is out of bounds, or an archive is to
            have a number of archives.
    """
    given = (limits.archives, limits.builds, limits.bytes)
    if all(limit is None for limit in given):
        raise InvalidInputError(
            f"no limit is given for {subject}",
            hint="give archives, builds or bytes; to take all limits away: "
            f"vostok quota remove {subject.option}",
        )
    for limit in given:
        if limit is not None and not 0 <= limit <= LIMIT_MAX:
            raise InvalidInputError(f"a limit is from 0 to {LIMIT_MAX}, not {limit}")
    if limits.archives is not None and SubjectKind.ARCHIVE in (subject.kind, subject.name):
        raise InvalidInputError(
            "an archive has no number of archives", hint="limit persons or teams: --person, --team"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedArchive:
    """An archive with whose it is and what it uses, its builds apart.

    Attributes:
        owner: the person who made it; None: one of the installation's tokens did, or it is an
            image of somebody else's, which is nobody's.
    """

    id: int
    name: str
    owner: str | None
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All limits, and all archives with what they use, as of one moment.

    Attributes:
        quotas: by subject.
        archives: those that are not being deleted.
        persons: of each team that has limits, everybody in it and in the teams within it.
    """

    quotas: Mapping[Subject, Quota]
    archives: Sequence[OwnedArchive]
    persons: Mapping[str, frozenset[str]]

    def held(self, subject: Subject) -> Quota | None:
        """The limits of a subject: its own, which stand in the place of all default ones."""
        default = Subject(kind=SubjectKind.DEFAULT, name=subject.kind)
        return self.quotas.get(subject) or self.quotas.get(default)

    def subjects(self, archive: str | None, owner: str | None) -> list[Subject]:
        """Who answers for an archive, in order: itself, its owner, their teams with limits."""
        found = [] if archive is None else [Subject(kind=SubjectKind.ARCHIVE, name=archive)]
        if owner is not None:
            found.append(Subject(kind=SubjectKind.PERSON, name=owner))
        found += [
            Subject(kind=SubjectKind.TEAM, name=team)
            for team, persons in self.persons.items()
            if owner in persons
        ]
        return sorted(found)

    def totals(self, builds: Mapping[int, int]) -> dict[Subject, Usage]:
        """What everybody uses who owns or limits something. O(archives).

        Args:
            builds: how many have not ended, by the archive's id.
        """
        found = {subject: Usage() for subject in self.quotas}
        for archive in self.archives:
            own = replace(archive.usage, builds=builds.get(archive.id, 0))
            for subject in self.subjects(archive.name, archive.owner):
                found[subject] = found.get(subject, Usage()).plus(own)
        return found

    def with_waiting(self, waiting: Mapping[int, int]) -> "Ledger":
        """The same with bytes that wait for their .changes, by the archive's id, as uploads."""
        archives = [
            replace(
                archive,
                usage=archive.usage.plus(Usage(upload_bytes=waiting.get(archive.id, 0))),
            )
            for archive in self.archives
        ]
        return replace(self, archives=archives)

    def bytes_left(self, archive: str, owner: str | None) -> int | None:
        """How many bytes may come to an archive until somebody's are all used; None: any."""
        totals = self.totals({})
        left = [
            quota.limits.bytes - totals.get(subject, Usage()).bytes
            for subject in self.subjects(archive, owner)
            if (quota := self.held(subject)) is not None and quota.limits.bytes is not None
        ]
        return max(0, min(left)) if left else None

    def full_archives(self) -> list[int]:
        """The archives in which no build may start: somebody's bytes are all used."""
        totals = self.totals({})
        full = {
            subject
            for subject, usage in totals.items()
            if (quota := self.held(subject)) is not None and is_full(quota.limits, usage)
        }
        return [
            archive.id
            for archive in self.archives
            if not full.isdisjoint(self.subjects(archive.name, archive.owner))
        ]


def check_room(held: UsedQuota, asked: Asked) -> None:
    """Nothing, if what is asked for stays within the limits.

    Builds need bytes of which nobody knows how many: they are refused once all are used.

    Raises:
        QuotaExceededError: with the numbers.
    """
    limits, usage = held.limits, held.usage
    for what, limit, used, more in (
        ("archives", limits.archives, usage.archives, asked.archives),
        ("builds", limits.builds, usage.builds, asked.builds),
        ("bytes", limits.bytes, usage.bytes, asked.bytes),
    ):
        if limit is not None and more and used + more > limit:
            raise _exceeded(held.subject, what, limit, used, more)
    if asked.builds and is_full(limits, usage):
        raise _exceeded(held.subject, "bytes", limits.bytes or 0, usage.bytes, 0)


def withheld(error: QuotaExceededError, whose: str) -> QuotaExceededError:
    """The same refusal for somebody who may know neither the limit nor what is used of it.

    Args:
        error: what refused.
        whose: whom it names instead of the person or the team, as `whoever owns trial`.
    """
    noun = _NOUNS[error.measure]
    asked = f"{counted(error.asked, noun)} more" if error.asked else f"more {noun}s"
    return QuotaExceededError(
        f"{whose} has no room for {asked}",
        hint="ask for less; or an administrator allows more: vostok quota list",
        subject=whose,
        measure=error.measure,
        limit=None,
        used=None,
        asked=error.asked,
    )


def is_full(limits: Limits, usage: Usage) -> bool:
    """Whether all bytes are used, so that no build may start."""
    return limits.bytes is not None and usage.bytes >= limits.bytes


_NOUNS = {"archives": "archive", "builds": "unfinished build", "bytes": "byte"}
_WAYS_OUT = {
    "archives": "delete one that is not needed",
    "builds": "ask for fewer, or wait until some have ended",
    "bytes": "delete an archive that is not needed",
}


def _exceeded(
    subject: Subject, what: str, limit: int, used: int, asked: int
) -> QuotaExceededError:
    noun = _NOUNS[what]
    adds = f"this would add {asked}" if asked else "builds would add more"
    option = f"--gib {-(-(used + asked) // GIB) + 1}"
    if what != "bytes":
        option = f"--{what} {used + asked}"
    return QuotaExceededError(
        f"{subject} has {counted(used, noun)} and may have {limit}; {adds}",
        hint=f"{_WAYS_OUT[what]}; or an administrator allows more: "
        f"vostok quota set {subject.option} {option}",
        subject=str(subject),
        measure=what,
        limit=limit,
        used=used,
        asked=asked,
    )
