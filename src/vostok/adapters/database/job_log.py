"""The logs of jobs."""

from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, seconds
from vostok.domain.job_log import JOB_LINES_READ_MAX, JobLine, LineKind, line_text

_JOB = schema.job
_LINE = schema.job_line


class SqlJobLogs:
    """Implements `services.repositories.JobLogs`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

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
        values = {
            _LINE.c.job_id: job_id,
            _LINE.c.kind: kind.value,
            _LINE.c.at: seconds(at),
            _LINE.c.text: line_text(text),
            _LINE.c.done: done,
            _LINE.c.total: total,
            _LINE.c.unit: unit,
        }
        row = sa.select(*(sa.literal(value, column.type) for column, value in values.items()))
        return self._connection.execute(
            _LINE.insert()
            .from_select(list(values), row.where(_JOB.c.id == job_id).select_from(_JOB))
            .returning(_LINE.c.id)
        ).scalar_one_or_none()

    def set_counts(self, number: int, *, done: int, total: int, unit: str) -> None:
        """Note how far the step of a line was when it ended; nothing if the line is gone."""
        self._connection.execute(
            _LINE.update().where(_LINE.c.id == number).values(done=done, total=total, unit=unit)
        )

    def count(self, job_id: str) -> int:
        """How many lines a job has. O(its lines)."""
        return self._connection.execute(
            sa.select(sa.func.count()).select_from(_LINE).where(_LINE.c.job_id == job_id)
        ).scalar_one()

    def end(self, job_id: str) -> int:
        """The number of a job's last line; 0 if it has none."""
        query = sa.select(sa.func.max(_LINE.c.id)).where(_LINE.c.job_id == job_id)
        return self._connection.execute(query).scalar_one() or 0

    def lines(
        self, job_id: str, *, behind: int = 0, rows_max: int = JOB_LINES_READ_MAX
    ) -> list[JobLine]:
        """The lines of a job in order, those behind one. See `services.repositories.JobLogs`."""
        query = (
            sa.select(_LINE)
            .where(_LINE.c.job_id == job_id, _LINE.c.id > behind)
            .order_by(_LINE.c.id)
            .limit(rows_max)
        )
        return [
            JobLine(
                number=row.id,
                at=moment(row.at),
                kind=LineKind(row.kind),
                text=row.text,
                done=row.done,
                total=row.total,
                unit=row.unit,
            )
            for row in self._connection.execute(query)
        ]
