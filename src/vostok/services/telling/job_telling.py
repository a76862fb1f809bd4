"""Which jobs somebody may see, and what they may be told of one."""

from collections.abc import Collection
from dataclasses import replace

from vostok.domain.access import Action, Principal, is_allowed, named_to
from vostok.domain.job import JOBS_LISTED, STORE_KINDS, Job, JobKind, JobState
from vostok.services.repositories import Transaction


def told(principal: Principal, job: Job) -> Job:
    """A job as it is told: what one of the store found names archives, private ones among them."""
    if job.kind not in STORE_KINDS or is_allowed(principal, Action.KEEP_STORE):
        return job
    return replace(job, result=None)


def newest_told(
    transaction: Transaction,
    principal: Principal,
    archive: str | None,
    *,
    behind: tuple[float, str] | None = None,
    count: int = JOBS_LISTED,
    kinds: Collection[JobKind] | None = None,
    states: Collection[JobState] | None = None,
    text: str = "",
) -> list[Job]:
    """The newest jobs that the principal may know of, as they are told.

    Jobs of archives that are hidden from them take no place in the list.

    Args:
        transaction: to read in.
        principal: who asks.
        archive: its name; None: of all.
        behind: seconds of the creation, and id, of one: only jobs that follow it.
        count: how many at most.
        kinds: only of these; None: of all.
        states: only in one of these; None: in any.
        text: only with it in id, archive, kind, or who asked for them.
    """
    shown: list[Job] = []
    named = named_to(principal, archive)
    while len(shown) < count:
        found = transaction.jobs.newest(
            named, behind=behind, rows_max=count, kinds=kinds, states=states, text=text
        )
        shown.extend(told(principal, job) for job in found if principal.sees(job.archive))
        if len(found) < count:
            break
        behind = found[-1].created_at.timestamp(), found[-1].id
    return shown[:count]
