"""The queue as one principal may see it: what waits, what runs, who builds, how long it lasts."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from vostok.documents import (
    BuildAtWorkView,
    DrainView,
    QueueBuilderView,
    QueueView,
    WaitingView,
)
from vostok.domain.access import Action, Principal, require
from vostok.domain.builder import Builder, BuilderState
from vostok.domain.queue import BuildAtWork, Drain, drains, is_present
from vostok.services.describing.records import moment_text
from vostok.services.ports import Clock
from vostok.services.repositories import Database


class QueueService:
    """Shows the queue."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def show(self, principal: Principal) -> QueueView:
        """The queue without what the principal must not know of, not even counted. O(waiting)."""
        require(principal, Action.VIEW, "the queue")
        hidden, now = principal.rights.hidden, self._clock.now()
        with self._database.read() as transaction:
            waiting = transaction.queues.waiting(hidden)
            at_work = transaction.queues.at_work(hidden)
            took = transaction.queues.took(hidden)
            builders = transaction.builders.all()
        shown = _builders(builders, at_work, now)
        present = [
            builder["architectures"]
            for builder in shown
            if builder["is_present"] and builder["state"] == BuilderState.ACTIVE
        ]
        return {
            "architectures": [_drain(each) for each in drains(waiting, at_work, present, took)],
            "waiting": [cast("WaitingView", group._asdict()) for group in waiting],
            "at_work": [at_work_document(build) for build in at_work],
            "builders": shown,
        }


def _builders(
    builders: Sequence[Builder], at_work: Sequence[BuildAtWork], now: datetime
) -> list[QueueBuilderView]:
    """Each builder that is let in; one that works was heard of when its attempt last was."""
    newest = {build.builder: build for build in at_work}
    shown: list[QueueBuilderView] = []
    for builder in builders:
        if builder.state is BuilderState.REMOVED:
            continue
        does = newest.get(builder.name)
        heard = [at for at in (builder.seen_at, None if does is None else does.seen_at) if at]
        seen_at = max(heard, default=None)
        shown.append(
            {
                "name": builder.name,
                "architectures": list(builder.architectures),
                "seen_at": None if seen_at is None else moment_text(seen_at),
                "is_present": seen_at is not None and is_present(seen_at, now),
                "state": str(builder.state),
                "reason": builder.reason,
                "does": None if does is None else at_work_document(does),
            }
        )
    return shown


def at_work_document(build: BuildAtWork) -> BuildAtWorkView:
    """A running attempt as the API shows it."""
    return {
        "build": build.build_id,
        "archive": build.archive,
        "source": build.source,
        "version": build.version,
        "rebuild_no": build.rebuild_no,
        "architecture": build.architecture,
        "state": build.state,
        "score": build.score,
        "builder": build.builder,
        "attempt": build.attempt,
        "started_at": moment_text(build.started_at),
        "seen_at": moment_text(build.seen_at),
    }


def _drain(drain: Drain) -> DrainView:
    return {
        "architecture": drain.architecture,
        "waiting": drain.waiting,
        "running": drain.running,
        "builders": drain.builders,
        "mean_seconds": None if drain.took is None else round(drain.took.seconds, 1),
        "measured_attempts": 0 if drain.took is None else drain.took.attempts,
        "seconds": None if drain.seconds is None else round(drain.seconds, 1),
    }
