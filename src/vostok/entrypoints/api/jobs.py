"""Routes of jobs."""

from typing import Any

from fastapi import APIRouter

from vostok.bootstrap import Services
from vostok.entrypoints.api.parameters import Name, NameInPath
from vostok.services.describing import job_document
from vostok.services.documents import JobView


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of jobs."""

    @router.get("/jobs")
    def jobs(who: asker, archive: Name | None = None) -> dict[str, list[JobView]]:
        """The newest jobs."""
        return {"jobs": services.overview.seen_by(who).jobs(archive)}

    @router.get("/jobs/{job_id}")
    def job(job_id: NameInPath, who: asker) -> JobView:
        """One job."""
        return job_document(services.jobs.show(who, job_id))

    @router.post("/jobs/{job_id}/cancel")
    def cancel_job(job_id: NameInPath, who: asker) -> JobView:
        """Have a job stop at its next step."""
        return job_document(services.jobs.cancel(who, job_id))
