"""Jobs as their askers see them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from vostok.domain.job import JOBS_LISTED, Job, JobKind, JobState
from vostok.domain.job_log import JOB_LINES_READ_MAX, JobLine, LineKind


class Jobs(Protocol):
    """Jobs as their askers see them."""

    def add(
        self,
        job_id: str,
        kind: JobKind,
        *,
        archive: str | None,
        arguments: Mapping[str, object],
        requested_by: str,
        at: datetime,
    ) -> Job:
        """A new job, queued."""

    def by_id(self, job_id: str) -> Job:
        """One job; NotFoundError if there is none."""

    def newest(
        self,
        archive: str | None = None,
        *,
        behind: tuple[float, str] | None = None,
        rows_max: int = JOBS_LISTED,
        kinds: Collection[JobKind] | None = None,
        states: Collection[JobState] | None = None,
        text: str = "",
    ) -> list[Job]:
        """The newest jobs, of one archive or of all.

        Args:
            archive: its name; None: of all.
            behind: seconds of the creation, and id, of one: only jobs that follow it.
            rows_max: how many.
            kinds: of these only; None: of all.
            states: only in one of these; None: in any.
            text: only with it in id, archive, kind, or who asked for them.
        """

    def unfinished(self, kind: JobKind, archive: str) -> list[Job]:
        """Jobs of one kind on one archive that have not ended, the oldest first."""

    def begin(self, job_id: str, at: datetime) -> Job:
        """Mark a job as running, unless it ended; the job."""

    def progress(self, job_id: str, *, message: str, done: int, total: int, unit: str) -> bool:
        """Note how far a job is; whether somebody asked to cancel it."""

    def finish(
        self,
        job_id: str,
        state: JobState,
        *,
        at: datetime,
        message: str,
        result: Mapping[str, object] | None = None,
        error: Mapping[str, str | None] | None = None,
    ) -> None:
        """End a job that has not ended."""

    def find_request_key(self, principal: str, key: str) -> tuple[str, str] | None:
        """(digest of the request, job id) of what came with a key, if any did."""

    def put_request_key(
        self, principal: str, key: str, *, digest: str, job_id: str, at: datetime
    ) -> None:
        """Note which job a request with a key became; the newest counts."""

    def set_result(self, job_id: str, result: Mapping[str, object]) -> None:
        """Note what a job has brought so far, in the transaction that made it true."""

    def ask_cancel(self, job_id: str) -> None:
        """Ask a job to stop at its next step."""


class JobLogs(Protocol):
    """The logs of jobs."""

    def add(
        self,
        job_id: str,
        kind: LineKind,
        text: str,
        *,
        at: datetime,
        done: int = 0,
        total: int = 0,
        unit: str = "",
    ) -> int | None:
        """Write a line of a job; its number, or None if there is no such job any more."""

    def set_counts(self, number: int, *, done: int, total: int, unit: str) -> None:
        """Note how far the step of a line was when it ended; nothing if the line is gone."""

    def count(self, job_id: str) -> int:
        """How many lines a job has."""

    def end(self, job_id: str) -> int:
        """The number of a job's last line; 0 if it has none."""

    def lines(
        self, job_id: str, *, behind: int = 0, rows_max: int = JOB_LINES_READ_MAX
    ) -> list[JobLine]:
        """The lines of a job in order.

        Args:
            job_id: of the job; none if there is no such job.
            behind: the number of a line: only those that follow it.
            rows_max: how many.
        """
