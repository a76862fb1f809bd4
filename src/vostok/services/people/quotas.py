"""Quotas: setting them, telling what is used of them, and refusing what would be more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vostok.domain.access import Action, Principal, is_allowed, require
from vostok.domain.archive import Archive, ArchiveKind
from vostok.domain.quota import (
    DEFAULTS,
    Asked,
    Ledger,
    Limits,
    Quota,
    Subject,
    SubjectKind,
    Usage,
    UsedQuota,
    check_limits,
    check_room,
    withheld,
)
from vostok.errors import InvalidInputError, QuotaExceededError, VostokError
from vostok.services.audit import note
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction

NOTHING_WAITS: Final[Mapping[int, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """Who asks for room, and whom a refusal names of whose numbers they may not know."""

    principal: Principal
    whose: str

    def may_know(self, subject: Subject) -> bool:
        """Whoever is here sees the archive, and with it what it uses."""
        return (
            subject.kind is SubjectKind.ARCHIVE
            or _is_themself(self.principal, subject)
            or is_allowed(self.principal, Action.MANAGE_QUOTAS, str(subject))
        )


def hold_room(
    transaction: Transaction,
    principal: Principal,
    archive: Archive,
    asked: Asked,
    *,
    waiting: Mapping[int, int] = NOTHING_WAITS,
) -> None:
    """Nothing, if an archive, its owner and their teams may have that much more.

    For a writing transaction: whoever asks about one of them waits until it ends, so that of two
    deeds at once the second sees the first. O(1) where nobody has a limit, else O(archives),
    and of builds O(those that have not ended), of which only an index is read.

    Args:
        transaction: that writes.
        principal: who asks, and is told the numbers that they may know.
        archive: to which it would come.
        asked: what would come.
        waiting: bytes by the archive's id that count as well.

    Raises:
        QuotaExceededError: with the limit, what is used of it and what would come.
    """
    if archive.kind is not ArchiveKind.DERIVED or not transaction.quotas.all():
        return
    ledger = transaction.quotas.ledger()
    limited = _limited(ledger, ledger.subjects(archive.name, _owner(ledger, archive)))
    _hold(transaction, _asker(principal, archive), limited, asked, waiting)


def hold_room_of_owner(transaction: Transaction, principal: Principal, asked: Asked) -> None:
    """The same of an archive that is about to be the principal's."""
    if principal.person_id is None or not transaction.quotas.all():
        return
    ledger = transaction.quotas.ledger()
    limited = _limited(ledger, ledger.subjects(None, principal.name))
    asker = _Asker(principal=principal, whose=f"a team of {principal.name}")
    _hold(transaction, asker, limited, asked, NOTHING_WAITS)


def look_for_room(
    transaction: Transaction,
    principal: Principal,
    archive: Archive,
    asked: Asked,
    *,
    waiting: Mapping[int, int] = NOTHING_WAITS,
) -> None:
    """The same as `hold_room` of this moment only, for dry runs: nobody has to wait."""
    if archive.kind is ArchiveKind.DERIVED and transaction.quotas.all():
        ledger = transaction.quotas.ledger().with_waiting(waiting)
        subjects = ledger.subjects(archive.name, _owner(ledger, archive))
        _check(transaction, _asker(principal, archive), subjects, ledger, asked)


def bytes_left(
    transaction: Transaction, archive: Archive, *, waiting: Mapping[int, int]
) -> int | None:
    """How many bytes may come to an archive beside those that wait; None: any number."""
    if all(quota.limits.bytes is None for quota in transaction.quotas.all()):
        return None
    ledger = transaction.quotas.ledger().with_waiting(waiting)
    return ledger.bytes_left(archive.name, _owner(ledger, archive))


def told_to_everybody(error: VostokError, archive: Archive) -> VostokError:
    """The error as it may be written where whoever sees an archive reads it."""
    if not isinstance(error, QuotaExceededError):
        return error
    is_of_archive = error.subject == str(Subject(kind=SubjectKind.ARCHIVE, name=archive.name))
    return error if is_of_archive else withheld(error, f"whoever owns {archive.name}")


