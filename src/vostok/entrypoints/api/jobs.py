"""Routes of jobs."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from vostok.bootstrap import Services
from vostok.documents import JobLineView, JobView
from vostok.domain.job import JobKind, JobState
from vostok.domain.list_filter import ListFilter
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.list_filters import filtered_by
from vostok.entrypoints.api.parameters import Document, Name, NameInPath
from vostok.services.describing.records import job_document, job_line_document


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of jobs."""

    @router.get("/jobs", response_model=list_of("jobs", JobView))
    def jobs(
        who: asker,
        page: Page,
        wanted: Annotated[ListFilter, Depends(filtered_by(kind=JobKind, state=JobState))],
        archive: Name | None = None,
    ) -> Document:
        """All jobs, or those of one archive, of some kinds or in some states, the newest first."""
        behind = page.place("jobs", [float, str])
        found = services.jobs.newest(
            who,
            archive,
            behind=None if behind is None else (float(behind[0]), str(behind[1])),
            count=page.limit + 1,
            kinds=[JobKind(word) for word in sorted(wanted.kinds)] or None,
            states=[JobState(word) for word in sorted(wanted.states)] or None,
            text=wanted.text,
        )
        answer = page.of_sorted("jobs", found, lambda job: [job.created_at.timestamp(), job.id])
        return {**answer, "jobs": [job_document(job) for job in answer["jobs"]]}

    @router.get("/jobs/{job_id}")
    def job(job_id: NameInPath, who: asker) -> JobView:
        """One job."""
        return job_document(services.jobs.show(who, job_id))

    @router.get("/jobs/{job_id}/log", response_model=list_of("lines", JobLineView))
    def job_log(job_id: NameInPath, who: asker, page: Page) -> Document:
        """What a job did, step after step; it grows while the job runs."""
        behind = page.place("lines", [int])
        found = services.jobs.log(
            who, job_id, behind=0 if behind is None else int(behind[0]), count=page.limit + 1
        )
        answer = page.of_sorted("lines", found, lambda line: [line.number])
        return {**answer, "lines": [job_line_document(line) for line in answer["lines"]]}

    @router.post("/jobs/{job_id}/cancellations")
    def cancel_job(job_id: NameInPath, who: asker) -> JobView:
        """Have a job stop at its next step."""
        return job_document(services.jobs.cancel(who, job_id))
