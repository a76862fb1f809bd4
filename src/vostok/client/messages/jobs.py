"""What the API says of jobs: its documents."""

from vostok.documents.jobs import JobError, JobResult
from vostok.documents.jobs import JobLineView as JobLine
from vostok.documents.jobs import JobView as Job
from vostok.documents.jobs import ProgressView as Progress

__all__ = ["Job", "JobError", "JobId", "JobLine", "JobResult", "Progress"]

JobId = int | str
