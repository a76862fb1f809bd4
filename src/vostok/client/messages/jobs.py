"""What the API says of jobs: its documents."""

from vostok.documents.jobs import JobError, JobResult
from vostok.documents.jobs import JobView as Job
from vostok.documents.jobs import ProgressView as Progress

__all__ = ["Job", "JobError", "JobId", "JobResult", "Progress"]

JobId = int | str
