"""Routes of jobs."""

from typing import Any

from fastapi import APIRouter

from vostok.bootstrap import Services
from vostok.entrypoints.api.cursors import Page, list_of
from vostok.entrypoints.api.parameters import Document, Name, NameInPath
from vostok.services.describing import job_document
from vostok.services.documents import JobView


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of jobs."""

    @router.get("/jobs", response_model=list_of("jobs", JobView))
    def jobs(who: asker, page: Page, archive: Name | None = None) -> Document:
        """All jobs, or those of one archive, the newest first."""
        behind = page.place("jobs", [float, str])
        found = services.jobs.newest(
            who,
            archive,
            behind=None if behind is None else (float(behind[0]), str(behind[1])),
            count=page.limit + 1,
        )
        answer = page.of_sorted("jobs", found, lambda job: [job.created_at.timestamp(), job.id])
        return {**answer, "jobs": [job_document(job) for job in answer["jobs"]]}

    @router.get("/jobs/{job_id}")
    def job(job_id: NameInPath, who: asker) -> JobView:
        """One job."""
        return job_document(services.jobs.show(who, job_id))

    @router.post("/jobs/{job_id}/cancel")
    def cancel_job(job_id: NameInPath, who: asker) -> JobView:
        """Have a job stop at its next step."""
        return job_document(services.jobs.cancel(who, job_id))
