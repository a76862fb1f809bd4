"""Jobs: asking for long work, doing it step by step, and telling how far it is."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vostok.domain.access import (
    SYSTEM,
    Action,
    Principal,
    Role,
    require,
    require_somewhere,
)
from vostok.domain.job import ENDED_STATES, JOBS_LISTED, LOOKING_KINDS, Job, JobKind, JobState
from vostok.domain.job_log import JOB_LINES_READ_MAX, JobLine, LineKind
from vostok.domain.news import NewsTopic, Notice
from vostok.errors import (
    ConflictError,
    NotFoundError,
    VostokError,
)
from vostok.services.audit import note
from vostok.services.job_errors import error_document
from vostok.services.job_log import JobCancelled, JobLogWriter, Reporter, end_line
from vostok.services.ports import Clock, JobEngine
from vostok.services.repositories import Database, Transaction
from vostok.services.telling.job_telling import newest_told, told

Carry = dict[str, Any]
"""What one step leaves for the next: JSON, because it outlives the process."""


StepFunction = Callable[[Job, Carry, Reporter], Carry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part of a job that is done whole, and again when it was cut off."""

    name: str
    do: StepFunction


class JobService:
    """Asks for jobs, shows and cancels them."""

    def __init__(self, database: Database, engine: JobEngine, clock: Clock) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock

    def submit(
        self,
        transaction: Transaction,
        kind: JobKind,
        *,
        archive: str | None,
        arguments: Mapping[str, Any],
        principal: Principal,
        asked: str = "",
    ) -> Job:
        """A job that is done once the transaction commits, in turn with others of its archive.

        Args:
            transaction: the one that asks for it.
            kind: what is to be done.
            archive: in which; None for what is of no archive.
            arguments: for its steps.
            principal: who asks.
            asked: what for, as the audit log says it.
        """
        job = transaction.jobs.add(
            secrets.token_hex(8),
            kind,
            archive=archive,
            arguments=arguments,
            requested_by=principal.name,
            at=self._clock.now(),
        )
        self._engine.enqueue_job(transaction, job_id=job.id, kind=kind, partition=archive or "-")
        self._note(transaction, job, principal, [asked])
        return job

    def done(
        self,
        transaction: Transaction,
        kind: JobKind,
        *,
        archive: str | None,
        arguments: Mapping[str, Any],
        principal: Principal,
        result: Carry,
        asked: str = "",
        fact: str = "",
    ) -> Job:
        """The record of a job that was short enough to be done within its own request.

        Args:
            transaction: the one that did it.
            kind: what was done.
            archive: in which.
            arguments: as of a job that is done later.
            principal: who asked.
            result: what came of it.
            asked: what for, as the audit log says it.
            fact: what the job's log tells of it beyond its end.
        """
        now = self._clock.now()
        job = transaction.jobs.add(
            secrets.token_hex(8),
            kind,
            archive=archive,
            arguments=arguments,
            requested_by=principal.name,
            at=now,
        )
        transaction.jobs.begin(job.id, now)
        message = str(result["message"])
        transaction.jobs.finish(job.id, JobState.SUCCEEDED, at=now, message=message, result=result)
        for line, text in (
            (LineKind.BEGAN, "began"), (LineKind.FACT, fact), (LineKind.ENDED, message),
        ):  # fmt: skip
            if text:
                end_line(transaction, job.id, line, text, at=now)
        self._note(transaction, job, principal, [asked, f"done: {message}"])
        return transaction.jobs.by_id(job.id)

    def _note(
        self, transaction: Transaction, job: Job, principal: Principal, said: Sequence[str]
    ) -> None:
        """Tell the audit log of a job that somebody asked for, with the words of the request."""
        note(
            transaction, self._clock, principal, job.kind, archive=job.archive,
            detail="; ".join([f"job {job.id}", *filter(None, said)]),
        )  # fmt: skip

    def show(self, principal: Principal, job_id: str) -> Job:
        """One job."""
        require(principal, Action.VIEW, f"job {job_id}")
        with self._database.read() as transaction:
            job = transaction.jobs.by_id(job_id)
        require(principal, Action.VIEW, f"job {job_id}", archive=job.archive)
        return told(principal, job)

    def log(
        self,
        principal: Principal,
        job_id: str,
        *,
        behind: int = 0,
        count: int = JOB_LINES_READ_MAX,
    ) -> list[JobLine]:
        """What a job did, step after step, for whoever may see it.

        Args:
            principal: who asks.
            job_id: of the job.
            behind: the number of a line: only those that follow it.
            count: how many at most.
        """
        self.show(principal, job_id)
        with self._database.read() as transaction:
            return transaction.job_logs.lines(job_id, behind=behind, rows_max=count)

    def log_end(self, principal: Principal, job_id: str) -> int:
        """The number of the last line of a job's log; 0 if it has none."""
        self.show(principal, job_id)
        with self._database.read() as transaction:
            return transaction.job_logs.end(job_id)

    def newest(
        self,
        principal: Principal,
        archive: str | None = None,
        *,
        behind: tuple[float, str] | None = None,
        count: int = JOBS_LISTED,
        kinds: Collection[JobKind] | None = None,
        states: Collection[JobState] | None = None,
        text: str = "",
    ) -> list[Job]:
        """The newest jobs that the principal may know of, of one archive or of all.

        Args:
            principal: who asks.
            archive: its name; None: of all.
            behind: seconds of the creation, and id, of one: only jobs that follow it.
            count: how many at most.
            kinds: only of these; None: of all.
            states: only in one of these; None: in any.
            text: only with it in id, archive, kind, or who asked for them.
        """
        require(principal, Action.VIEW, "the jobs")
        with self._database.read() as transaction:
            return newest_told(
                transaction,
                principal,
                archive,
                behind=behind,
                count=count,
                kinds=kinds,
                states=states,
                text=text,
            )

    def cancel(self, principal: Principal, job_id: str) -> Job:
        """Have a job stop at its next step; one that has not begun ends at once.

        Raises:
            ConflictError: it has ended.
        """
        require_somewhere(principal, Action.CANCEL_JOB, f"job {job_id}")
        with self._database.write() as transaction:
            job = transaction.jobs.by_id(job_id)
            require(principal, Action.CANCEL_JOB, f"job {job_id}", archive=job.archive)
            if job.state in ENDED_STATES:
                raise ConflictError(
                    f"job {job_id} has ended: {job.state}", hint=f"vostok job show {job_id}"
                )
            if job.kind is JobKind.DELETE:
                raise ConflictError(
                    f"job {job_id} deletes {job.archive}; that cannot be stopped half-way",
                    hint=f"see how far it is: vostok job show {job_id}",
                )
            now = self._clock.now()
            if not job.is_cancel_asked:
                asked = f"{principal.name} asked to cancel it"
                end_line(transaction, job_id, LineKind.FACT, asked, at=now)
                note(
                    transaction, self._clock, principal, Action.CANCEL_JOB, archive=job.archive,
                    subject=f"job {job_id}",
                    detail=f"{job.kind}, {job.state}, which {job.requested_by} asked for",
                )  # fmt: skip
            transaction.jobs.ask_cancel(job_id)
            if job.state is JobState.QUEUED:
                transaction.jobs.finish(job_id, JobState.CANCELLED, at=now, message="cancelled")
                end_line(transaction, job_id, LineKind.ENDED, "cancelled", at=now)
            return transaction.jobs.by_id(job_id)


