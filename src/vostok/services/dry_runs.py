"""Dry runs of deeds on rights, people, limits and publications: the deed itself, rolled back.

What a deed would do to whom is seen by looking at the same things before and after it, in the
transaction in which it is tried.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from vostok.domain.access import Action, Principal, Role, require
from vostok.domain.archive import Archive
from vostok.domain.changed_powers import Holding, changed_powers
from vostok.domain.effect import Effect, EffectCode, changed_limits, changed_sight
from vostok.domain.job import JobState
from vostok.domain.person import Person
from vostok.domain.publication import Publication
from vostok.domain.quota import Limits, Subject, UsedQuota
from vostok.domain.rights import NO_RIGHTS, Grant, Holder, HolderKind, Team
from vostok.services.deed_terms import tried
from vostok.services.job_runner import Carry
from vostok.services.people.persons import PeopleService
from vostok.services.people.quotas import QuotaService, known_limits
from vostok.services.people.rights import GrantRequest, RightsService
from vostok.services.places_at_once import PlacesAtOnce
from vostok.services.ports import Clock
from vostok.services.publishing.kept_publications import KeptAs, KeptPublicationService
from vostok.services.publishing.publications import PublishService
from vostok.services.repositories import Transaction

Result = TypeVar("Result")
Powers = Mapping[str, Holding]
EVERYBODY = "everybody else"
PUBLISHED_AT_ONCE_MAX = 2
"""Publications that are made whole only to be told of; one of each archive."""
UNFINISHED = frozenset({JobState.QUEUED, JobState.RUNNING})
JOBS_LOOKED_AT_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun(Generic[Result]):
    """What a deed would answer, and what it would do."""

    result: Result
    effects: Sequence[Effect]


class DryRunService:
    """Tries deeds. Each raises what the deed raises, and asks for the same right."""

    def __init__(
        self,
        rights: RightsService,
        quotas: QuotaService,
        people: PeopleService,
        kept: KeptPublicationService,
        publishing: Callable[[], PublishService],
        clock: Clock,
    ) -> None:
        self._rights = rights
        self._quotas = quotas
        self._people = people
        self._kept = kept
        self._publishing = publishing
        self._clock = clock
        self._being_published = PlacesAtOnce(
            "dry runs of publishing are under way",
            in_all_max=PUBLISHED_AT_ONCE_MAX,
            of_one_max=1,
            hint="try it again in a while",
        )

    def give(self, principal: Principal, request: GrantRequest) -> DryRun[Grant]:
        """Who would gain what by a grant: all persons in a team, and in the teams within it."""
        found = _on_powers(lambda: self._rights.give(principal, request))
        return self._told(principal, request.archive, found)

    def revoke(self, principal: Principal, archive: str | None, number: int) -> DryRun[Grant]:
        """Who would lose what: not what they hold by another grant too."""
        found = _on_powers(lambda: self._rights.revoke(principal, archive, number))
        return self._told(principal, archive, found)

    def delete_team(self, principal: Principal, name: str) -> DryRun[Team]:
        """Who would lose what with a team."""

        def deed() -> Team:
            team = self._rights.team(principal, name)
            self._rights.delete_team(principal, name)
            return team

        found = _on_powers(deed)
        return DryRun(result=found.result, effects=changed_powers(found.before, found.after))

    def put_in(self, principal: Principal, name: str, members: Sequence[Holder]) -> DryRun[Team]:
        """Who would gain what as a member of a team."""
        found = _on_powers(lambda: self._rights.put_in(principal, name, members))
        return DryRun(result=found.result, effects=changed_powers(found.before, found.after))

    def take_out(self, principal: Principal, name: str, members: Sequence[Holder]) -> DryRun[Team]:
        """Who would lose what as a member of a team no more."""
        found = _on_powers(lambda: self._rights.take_out(principal, name, members))
        return DryRun(result=found.result, effects=changed_powers(found.before, found.after))

    def _told(
        self, principal: Principal, archive: str | None, found: "_ChangedPowers[Grant]"
    ) -> DryRun[Grant]:
        """What becomes of those of whom the principal may know, and of others without a name.

        Who holds something in the archive already is shown there.
        """
        known = self._rights.known_persons(principal, archive)
        if known is not None:
            known |= {
                name
                for name, powers in found.before.items()
                if archive in powers.rights.by_archive
            }
            if found.result.holder.kind is HolderKind.PERSON:
                known |= {found.result.holder.name}  # who was asked for
        effects = changed_powers(found.before, found.after, known)
        return DryRun(result=found.result, effects=effects)

    def set_private(self, principal: Principal, name: str, *, is_private: bool) -> DryRun[Archive]:
        """Who would see an archive no more, or see it from then on.

        Those of whom the principal may know by name, all others as `EVERYBODY`.
        """
        with tried(lambda transaction: _seers(transaction, name)) as trial:
            result = self._rights.set_private(principal, name, is_private=is_private)
        before, after = trial.before or frozenset(), trial.after or frozenset()
        known = self._rights.known_persons(principal, name)
        if known is not None:
            told = known | {EVERYBODY}
            before, after = before & told, after & told
        return DryRun(result=result, effects=changed_sight(name, before, after))

    def set_limits(
        self, principal: Principal, subject: Subject, limits: Limits
    ) -> DryRun[UsedQuota]:
        """Who would be over a limit."""
        return self._on_limits(principal, lambda: self._quotas.set(principal, subject, limits))

    def remove_limits(self, principal: Principal, subject: Subject) -> DryRun[UsedQuota]:
        """Who would be over a limit that holds then, and who no more."""
        return self._on_limits(principal, lambda: self._quotas.remove(principal, subject))

    def disable(self, principal: Principal, name: str) -> DryRun[Person]:
        """What would end with a person's ways in, and what of theirs would go on."""
        with tried(lambda transaction: self._owned(transaction, principal, name)) as trial:
            result = self._people.set_disabled(principal, name, is_disabled=True)
        return DryRun(result=result, effects=trial.before or ())

    def keep(
        self,
        principal: Principal,
        name: str,
        number: int,
        *,
        label: str,
        seen: KeptAs | None = None,
    ) -> DryRun[Publication]:
        """How a publication would be kept."""
        with tried(lambda _transaction: None):
            result = self._kept.keep(principal, name, number, label=label, seen=seen)
        called = f", called {label}" if label else ""
        effect = Effect(
            code=EffectCode.STAYS,
            subject=f"publication {number}",
            sentence=f"publication {number} stays{called}, however old it becomes",
        )
        return DryRun(result=result, effects=[effect])

    def release(
        self, principal: Principal, name: str, number: int, *, seen: KeptAs | None = None
    ) -> DryRun[Publication]:
        """A publication as it would be released, and its label, which would be free."""
        with tried(lambda transaction: _label(transaction, name, number)) as trial:
            result = self._kept.release(principal, name, number, seen=seen)
        return DryRun(result=result, effects=trial.before or ())

    def publish(self, principal: Principal, name: str) -> DryRun[Carry]:
        """What a publication would show, made whole with all of its indices and then forgotten.

        O(archive), as publishing it, so only some are made at once.

        Raises:
            UnavailableError: too many are being made.
        """
        require(principal, Action.PUBLISH, name)  # before a place is taken
        with (
            self._being_published.one(name),
            tried(lambda transaction: _newest_number(transaction, name)) as trial,
        ):
            result = self._publishing().write_now(principal, name)
        number = trial.after or 0
        effect = Effect(
            code=EffectCode.SEES,
            subject=f"publication {number}",
            sentence=str(result["message"]),
        )
        return DryRun(result=result, effects=[effect])

    def _on_limits(self, principal: Principal, deed: Callable[[], UsedQuota]) -> DryRun[UsedQuota]:
        with tried(lambda transaction: known_limits(transaction, principal)) as trial:
            result = deed()
        return DryRun(result=result, effects=changed_limits(trial.before or (), trial.after or ()))

    def _owned(
        self, transaction: Transaction, principal: Principal, name: str
    ) -> Sequence[Effect]:
        """What a person has, as far as whoever shuts them out may know of it."""
        person = transaction.people.named(name)
        return [
            *self._ending(transaction, principal, person),
            *_staying(transaction, principal, person),
        ]

    def _ending(
        self, transaction: Transaction, principal: Principal, person: Person
    ) -> list[Effect]:
        """Nothing that names, or counts, what is of an archive that the principal does not see."""
        now = self._clock.now()
        tokens = [
            f"token {token.name}"
            for token in transaction.people.tokens(person.id)
            if principal.sees(token.archive)
            and token.revoked_at is None
            and (token.expires_at is None or token.expires_at > now)
        ]
        keys = [
            f"key {key.fingerprint}"
            for key in transaction.people.keys(person.id)
            if key.revoked_at is None
        ]
        sessions = [
            f"session {session.id}" for session in transaction.sessions.of_person(person.id, now)
        ]
        webhooks = [
            f"webhook {webhook.number} of {webhook.archive}"
            for webhook in transaction.webhooks.switched_on()
            if webhook.answerable == person.name and principal.sees(webhook.archive)
        ]
        robots = [f"robot {robot.name}" for robot in transaction.robots.answered_by(person.id)]
        letters = [
            f"subscription {subscription.number}"
            for subscription in transaction.mail.of_person(person.id)
            if principal.sees(subscription.archive)
        ]
        return [
            *_all(EffectCode.ENDS, sessions, "ends"),
            *_all(EffectCode.ENDS, [*tokens, *keys], "is good for nothing until they are let in"),
            *_all(EffectCode.ENDS, webhooks, "is switched off: {name} answers for it", person),
            *_all(EffectCode.ENDS, robots, "is shut out too: {name} answers for it", person),
            *_all(EffectCode.ENDS, letters, "sends no letters"),
        ]


