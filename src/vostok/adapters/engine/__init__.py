"""The job engine: workflows, the threads that take work, and what wakes them."""

from vostok.adapters.engine.wake_pipe import WakePipe
from vostok.adapters.engine.workflows import (
    DbosClientEngine,
    DbosExecutor,
    migrate_job_engine,
)

__all__ = ["DbosClientEngine", "DbosExecutor", "WakePipe", "migrate_job_engine"]
