"""Calls of jobs, waiting for them, and of the store, where all that is asked for is a job."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from vostok.client.asking import Asking, filtered, part
from vostok.client.messages import Job, JobId, JobLine
from vostok.client.patience import Patience, intervals
from vostok.client.problems import WorkFailedError, error_of_job
from vostok.errors import UnavailableError, VostokError

_ENDED: Final = frozenset({"succeeded", "failed", "cancelled"})


def unsuccessful(job: Job) -> VostokError | None:
    """The error that a job ended with; None for one that succeeded or goes on."""
    if job["state"] == "failed":
        return error_of_job(job["error"], job_id=job["id"])
    if job["state"] == "cancelled":
        hint = f"vostok job show {job['id']}"
        return WorkFailedError(f"job {job['id']} was cancelled", hint=hint)
    return None


class JobCalls(Asking):
    """Calls of jobs and of the store."""

    def jobs(
        self,
        *,
        archive: str | None = None,
        text: str = "",
        kinds: Sequence[str] = (),
        states: Sequence[str] = (),
    ) -> Iterator[Job]:
        """The jobs, or those of an archive, of some kinds or in some states, the newest first."""
        asked = {"archive": archive, **filtered(text, kinds, states)}
        return self._listed(Job, "jobs", "jobs", asked)

    def job(self, job_id: JobId) -> Job:
        """One job."""
        return self._one(Job, "GET", f"jobs/{part(job_id)}")

    def job_log(self, job_id: JobId) -> Iterator[JobLine]:
        """What a job did, step after step."""
        return self._listed(JobLine, f"jobs/{part(job_id)}/log", "lines")

    def followed_log(self, job_id: JobId) -> Iterator[JobLine]:
        """The same, going on until the job has ended; a server away for a minute is waited for."""
        patience, shown = Patience(), 0
        for seconds in intervals():
            lines: list[JobLine] = []
            try:
                has_ended = self.job(job_id)["state"] in _ENDED  # if so, its last line is there
                lines = list(self.job_log(job_id))
                patience.answered()
            except UnavailableError as error:
                has_ended = False
                patience.bear(error)
            yield from (line for line in lines if line["number"] > shown)
            shown = lines[-1]["number"] if lines else shown
            if has_ended:
                break
            time.sleep(seconds)

    def cancel_job(self, job_id: JobId) -> Job:
        """The job, cancelled or about to be."""
        return self._one(Job, "POST", f"jobs/{part(job_id)}/cancellations")

    def ended_job(self, job: Job, *, tell: Callable[[Job], None] = lambda _job: None) -> Job:
        """The job as it ended, well or badly; a server that is away for a minute is waited for.

        Args:
            job: as a call answered it.
            tell: called with the job whenever it was looked at, first as it is given.
        """
        patience = Patience()
        for seconds in intervals():
            tell(job)
            if job["state"] in _ENDED:
                break
            time.sleep(seconds)
            try:
                job = self.job(job["id"])
                patience.answered()
            except UnavailableError as error:
                patience.bear(error)
        return job

    def finished_job(self, job: Job, *, tell: Callable[[Job], None] = lambda _job: None) -> Job:
        """The job once it has succeeded; otherwise as `ended_job`.

        Raises:
            VostokError: it failed, of the kind that the server says; `WorkFailedError` if it says
                none, or if the job was cancelled.
        """
        ended = self.ended_job(job, tell=tell)
        error = unsuccessful(ended)
        if error is not None:
            raise error
        return ended

    def store_stats(self) -> Job:
        """The job that counts what is stored."""
        return self._one(Job, "POST", "store/statistics")

    def verify_store(self, *, percent: float = 100.0) -> Job:
        """The job that reads files again."""
        return self._one(Job, "POST", "store/verifications", {"percent": percent})

    def collect_store(self, *, dry_run: bool = False) -> Job:
        """The job that removes what nobody names."""
        return self._one(Job, "POST", "store/collections", {"dry_run": dry_run})