def _staying(transaction: Transaction, principal: Principal, person: Person) -> list[Effect]:
    archives = [
        f"archive {archive.name}"
        for archive in transaction.archives.all()
        if archive.requested_by == person.name and principal.sees(archive.name)
    ]
    jobs = [
        f"job {job.id}"
        for job in transaction.jobs.newest(rows_max=JOBS_LOOKED_AT_MAX, states=UNFINISHED)
        if job.requested_by == person.name and (job.archive is None or principal.sees(job.archive))
    ]
    return [
        *_all(EffectCode.STAYS, archives, "stays, and counts as theirs"),
        *_all(EffectCode.STAYS, jobs, "goes on; it can be cancelled"),
    ]


def _all(
    code: EffectCode, subjects: Sequence[str], words: str, person: Person | None = None
) -> list[Effect]:
    told = words if person is None else words.format(name=person.name)
    return [
        Effect(code=code, subject=subject, sentence=f"{subject} {told}") for subject in subjects
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChangedPowers(Generic[Result]):
    """What a deed on rights would answer, and what everybody holds before and after it."""

    result: Result
    before: Powers
    after: Powers


def _on_powers(deed: Callable[[], Result]) -> _ChangedPowers[Result]:
    with tried(_powers) as trial:
        result = deed()
    return _ChangedPowers(result=result, before=trial.before or {}, after=trial.after or {})


def _powers(transaction: Transaction) -> Powers:
    """What decides what each person may do. O(persons + members of teams + grants)."""
    granted = transaction.rights.granted_to_persons()
    private = frozenset(
        archive.name for archive in transaction.archives.all() if archive.is_private
    )
    return {
        person.name: Holding(
            role=person.role, rights=granted.get(person.id, NO_RIGHTS), private=private
        )
        for person in transaction.people.all()
    }


def _seers(transaction: Transaction, archive: str) -> frozenset[str]:
    """The persons who see an archive by role or right, and all others while it is public."""
    is_private = transaction.archives.named(archive).is_private
    granted = transaction.rights.granted_to_persons()
    seers = {
        person.name
        for person in transaction.people.all()
        if not is_private
        or person.role is Role.ADMINISTRATOR
        or granted.get(person.id, NO_RIGHTS).holds_any(archive)
    }
    return frozenset(seers if is_private else seers | {EVERYBODY})


def _newest_number(transaction: Transaction, name: str) -> int:
    archive = transaction.archives.named(name)
    return max((suite.publication for suite in transaction.archives.suites(archive.id)), default=0)


def _label(transaction: Transaction, name: str, number: int) -> Sequence[Effect]:
    archive = transaction.archives.named(name)
    suites = transaction.archives.suites(archive.id)
    found = [
        publication
        for publication in (transaction.publications.of_suite(suites[0].id) if suites else [])
        if publication.number == number and publication.kept_as is not None
    ]
    return [
        Effect(
            code=EffectCode.ENDS,
            subject=f"publication {number}",
            sentence=f"publication {number} goes when it is old"
            + (f"; another one can be called {one.kept_as}" if one.kept_as else ""),
        )
        for one in found
    ]
