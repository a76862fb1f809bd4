"""Jobs as their askers see them; the engine's own rows are beside these."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, moment_or_none, seconds
from vostok.adapters.database.text_search import has_text
from vostok.domain.access import unknown
from vostok.domain.job import ENDED_STATES, JOBS_LISTED, Job, JobKind, JobState

_JOB = schema.job
_KEY = schema.request_key


class SqlJobs:
    """Implements `services.ports.Jobs`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

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
        self._connection.execute(
            _JOB.insert().values(
                id=job_id,
                kind=kind,
                archive=archive,
                state=JobState.QUEUED,
                message="waits to begin",
                arguments=dict(arguments),
                done=0,
                total=0,
                unit="",
                is_cancel_asked=False,
                requested_by=requested_by,
                created_at=seconds(at),
            )
        )
        return self.by_id(job_id)

    def by_id(self, job_id: str) -> Job:
        """One job; NotFoundError if there is none."""
        row = self._connection.execute(sa.select(_JOB).where(_JOB.c.id == job_id)).first()
        if row is None:
            raise unknown(f"job {job_id}")
        return _job(row)

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
        """The newest jobs, of one archive or of all. See `services.repositories.Jobs`."""
        query = sa.select(_JOB).order_by(_JOB.c.created_at.desc(), _JOB.c.id.desc())
        query = query.limit(rows_max)
        if behind is not None:
            place = sa.tuple_(sa.literal(behind[0]), sa.literal(behind[1]))
            query = query.where(sa.tuple_(_JOB.c.created_at, _JOB.c.id) < place)
        if archive is not None:
            query = query.where(_JOB.c.archive == archive)
        if kinds is not None:
            query = query.where(_JOB.c.kind.in_(kinds))
        if states is not None:
            query = query.where(_JOB.c.state.in_(states))
        if text:
            columns = (_JOB.c.id, _JOB.c.archive, _JOB.c.kind, _JOB.c.requested_by)
            query = query.where(has_text(self._connection, text, columns))
        return [_job(row) for row in self._connection.execute(query)]

    def unfinished(self, kind: JobKind, archive: str) -> list[Job]:
        """Jobs of one kind on one archive that have not ended, the oldest first.

        For a writing transaction: on PostgreSQL they are locked, so that one that is said to be
        queued does not begin before the asker has committed.
        """
        query = (
            sa.select(_JOB)
            .where(
                _JOB.c.kind == kind, _JOB.c.archive == archive, _JOB.c.state.not_in(ENDED_STATES)
            )
            .order_by(_JOB.c.created_at)
        )
        if self._connection.dialect.name == "postgresql":
            query = query.with_for_update()
        return [_job(row) for row in self._connection.execute(query)]

    def begin(self, job_id: str, at: datetime) -> Job:
        """Mark a job as running, unless it ended; the job."""
        self._connection.execute(
            _JOB.update()
            .where(_JOB.c.id == job_id, _JOB.c.state == JobState.QUEUED)
            .values(state=JobState.RUNNING, started_at=seconds(at), message="")
        )
        return self.by_id(job_id)

    def progress(self, job_id: str, *, message: str, done: int, total: int, unit: str) -> bool:
        """Note how far a job is; whether somebody asked to cancel it."""
        row = self._connection.execute(
            _JOB.update()
            .where(_JOB.c.id == job_id, _JOB.c.state.not_in(ENDED_STATES))
            .values(message=message, done=done, total=total, unit=unit)
            .returning(_JOB.c.is_cancel_asked)
        ).first()
        return row is None or bool(row.is_cancel_asked)

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
        self._connection.execute(
            _JOB.update()
            .where(_JOB.c.id == job_id, _JOB.c.state.not_in(ENDED_STATES))
            .values(
                state=state,
                message=message,
                finished_at=seconds(at),
                result=None if result is None else dict(result),
                error=None if error is None else dict(error),
            )
        )

    def find_request_key(self, principal: str, key: str) -> tuple[str, str] | None:
        """(digest of the request, job id) of what came with a key, if any did."""
        row = self._connection.execute(
            sa.select(_KEY.c.digest, _KEY.c.job_id).where(
                _KEY.c.principal == principal, _KEY.c.key == key
            )
        ).first()
        return None if row is None else (row.digest, row.job_id)

    def put_request_key(
        self, principal: str, key: str, *, digest: str, job_id: str, at: datetime
    ) -> None:
        """Note which job a request with a key became; the newest counts."""
        self._connection.execute(
            _KEY.delete().where(_KEY.c.principal == principal, _KEY.c.key == key)
        )
        self._connection.execute(
            _KEY.insert().values(
                principal=principal, key=key, digest=digest, job_id=job_id, at=seconds(at)
            )
        )

    def set_result(self, job_id: str, result: Mapping[str, object]) -> None:
        """Note what a job has brought so far, in the transaction that made it true."""
        self._connection.execute(
            _JOB.update().where(_JOB.c.id == job_id).values(result=dict(result))
        )

    def ask_cancel(self, job_id: str) -> None:
        """Ask a job to stop at its next step."""
        self._connection.execute(
            _JOB.update().where(_JOB.c.id == job_id).values(is_cancel_asked=True)
        )


def _job(row: sa.Row[Any]) -> Job:
    return Job(
        id=row.id,
        kind=JobKind(row.kind),
        archive=row.archive,
        state=JobState(row.state),
        message=row.message,
        arguments=row.arguments,
        done=row.done,
        total=row.total,
        unit=row.unit,
        error=row.error,
        result=row.result,
        is_cancel_asked=row.is_cancel_asked,
        requested_by=row.requested_by,
        created_at=moment(row.created_at),
        started_at=moment_or_none(row.started_at),
        finished_at=moment_or_none(row.finished_at),
    )
