"""Changing what a suite is derived from: syncs, new selections, removals. One way for all.

Each makes the suite's next derivation in one transaction, with a decision for every source. A dry
run is the same transaction, rolled back, so that it cannot say anything else than a real run.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vostok.domain.access import SYSTEM, Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, Suite
from vostok.domain.derivation import Derivation
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.selection.evaluation import WHOLE
from vostok.domain.sync import WORDS, Decision, Verdict, unmerged_notice
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.audit import note, quoted
from vostok.services.building.builds import BuildService
from vostok.services.deriving.composing import store_parents
from vostok.services.deriving.deed_words import changed_words, parent_words
from vostok.services.deriving.derivation_changes import ChangeWriter
from vostok.services.deriving.derivation_facts import (
    Change,
    Preparation,
    check_not_removed,
    parent_requests,
)
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, JobService, Step
from vostok.services.ports import Clock
from vostok.services.publishing.publications import PublishService
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.selecting import selected, selected_here, taken_sources
from vostok.services.toolchains.swapping import SwapService
from vostok.services.views.editions import ViewService, base_of, derivation_of

EXPRESSION_LENGTH_MAX = 2_000_000

PREPARATIONS_MAX = 3
"""How often a change is worked out without the write lock before it is with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """What somebody wants changed of an archive's derivation.

    Attributes:
        moves: whether the parents are taken as they are now; else they stay where they are.
        hold: a selection of sources that stay as they are.
        selection: the new one; None: it stays.
        remove: a selection of sources to take out here.
        restore: a selection of removed sources to take in again.
    """

    archive: str
    moves: bool = False
    hold: str | None = None
    selection: str | None = None
    remove: str | None = None
    restore: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOutcome:
    """What a change does, or would do.

    Attributes:
        before: the derivation that it started from.
        after: the next one; the same if there is nothing to change.
        decisions: about every source, also those that stay as they are; none if all of them do.
        reasons: of a trial of a selection: source -> why it takes each that comes new.
    """

    archive: str
    before: Derivation
    after: Derivation
    decisions: Sequence[Decision]
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether anything changed."""
        return self.after.number != self.before.number

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many sources got each verdict."""
        found = Counter(decision.verdict for decision in self.decisions)
        if not self.is_new and not self.decisions:  # nothing stood apart, so nobody looked
            found[Verdict.UNCHANGED] = self.before.taken
        return {verdict: found[verdict] for verdict in Verdict if found[verdict]}


