"""Documents of jobs."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class ProgressView(TypedDict):
    """How far a job is; `total` is None or 0 while it is not known."""

    done: int
    total: int | None
    unit: NotRequired[str]


class JobError(TypedDict):
    """Why a job failed."""

    kind: str
    message: str
    hint: NotRequired[str | None]


class JobResult(TypedDict, total=False):
    """What came of a job in one sentence; the other keys are those of its kind.

    Of one that counted, verified or collected what is stored: as of the store's operations.
    """

    __pydantic_config__ = {"extra": "allow"}  # type: ignore[misc]  # noqa: RUF012 - pydantic's

    message: str


class JobView(TypedDict):
    """Work that takes long."""

    id: str | int
    kind: str
    state: str
    archive: NotRequired[str | None]
    message: NotRequired[str | None]
    progress: NotRequired[ProgressView | None]
    error: NotRequired[JobError | None]
    result: NotRequired[JobResult | None]
    requested_by: NotRequired[str]
    created_at: NotRequired[str | None]
    started_at: NotRequired[str | None]
    finished_at: NotRequired[str | None]


class JobLineView(TypedDict):
    """A line of a job's log.

    `kind` is one of `began`, `step` (something that took its time), `fact` (what was found or
    done), `resumed` (another process took it up), `left-out` (the log is full) and `ended`.
    `progress` is that of a step that counted, when it ended; of one that goes on, see the job's.
    """

    number: int
    at: str
    kind: str
    text: str
    progress: ProgressView | None