def full_archives(transaction: Transaction) -> list[int]:
    """The archives in which no build may start, as somebody's bytes are all used.

    O(1) where nobody has a limit of bytes, else O(archives).
    """
    if all(quota.limits.bytes is None for quota in transaction.quotas.all()):
        return []
    return transaction.quotas.ledger().full_archives()


def _asker(principal: Principal, archive: Archive) -> _Asker:
    return _Asker(principal=principal, whose=f"whoever owns {archive.name}")


def _owner(ledger: Ledger, archive: Archive) -> str | None:
    return next((known.owner for known in ledger.archives if known.id == archive.id), None)


def _limited(ledger: Ledger, subjects: Sequence[Subject]) -> list[Subject]:
    return [subject for subject in subjects if ledger.held(subject) is not None]


def _hold(
    transaction: Transaction,
    asker: _Asker,
    limited: Sequence[Subject],
    asked: Asked,
    waiting: Mapping[int, int],
) -> None:
    if limited:
        transaction.quotas.lock(limited)
        _check(
            transaction, asker, limited, transaction.quotas.ledger().with_waiting(waiting), asked
        )


def _check(
    transaction: Transaction,
    asker: _Asker,
    subjects: Sequence[Subject],
    ledger: Ledger,
    asked: Asked,
) -> None:
    quotas = {subject: ledger.held(subject) for subject in subjects}
    counts_builds = asked.builds and any(
        quota is not None and quota.limits.builds is not None for quota in quotas.values()
    )
    builds = transaction.quotas.unfinished_builds() if counts_builds else {}
    totals = ledger.totals(builds)
    for subject, quota in quotas.items():
        usage = totals.get(subject, Usage())
        try:
            check_room(UsedQuota(subject=subject, quota=quota, usage=usage), asked)
        except QuotaExceededError as error:
            if asker.may_know(subject):
                raise
            raise withheld(error, asker.whose) from None


def used_by_archive(transaction: Transaction, name: str) -> UsedQuota:
    """What an archive uses, and its limits. O(archives, unfinished builds)."""
    return _used_by(transaction, Subject(kind=SubjectKind.ARCHIVE, name=name))


def _used_by(transaction: Transaction, subject: Subject) -> UsedQuota:
    ledger = transaction.quotas.ledger()
    return _used(ledger, ledger.totals(transaction.quotas.unfinished_builds()), subject)


def known_limits(transaction: Transaction, principal: Principal) -> list[UsedQuota]:
    """Everybody who has limits, and all derived archives and their owners, by subject.

    But for archives that the principal does not see. O(archives, unfinished builds).
    """
    ledger = transaction.quotas.ledger()
    totals = ledger.totals(transaction.quotas.unfinished_builds())
    return [
        _used(ledger, totals, subject)
        for subject in sorted({*ledger.quotas, *DEFAULTS, *_users(ledger)})
        if subject.kind is not SubjectKind.ARCHIVE or principal.sees(subject.name)
    ]


