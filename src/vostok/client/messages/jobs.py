"""What the API says of jobs."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

JobId = int | str


class Progress(TypedDict):
    """How far a job is; `total` is None while it is not known."""

    done: int
    total: int | None
    unit: str


class JobError(TypedDict):
    """Why a job failed."""

    kind: str
    message: str
    hint: str | None


class Job(TypedDict):
    """Long work that the server does."""

    id: JobId
    kind: str
    archive: str | None
    state: str
    message: str | None
    progress: Progress | None
    error: JobError | None
    result: NotRequired[dict[str, object] | None]
    requested_by: str
    created_at: str
    started_at: str | None
    finished_at: str | None
