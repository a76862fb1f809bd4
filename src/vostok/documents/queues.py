"""Documents of the queue."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class WaitingView(TypedDict):
    """Builds of one campaign, or of the uploads into an archive, that wait alike."""

    archive: str
    campaign: int | None
    reason: str
    is_ready: bool
    architecture: str
    state: str
    score: int
    builds: int


class BuildAtWorkView(TypedDict):
    """An attempt that runs."""

    build: int
    archive: str
    source: str
    version: str
    rebuild_no: int
    architecture: str
    state: str
    score: int
    builder: str
    attempt: int
    started_at: str
    seen_at: str


class QueueBuilderView(TypedDict):
    """A builder, when it was last heard of, and what it does as far as the reader may know."""

    name: str
    architectures: list[str]
    seen_at: str | None
    is_present: bool
    state: str
    reason: str | None
    does: BuildAtWorkView | None


class DrainView(TypedDict):
    """How long the queue of one architecture will last."""

    architecture: str
    waiting: int
    running: int
    builders: int
    mean_seconds: float | None
    measured_attempts: int
    seconds: float | None


class QueueView(TypedDict):
    """All of the queue."""

    architectures: list[DrainView]
    waiting: list[WaitingView]
    at_work: list[BuildAtWorkView]
    builders: list[QueueBuilderView]