class QuotaService:
    """Sets limits, and tells what is used of them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def all(self, principal: Principal) -> list[UsedQuota]:
        """Everybody who has limits, and all derived archives and their owners, by subject.

        O(archives, unfinished builds).
        """
        require(principal, Action.MANAGE_QUOTAS, "the quotas")
        with self._database.read() as transaction:
            return known_limits(transaction, principal)

    def of(self, principal: Principal, subject: Subject) -> UsedQuota:
        """The limits of a subject and what it uses.

        Of an archive whoever sees it may know, of a person also themselves, with a token that
        is good for everything.

        Raises:
            NotFoundError: there is no such archive, person or team.
        """
        if subject.kind is SubjectKind.ARCHIVE:
            require(principal, Action.VIEW, subject.name)
        elif not _is_themself(principal, subject):
            require_to_manage(principal, subject)
        with self._database.read() as transaction:
            _check_there(transaction, subject)
            return _used_by(transaction, subject)

    def set(self, principal: Principal, subject: Subject, limits: Limits) -> UsedQuota:
        """Give a subject limits of its own, in the place of all that held for it.

        What is over a new limit stays; nothing is added to it.

        Raises:
            InvalidInputError: such limits are not possible.
            NotFoundError: there is no such archive, person or team.
        """
        require_to_manage(principal, subject)
        check_limits(subject, limits)
        with self._database.write() as transaction:
            self._lock(transaction, subject)
            _check_kind(transaction, subject)
            before = _own(transaction, subject)
            transaction.quotas.put(subject, limits, by=principal.name, at=self._clock.now())
            if before is None or before.limits != limits:
                was = "none" if before is None else _words(before.limits)
                self._note(transaction, principal, subject, f"{was} to {_words(limits)}")
            return _used_by(transaction, subject)

    def remove(self, principal: Principal, subject: Subject) -> UsedQuota:
        """Take a subject's own limits away: the default ones hold then, if there are any."""
        require_to_manage(principal, subject)
        with self._database.write() as transaction:
            self._lock(transaction, subject)
            before = _own(transaction, subject)
            if transaction.quotas.remove(subject) and before is not None:
                self._note(transaction, principal, subject, f"{_words(before.limits)} taken away")
            return _used_by(transaction, subject)

    @staticmethod
    def _lock(transaction: Transaction, subject: Subject) -> None:
        """So that two who set the first limits of a subject do not both insert them."""
        _check_there(transaction, subject)
        transaction.quotas.lock([subject])

    def _note(
        self, transaction: Transaction, principal: Principal, subject: Subject, detail: str
    ) -> None:
        is_archive = subject.kind is SubjectKind.ARCHIVE
        note(
            transaction, self._clock, principal, Action.MANAGE_QUOTAS,
            archive=subject.name if is_archive else None, subject=str(subject), detail=detail,
        )  # fmt: skip


def _used(ledger: Ledger, totals: dict[Subject, Usage], subject: Subject) -> UsedQuota:
    is_default = subject in DEFAULTS
    return UsedQuota(
        subject=subject,
        quota=ledger.quotas.get(subject) if is_default else ledger.held(subject),
        usage=Usage() if is_default else totals.get(subject, Usage()),
    )


def _users(ledger: Ledger) -> set[Subject]:
    """Derived archives and whoever owns one."""
    found = set()
    for archive in ledger.archives:
        if archive.usage.archives:
            found |= set(ledger.subjects(archive.name, archive.owner))
    return found


def _own(transaction: Transaction, subject: Subject) -> Quota | None:
    return next((q for q in transaction.quotas.all() if q.subject == subject), None)


def require_to_manage(principal: Principal, subject: Subject) -> None:
    """Nothing, if the principal may set its limits.

    Raises:
        NotAllowedError: they may not.
        NotFoundError: it is an archive that they do not know of.
    """
    is_archive = subject.kind is SubjectKind.ARCHIVE
    require(principal, Action.MANAGE_QUOTAS, subject.name if is_archive else str(subject))


def _check_there(transaction: Transaction, subject: Subject) -> None:
    """Nothing, if there is the subject; of a deleted archive is told that it was."""
    if subject.kind is SubjectKind.ARCHIVE:
        transaction.archives.named(subject.name)
    else:
        transaction.quotas.check_there(subject)


def _check_kind(transaction: Transaction, subject: Subject) -> None:
    if subject.kind is not SubjectKind.ARCHIVE:
        return
    if transaction.archives.named(subject.name).kind is not ArchiveKind.DERIVED:
        raise InvalidInputError(
            f"{subject.name} is an image of somebody else's archive, which has no limits",
            hint="see which there are: vostok archive list",
        )


def _is_themself(principal: Principal, subject: Subject) -> bool:
    """Whether a person asks of themselves, with a token that is not narrowed to anything."""
    if not principal.is_whole:
        return False
    is_person = principal.person_id is not None and subject.kind is SubjectKind.PERSON
    return is_person and principal.name == subject.name


def _words(limits: Limits) -> str:
    """The limits that there are: `5 archives, 1000 builds`."""
    numbers = {"archives": limits.archives, "builds": limits.builds, "bytes": limits.bytes}
    return ", ".join(f"{limit} {what}" for what, limit in numbers.items() if limit is not None)
