"""Jobs: asking for long work, doing it step by step, and telling how far it is."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vostok.domain.access import Action, Principal, require, require_somewhere
from vostok.domain.job import ENDED_STATES, JOBS_LISTED, Job, JobKind, JobState
from vostok.domain.news import NewsTopic, Notice
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)
from vostok.services.audit import note
from vostok.services.ports import Clock, JobEngine
from vostok.services.repositories import Database, Transaction
from vostok.services.telling.job_telling import newest_told, told

PROGRESS_SECONDS_MIN = 0.25
"""Progress is written at most this often: a row per step would cost more than the step."""

ERROR_KINDS: Mapping[type[VostokError], str] = {
    InvalidInputError: "invalid-input",
    NotAllowedError: "not-allowed",
    NotFoundError: "not-found",
    GoneError: "gone",
    ConflictError: "conflict",
    UnavailableError: "unavailable",
}

Carry = dict[str, Any]
"""What one step leaves for the next: JSON, because it outlives the process."""


class JobCancelled(Exception):  # noqa: N818 - no error: somebody asked for it
    """Raised inside a step at the next report of its progress after a request to cancel."""


class Reporter:
    """Through which a step tells how far it is, and learns that it should stop."""

    def __init__(self, database: Database, clock: Clock, job_id: str) -> None:
        self._database = database
        self._clock = clock
        self._job_id = job_id
        self._told_at: datetime | None = None

    def tell(self, message: str, *, done: int = 0, total: int = 0, unit: str = "") -> None:
        """Note how far the job is; at most a few times a second.

        Raises:
            JobCancelled: somebody asked for it.
        """
        now = self._clock.now()
        if self._told_at and (now - self._told_at).total_seconds() < PROGRESS_SECONDS_MIN:
            return
        self._told_at = now
        with self._database.write() as transaction:
            is_cancel_asked = transaction.jobs.progress(
                self._job_id, message=message, done=done, total=total, unit=unit
            )
        if is_cancel_asked:
            raise JobCancelled


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
    ) -> Job:
        """A job that is done once the transaction commits, in turn with others of its archive."""
        job = transaction.jobs.add(
            secrets.token_hex(8),
            kind,
            archive=archive,
            arguments=arguments,
            requested_by=principal.name,
            at=self._clock.now(),
        )
        self._engine.enqueue_job(transaction, job_id=job.id, kind=kind, partition=archive or "-")
        self._note(transaction, job, principal)
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
    ) -> Job:
        """The record of a job that was short enough to be done within its own request."""
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
        transaction.jobs.finish(
            job.id, JobState.SUCCEEDED, at=now, message=str(result["message"]), result=result
        )
        self._note(transaction, job, principal)
        return transaction.jobs.by_id(job.id)

    def _note(self, transaction: Transaction, job: Job, principal: Principal) -> None:
        """Tell the audit log of a job that somebody asked for, with the words of the request."""
        said = [
            f"{word} {job.arguments[word]}"
            for word in ("selection", "reason")
            if job.arguments.get(word)
        ]
        note(
            transaction, self._clock, principal, job.kind,
            archive=job.archive, detail="; ".join([f"job {job.id}", *said]),
        )  # fmt: skip

    def show(self, principal: Principal, job_id: str) -> Job:
        """One job."""
        require(principal, Action.VIEW, f"job {job_id}")
        with self._database.read() as transaction:
            job = transaction.jobs.by_id(job_id)
        require(principal, Action.VIEW, f"job {job_id}", archive=job.archive)
        return told(principal, job)

    def newest(
        self,
        principal: Principal,
        archive: str | None = None,
        *,
        behind: tuple[float, str] | None = None,
        count: int = JOBS_LISTED,
        kinds: Collection[JobKind] | None = None,
        states: Collection[JobState] | None = None,
    ) -> list[Job]:
        """The newest jobs that the principal may know of, of one archive or of all.

        Args:
            principal: who asks.
            archive: its name; None: of all.
            behind: seconds of the creation, and id, of one: only jobs that follow it.
            count: how many at most.
            kinds: only of these; None: of all.
            states: only in one of these; None: in any.
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
            transaction.jobs.ask_cancel(job_id)
            if job.state is JobState.QUEUED:
                transaction.jobs.finish(
                    job_id, JobState.CANCELLED, at=self._clock.now(), message="cancelled"
                )
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

    def step_names(self, kind: JobKind) -> list[str]:
        """The names of a job's steps in order."""
        return [step.name for step in self._steps[kind]]

    def run_step(self, job_id: str, number: int, carry: Carry) -> Carry:
        """Do one step; what it leaves. An error ends up in `error`: it must be storable."""
        try:
            with self._database.write() as transaction:
                job = transaction.jobs.begin(job_id, self._clock.now())
        except NotFoundError:  # it ended, and went with its archive
            return {"ended": True}
        if job.state in ENDED_STATES:
            return {"ended": True}
        reporter = Reporter(self._database, self._clock, job_id)
        step = self._steps[job.kind][number]
        try:
            return step.do(job, carry, reporter)
        except JobCancelled:
            return {"cancelled": True}
        except VostokError as error:
            return {"error": error_document(error)}

    def finish(self, job_id: str, carry: Carry) -> None:
        """End a job with what its last step left."""
        now = self._clock.now()
        with self._database.write() as transaction:
            try:
                job = transaction.jobs.by_id(job_id)
            except NotFoundError:  # it ended, and went with its archive
                return
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


def error_document(error: VostokError) -> dict[str, str | None]:
    """An error as it is stored and sent: kind, message, hint."""
    kind = next(name for base, name in ERROR_KINDS.items() if isinstance(error, base))
    return {"kind": kind, "message": str(error), "hint": error.hint}
