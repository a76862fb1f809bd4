"""What somebody may be told of a job that they may see."""

from dataclasses import replace

from vostok.domain.access import Action, Principal, is_allowed
from vostok.domain.job import STORE_KINDS, Job


def told(principal: Principal, job: Job) -> Job:
    """A job as it is told: what one of the store found names archives, private ones among them."""
    if job.kind not in STORE_KINDS or is_allowed(principal, Action.KEEP_STORE):
        return job
    return replace(job, result=None)