class SyncService:
    """Syncs derived archives with their parents."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        builds: BuildService,
        swaps: SwapService,
        views: ViewService,
        publishing: PublishService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._swaps = swaps
        self._views = views
        self._publishing = publishing
        self._writer = ChangeWriter(builds, clock)

    def plan(self, principal: Principal, request: SyncRequest) -> SyncOutcome:
        """What the request would do. O(archive).

        Another selection of one whole parent is tried by reading alone; all else by doing it and
        taking it back, while others wait to write.
        """
        found = self.plan_by_reading(principal, request)
        if found is not None:
            return found
        with self._database.trial() as transaction:
            asker = _asker(principal.name)
            outcome = self._changed(transaction, asker, request, _change(request))
            if request.selection is None:
                return outcome
            _, suite = _derived(transaction, request.archive)
            taken = transaction.derivations.taken(suite.id, outcome.after.number)
            return replace(outcome, reasons=_reasons_of_new(outcome, taken))

    def plan_by_reading(self, principal: Principal, request: SyncRequest) -> SyncOutcome | None:
        """The same, if it can be said without keeping others from writing. O(archive)."""
        _ask_first(principal, request)
        with self._database.read() as transaction:
            _, suite = _derived(transaction, request.archive)
            asker = _asker(principal.name)
            found = self._writer.preview(transaction, asker, suite, _change(request))
        if found is None:
            return None
        before, after, made, taken = found
        outcome = SyncOutcome(archive=request.archive, before=before, after=after, decisions=made)
        return replace(outcome, reasons=_reasons_of_new(outcome, taken))

    def selected_count(self, principal: Principal, name: str, selection: str) -> int:
        """How many sources of what an archive stands on a selection takes.

        By reading alone; it costs and raises what `selected` does.
        """
        require(principal, Action.SELECT_SOURCES, name)
        with self._database.read() as transaction:
            _, suite = _derived(transaction, name)
            return len(selected(transaction, base_of(suite), selection))

    def request(self, principal: Principal, request: SyncRequest) -> Job:
        """A job that changes the archive; what can be refused at once is refused here.

        Raises:
            ConflictError: another one is under way; the message names its job.
        """
        _ask_first(principal, request)
        with self._database.write() as transaction:
            archive, suite = _derived(transaction, request.archive)
            arguments = _arguments(request)
            for job in transaction.jobs.unfinished(JobKind.SYNC, archive.name):
                if job.state is JobState.QUEUED and dict(job.arguments) == arguments:
                    return job
                raise ConflictError(
                    f"job {job.id} is changing {archive.name} already",
                    hint=f"wait for it: vostok job log {job.id} --follow",
                )
            _check(transaction, suite, request)
            return self._jobs.submit(
                transaction,
                JobKind.SYNC,
                archive=archive.name,
                arguments=arguments,
                principal=principal,
                asked=_asked_words(request, suite),
            )

    def derivations(self, principal: Principal, name: str) -> list[Derivation]:
        """All derivations of an archive, the newest first."""
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            _, suite = _derived(transaction, name)
            return transaction.derivations.of_suite(suite.id)

    def decision_counts(self, principal: Principal, name: str) -> Mapping[int, Mapping[str, int]]:
        """Derivation -> how many decisions of each verdict were made for it. O(decisions)."""
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            _, suite = _derived(transaction, name)
            return transaction.derivations.decision_counts(suite.id)

    def decisions(
        self, principal: Principal, name: str, number: int
    ) -> tuple[Derivation, list[Decision]]:
        """One derivation and what was decided when it was made, but for what it left alone."""
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            _, suite = _derived(transaction, name)
            derivation = transaction.derivations.numbered(suite.id, number)
            return derivation, transaction.derivations.decisions(suite.id, number)

    def taken(self, principal: Principal, name: str) -> Mapping[str, str]:
        """Source -> why the archive takes it, by name. O(taken)."""
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            _, suite = _derived(transaction, name)
            if suite.derivation is not None and not suite.derivation.is_all:
                return transaction.derivations.taken(suite.id, suite.derivation.number)
            return dict.fromkeys(sorted(taken_sources(transaction, suite)), "all")

    # The job ------------------------------------------------------------------------------

    def steps(self) -> list[Step]:
        """The parts of the job."""
        return [
            Step(name="derive", do=self._derive),
            Step(name="toolchain", do=self._swap_toolchain),
            Step(name="publish", do=self._publish),
        ]

    def _derive(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("deciding about each source")
        arguments = dict(job.arguments)
        request = SyncRequest(**{key: arguments[key] for key in SyncRequest.__slots__})  # type: ignore[arg-type]  # as `_arguments` wrote them
        asker = _asker(job.requested_by)
        outcome = self._decided(asker, request, _change(request, job_id=job.id))
        counts = {str(verdict): count for verdict, count in outcome.counts.items()}
        decided = [f"{count} {WORDS[verdict]}" for verdict, count in outcome.counts.items()]
        report.note(f"decided about each source: {', '.join(decided) or 'there is none'}")
        return {
            "is_new": outcome.is_new,
            "derivation": outcome.after.number,
            "taken": outcome.after.taken,
            "counts": counts,
        }

    def _decided(self, asker: Principal, request: SyncRequest, change: Change) -> SyncOutcome:
        """The change, worked out while others write, and written if it still holds.

        It is worked out again if what it starts from changed meanwhile, and at last while the
        others wait.
        """
        for _ in range(PREPARATIONS_MAX):
            if change.moves:
                self._store_parents(asker, request)
            with self._database.read() as transaction:
                _, suite = _derived(transaction, request.archive)
                ready = self._writer.prepare(transaction, asker, suite, change)
            with self._database.write() as transaction:
                archive, suite = _derived(transaction, request.archive)
                # What is uploaded or asked for meanwhile waits, and then sees what was decided.
                transaction.uploads.lock(archive.id, suite.id)
                if ready is None or self._writer.still_holds(
                    transaction, asker, suite, change, ready
                ):
                    return self._changed(transaction, asker, request, change, ready)
        with self._database.write() as transaction:
            archive, suite = _derived(transaction, request.archive)
            transaction.uploads.lock(archive.id, suite.id)
            return self._changed(transaction, asker, request, change)

    def _store_parents(self, asker: Principal, request: SyncRequest) -> None:
        with self._database.read() as transaction:
            _, suite = _derived(transaction, request.archive)
        store_parents(self._database, asker, parent_requests(suite))

    def _swap_toolchain(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        with self._database.read() as transaction:
            archive, suite = _derived(transaction, str(job.arguments["archive"]))
        if archive.toolchain_id is not None and carry["is_new"]:
            self._swaps.prepare(archive, suite, archive.toolchain_id, report)
            with self._database.write() as transaction:
                self._views.cut_edition_if_due(transaction, suite, is_idle=True)
        return carry

    def _publish(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        name = str(job.arguments["archive"])
        words = ", ".join(f"{count} {verdict}" for verdict, count in carry["counts"].items())
        if not carry["is_new"]:
            return {**carry, "message": f"{name} is as its parents are: {words}"}
        report.tell("publishing")
        with self._database.read() as transaction:
            archive, suite = _derived(transaction, name)
        published = self._publishing.publish(
            archive, suite, f"derivation {carry['derivation']}: {words}", report
        )
        return {
            **carry,
            "publication": published["publication"],
            "message": f"{name}: derivation {carry['derivation']}, {words}; "
            f"{published['message']}",
        }

    def _changed(
        self,
        transaction: Transaction,
        principal: Principal,
        request: SyncRequest,
        change: Change,
        ready: Preparation | None = None,
    ) -> SyncOutcome:
        archive, suite = _derived(transaction, request.archive)
        was = derivation_of(suite).number
        before, after, decisions = self._writer.apply(
            transaction, principal, archive, suite, change, ready
        )
        notice = unmerged_notice(archive.name, decisions, actor=principal.name)
        if notice is not None and after.number != before.number:
            transaction.notices.add(archive.id, notice, at=self._clock.now())
        outcome = SyncOutcome(
            archive=archive.name, before=before, after=after, decisions=decisions
        )
        if after.number != was:  # else there is nothing new, or this job did it before a kill
            note(
                transaction, self._clock, principal, JobKind.SYNC, archive=archive.name,
                detail=f"job {change.job_id}; {changed_words(before, after, outcome.counts)}",
            )  # fmt: skip
        return outcome


def _asker(name: str) -> Principal:
    """Who asks for what the parents have: by the archive's derivation, not by their own right.

    That was given to whoever derived the archive; who may sync it needs none on the parents.
    """
    return Principal(name=name, role=SYSTEM.role)


def _ask_first(principal: Principal, request: SyncRequest) -> None:
    """Nothing, if the principal may: merge with the parents, or choose what is taken, or both.

    Raises:
        NotAllowedError: they may not.
    """
    selects = any(x is not None for x in (request.selection, request.remove, request.restore))
    if selects:
        require(principal, Action.SELECT_SOURCES, request.archive)
    if request.moves or request.hold is not None or not selects:
        require(principal, Action.SYNC_ARCHIVE, request.archive)


def _change(request: SyncRequest, *, job_id: str | None = None) -> Change:
    return Change(
        moves=request.moves,
        hold=request.hold,
        selection=request.selection,
        remove=request.remove,
        restore=request.restore,
        reason=_reason(request),
        job_id=job_id,
    )


def _reasons_of_new(outcome: SyncOutcome, taken: Mapping[str, str]) -> Mapping[str, str]:
    """Source -> why the new selection takes it, of each that comes new. O(taken)."""
    new = {each.source for each in outcome.decisions if each.verdict is Verdict.ADDED}
    if not new or outcome.after.is_all:
        return dict.fromkeys(new, WHOLE)
    return {source: reason for source, reason in taken.items() if source in new}


def _derived(transaction: Transaction, name: str) -> tuple[Archive, Suite]:
    archive = transaction.archives.named(name)
    if archive.kind is not ArchiveKind.DERIVED:
        raise InvalidInputError(
            f"{name} is an image of somebody else's archive; it follows that by imports",
            hint=f"import its suites again: vostok archive import {name} --suite SUITE "
            "--component C --architecture A",
        )
    if archive.state is not ArchiveState.ACTIVE:
        raise ConflictError(
            f"the archive {name} is {archive.state}, not active",
            hint="see what is at work: vostok job list",
        )
    return archive, transaction.archives.suites(archive.id)[0]


def _check(transaction: Transaction, suite: Suite, request: SyncRequest) -> None:
    """Nothing, if the expressions of the request can be read and select something here."""
    base = base_of(suite)
    for expression in (request.hold, request.selection):
        if expression is not None:
            selected(transaction, base, expression)
    if request.remove is not None:
        derivation = derivation_of(suite)
        removed = transaction.derivations.removals(suite.id, derivation.number)
        check_not_removed(removed, request.remove)
        selected_here(transaction, suite, request.remove)


def _arguments(request: SyncRequest) -> dict[str, object]:
    return {key: getattr(request, key) for key in SyncRequest.__slots__}


def _asked_words(request: SyncRequest, suite: Suite) -> str:
    """What a change was asked for as, for the audit log."""
    parents = " and ".join(map(parent_words, derivation_of(suite).parents))
    said = [
        ("take the parents as they are now, after ", parents if request.moves else None),
        ("hold ", request.hold),
        ("selection ", request.selection),
        ("remove ", request.remove),
        ("restore ", request.restore),
    ]
    return "; ".join(f"{word}{quoted(text)}" for word, text in said if text is not None)


def _reason(request: SyncRequest) -> str:
    if request.selection is not None:
        return "a new selection"
    if request.remove is not None:
        return f"removed {request.remove[:200]}"
    if request.restore is not None:
        return f"restored {request.restore[:200]}"
    return "synced" if request.hold is None else f"synced, holding {request.hold[:200]}"
