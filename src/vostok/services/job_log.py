"""How the steps of a job tell how far they are, and what becomes its log."""

from dataclasses import dataclass
from datetime import datetime

from vostok.domain.job_log import JOB_LINES_MAX, LineKind
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction

PROGRESS_SECONDS_MIN = 0.25
"""The moves of a bar are written at most this often: each would cost more than what it tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How far a step is; `total` is 0 while that is not known."""

    done: int = 0
    total: int = 0
    unit: str = ""


class JobLogWriter:
    """Writes the lines of one job, as many as it may have.

    What moves a bar is no line: the counts of a step are written once, when the next one begins
    or the writer is closed.
    """

    def __init__(self, job_id: str, lines: int) -> None:
        """A writer of the log of a job that has so many lines."""
        self._job_id = job_id
        self._lines_left = JOB_LINES_MAX - lines
        self._step = ""
        self._number: int | None = None
        self._counts = self._written = Counts()

    def is_new(self, step: str) -> bool:
        """Whether a step would be a new line."""
        return step != self._step and self._lines_left > 0

    def count(self, step: str, counts: Counts) -> None:
        """Note how far a step is; it is written later, unless its line was left out."""
        if step == self._step:
            self._counts = counts

    def begin(self, transaction: Transaction, step: str, counts: Counts, *, at: datetime) -> None:
        """Begin a step, and end the one before."""
        self.close(transaction)
        self._number = self.add(transaction, LineKind.STEP, step, at=at, counts=counts)
        self._step = step
        self._counts = self._written = counts

    def close(self, transaction: Transaction) -> None:
        """Write how far the current step was."""
        counts = self._counts
        if self._number is not None and counts != self._written:
            transaction.job_logs.set_counts(
                self._number, done=counts.done, total=counts.total, unit=counts.unit
            )
            self._written = counts

    @property
    def is_open(self) -> bool:
        """Whether closing would write anything."""
        return self._number is not None and self._counts != self._written

    def add(
        self,
        transaction: Transaction,
        kind: LineKind,
        text: str,
        *,
        at: datetime,
        counts: Counts | None = None,
    ) -> int | None:
        """Write a line, the last one being that others are left out; its number, if there is."""
        if self._lines_left <= 0:
            return None
        self._lines_left -= 1
        if self._lines_left == 0:
            text = f"this log has {JOB_LINES_MAX} lines; what follows is left out, but for the end"
            end_line(transaction, self._job_id, LineKind.LEFT_OUT, text, at=at)
            return None
        counts = counts or Counts()
        return transaction.job_logs.add(
            self._job_id, kind, text,
            at=at, done=counts.done, total=counts.total, unit=counts.unit,
        )  # fmt: skip


def end_line(
    transaction: Transaction, job_id: str, kind: LineKind, text: str, *, at: datetime
) -> None:
    """Write a line that every log has room for: there are few of its kind."""
    transaction.job_logs.add(job_id, kind, text, at=at)


class JobCancelled(Exception):  # noqa: N818 - no error: somebody asked for it
    """Raised inside a step at the next report of its progress after a request to cancel."""


class Reporter:
    """Through which a step tells how far it is, and learns that it should stop.

    What it tells makes the job's log too: a line for each new step, none for the moves of a bar.
    """

    def __init__(
        self, database: Database, clock: Clock, job_id: str, log: JobLogWriter | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._job_id = job_id
        self._log = log or JobLogWriter(job_id, 0)
        self._told_at: datetime | None = None

    def tell(
        self, message: str, *, step: str = "", done: int = 0, total: int = 0, unit: str = ""
    ) -> None:
        """Note how far the job is; at most a few times a second, but for a new step.

        Args:
            message: what it does just now.
            step: what the log says of it, where the message changes with every move; the message
                if nothing is said.
            done: how much is done.
            total: of how much; 0 while that is not known.
            unit: of both.

        Raises:
            JobCancelled: somebody asked for it.
        """
        now = self._clock.now()
        step, counts = step or message, Counts(done=done, total=total, unit=unit)
        is_new = self._log.is_new(step)
        if not is_new:
            self._log.count(step, counts)
            if self._told_at and (now - self._told_at).total_seconds() < PROGRESS_SECONDS_MIN:
                return
        self._told_at = now
        with self._database.write() as transaction:
            is_cancel_asked = transaction.jobs.progress(
                self._job_id, message=message, done=done, total=total, unit=unit
            )
            if is_new and not is_cancel_asked:
                self._log.begin(transaction, step, counts, at=now)
        if is_cancel_asked:
            raise JobCancelled

    def note(self, fact: str) -> None:
        """Have the log tell of something that was done or found, in a sentence with its counts."""
        with self._database.write() as transaction:
            self._log.add(transaction, LineKind.FACT, fact, at=self._clock.now())

    def close(self) -> None:
        """Have the log say how far the last step was."""
        if self._log.is_open:
            with self._database.write() as transaction:
                self._log.close(transaction)
