"""A job: long work that was accepted, is done step by step, and is remembered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

JOBS_LISTED = 500
"""Of the newest, unless another number is asked for."""


class JobKind(StrEnum):
    """What kind of long work."""

    IMPORT = "import"
    DERIVE = "derive"
    PREPARE_CAMPAIGN = "prepare-campaign"
    PREPARE_TOOLCHAIN = "prepare-toolchain"
    PUBLISH = "publish"
    SYNC = "sync"
    DELETE = "delete"
    PREPARE_GRAPHS = "prepare-graphs"
    FETCH = "fetch"
    STORE_STATS = "store-stats"
    STORE_VERIFY = "store-verify"
    STORE_COLLECT = "store-collect"


LONG_KINDS = frozenset(
    {
        JobKind.PREPARE_GRAPHS,
        JobKind.FETCH,
        JobKind.STORE_STATS,
        JobKind.STORE_VERIFY,
        JobKind.STORE_COLLECT,
    }
)
"""Work that holds up no other work of its archive: it may take days, or nobody waits for it."""


STORE_KINDS = frozenset({JobKind.STORE_STATS, JobKind.STORE_VERIFY, JobKind.STORE_COLLECT})
"""Work on the store, which is of all archives at once."""


LOOKING_KINDS = frozenset({JobKind.PREPARE_GRAPHS, JobKind.STORE_STATS})
"""Work that changes nothing that anybody sees: the audit log does not tell how it ended."""


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED_STATES = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of long work, as its asker sees it."""

    id: str
    kind: JobKind
    archive: str | None
    state: JobState
    message: str
    arguments: dict[str, object]
    done: int
    total: int
    unit: str
    error: dict[str, str | None] | None
    result: dict[str, object] | None
    is_cancel_asked: bool
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