class JobRunner:
    """Does jobs. The engine calls it once for each step and remembers which are done."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        steps: Mapping[JobKind, Sequence[Step]],
        on_failure: Mapping[JobKind, Callable[[Job, str], None]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._steps = steps
        self._on_failure = on_failure
        self._taken: set[str] = set()
        """Jobs that this process has begun or taken up; no more than run at once."""

    def step_names(self, kind: JobKind) -> list[str]:
        """The names of a job's steps in order."""
        return [step.name for step in self._steps[kind]]

    def run_step(self, job_id: str, number: int, carry: Carry) -> Carry:
        """Do one step; what it leaves. An error ends up in `error`: it must be storable."""
        try:
            with self._database.write() as transaction:
                job = transaction.jobs.begin(job_id, self._clock.now())
                if job.state in ENDED_STATES:
                    return {"ended": True}
                log = self._log_of(transaction, job)
        except NotFoundError:  # it ended, and went with its archive
            return {"ended": True}
        reporter = Reporter(self._database, self._clock, job_id, log)
        step = self._steps[job.kind][number]
        try:
            carry = step.do(job, carry, reporter)
        except JobCancelled:
            carry = {"cancelled": True}
        except VostokError as error:
            carry = {"error": error_document(error)}
        reporter.close()
        return carry

    def _log_of(self, transaction: Transaction, job: Job) -> JobLogWriter:
        """The writer of a job's log, which says first whether the job begins or goes on."""
        lines = transaction.job_logs.count(job.id)
        log = JobLogWriter(job.id, lines)
        if job.id in self._taken:
            return log
        self._taken.add(job.id)
        now = self._clock.now()
        if lines == 0:
            log.add(transaction, LineKind.BEGAN, "began", at=now)
        else:
            log.add(
                transaction, LineKind.RESUMED,
                "taken up again: what did it before had ended", at=now,
            )  # fmt: skip
        return log

    def finish(self, job_id: str, carry: Carry) -> None:
        """End a job with what its last step left."""
        now = self._clock.now()
        self._taken.discard(job_id)
        with self._database.write() as transaction:
            try:
                job = transaction.jobs.by_id(job_id)
            except NotFoundError:  # it ended, and went with its archive
                return
            if job.state not in ENDED_STATES:
                end_line(transaction, job_id, LineKind.ENDED, _end_words(carry), at=now)
                self._note_end(transaction, job, carry)
            if "cancelled" in carry:
                transaction.jobs.finish(job_id, JobState.CANCELLED, at=now, message="cancelled")
            elif "error" in carry:
                transaction.jobs.finish(
                    job_id,
                    JobState.FAILED,
                    at=now,
                    message=carry["error"]["message"],
                    error=carry["error"],
                )
                self._tell_of_failure(transaction, job, carry["error"]["message"])
            elif "ended" not in carry:
                transaction.jobs.finish(
                    job_id,
                    JobState.SUCCEEDED,
                    at=now,
                    message=carry.get("message", "done"),
                    result=carry,
                )
        was_cancelled = "cancelled" in carry or job.state is JobState.CANCELLED
        has_failed = job.state is not JobState.SUCCEEDED and ("error" in carry or was_cancelled)
        if has_failed and job.kind in self._on_failure:
            reason = carry["error"]["message"] if "error" in carry else "the job was cancelled"
            self._on_failure[job.kind](job, reason)

    def _note_end(self, transaction: Transaction, job: Job, carry: Carry) -> None:
        """Tell the audit log how a job ended that somebody asked for and that changes things."""
        asker = Principal(name=job.requested_by, role=Role.MEMBER)
        if job.kind not in LOOKING_KINDS and asker.name != SYSTEM.name:
            note(
                transaction, self._clock, asker, job.kind, archive=job.archive,
                detail=f"job {job.id} ended: {_end_words(carry)}",
            )  # fmt: skip

    def _tell_of_failure(self, transaction: Transaction, job: Job, reason: str) -> None:
        """Have the news of the job's archive tell of it, if the archive is there."""
        archive = None if job.archive is None else transaction.archives.find(job.archive)
        if archive is None:
            return
        notice = Notice(
            topic=NewsTopic.JOB_FAILED,
            actor=job.requested_by,
            subject=f"job {job.id}",
            title=f"{archive.name}: {job.kind} failed",
            sentence=reason,
            job_id=job.id,
        )
        transaction.notices.add(archive.id, notice, at=self._clock.now())

    def crash(self, job_id: str, message: str) -> None:
        """Record a bug: the job ended in something that is nobody's mistake but ours."""
        self.finish(
            job_id,
            {
                "error": {
                    "kind": "bug",
                    "message": f"a fault in Vostok ended this job: {message}",
                    "hint": "the executor's log has the details; please report it",
                }
            },
        )


def _end_words(carry: Carry) -> str:
    """What the last line of a job's log says."""
    if "cancelled" in carry:
        return "cancelled"
    if "error" in carry:
        error = carry["error"]
        hint = f" What to do next: {error['hint']}" if error["hint"] else ""
        return f"failed: {error['message']}.{hint}"
    return str(carry.get("message", "done"))
