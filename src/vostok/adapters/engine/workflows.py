"""The job engine: DBOS Transact, kept in this package.

Builds are rows of ours; the engine owns each attempt's wait and every long job. Only its free,
MIT-licensed parts are used.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig

from vostok.adapters.engine.queue_workers import QueueWorkers
from vostok.adapters.engine.wake_pipe import WakePipe
from vostok.domain.job import LONG_KINDS, JobKind
from vostok.services.building.settling import SettleService
from vostok.services.job_runner import JobRunner
from vostok.services.ports import Clock
from vostok.services.repositories import Transaction

APPLICATION = "vostok"
APPLICATION_VERSION = "1"
JOB_QUEUE = "vostok-jobs"
LONG_QUEUE = "vostok-long-jobs"
ATTEMPT_QUEUE = "vostok-attempts"
TOPIC = "attempt"
JOBS_AT_ONCE = 4
LONG_JOBS_AT_ONCE = 2
ATTEMPTS_AT_ONCE_MAX = 2_000
MESSAGE_WAIT_SECONDS = 6 * 3600
MESSAGES_MAX = 10_000
POLLING_SECONDS = 0.3
QUEUE_POLLING_SECONDS = 1.0
"""Of queues: only where whoever asks for work cannot wake the executor, it waits so long."""
ENDED_KEPT = timedelta(days=7)
ENDED_REMOVED_AT_ONCE_MAX = 1_000
CLEANING_SECONDS = 3_600.0
OVERDUE_SWEEPS = 16
"""Sweeps of silence after which an attempt's own workflow is taken for broken: four leases."""

log = structlog.get_logger()


def migrate_job_engine(url: str) -> None:
    """Make or update the engine's own tables. Repeating it does nothing.

    The client never does it, so without this a server that was started before the first executor
    could take no job.
    """
    DBOS.migrate(url)


class DbosClientEngine:
    """Implements `services.ports.JobEngine`; for every process that asks for work."""

    def __init__(self, url: str, wake_pipe: WakePipe) -> None:
        self._wake_pipe = wake_pipe
        self._client = DBOSClient(system_database_url=url, application_name=APPLICATION)

    def enqueue_job(
        self, transaction: Transaction, *, job_id: str, kind: JobKind, partition: str
    ) -> None:
        """Have a job done, once the transaction commits."""
        self._client.enqueue_in_transaction(
            _connection(transaction),
            {
                "workflow_name": "run_job",
                "queue_name": LONG_QUEUE if kind in LONG_KINDS else JOB_QUEUE,
                "workflow_id": f"job-{job_id}",
                "queue_partition_key": partition,
                "app_version": APPLICATION_VERSION,
            },
            job_id,
            str(kind),
        )
        _once_committed(transaction, self._wake_pipe.wake)

    def forget_jobs(self, job_ids: Sequence[str]) -> None:
        """Forget jobs that have ended. One that still runs is swept away later, as all are."""
        ended = self._client.list_workflows(
            workflow_ids=[f"job-{job_id}" for job_id in job_ids],
            status=["SUCCESS", "ERROR", "CANCELLED"],
            load_input=False,
            load_output=False,
        )
        if ended:
            self._client.delete_workflows([workflow.workflow_id for workflow in ended])

    def start_attempt(self, transaction: Transaction, attempt_id: int) -> None:
        """Have an attempt waited for, once the transaction commits."""
        self._client.enqueue_in_transaction(
            _connection(transaction),
            {
                "workflow_name": "run_attempt",
                "queue_name": ATTEMPT_QUEUE,
                "workflow_id": _attempt_workflow(attempt_id),
                "app_version": APPLICATION_VERSION,
            },
            attempt_id,
        )
        _once_committed(transaction, self._wake_pipe.wake)

    def tell_attempt(self, transaction: Transaction, attempt_id: int, message: str) -> None:
        """Wake who waits for an attempt, once the transaction commits."""
        self._client.send_in_transaction(
            _connection(transaction), _attempt_workflow(attempt_id), message, TOPIC
        )


def _connection(transaction: Transaction) -> sa.Connection:
    holder: Any = transaction
    connection: sa.Connection = holder.connection
    return connection


def _once_committed(transaction: Transaction, call: Callable[[], None]) -> None:
    holder: Any = transaction
    calls: list[Callable[[], None]] = holder.once_committed
    calls.append(call)


def _attempt_workflow(attempt_id: int) -> str:
    return f"attempt-{attempt_id}"


class DbosExecutor:
    """Runs jobs and attempts. One process on a machine is one executor, with a fixed id.

    The id is fixed so that after a crash the next process of the same id goes on with what the
    former one had begun.
    """

    def __init__(  # noqa: PLR0913 - what it calls
        self,
        url: str,
        *,
        wake_pipe: WakePipe,
        executor_id: str,
        runner: JobRunner,
        settling: SettleService,
        sweep: Callable[[], int],
        sweep_seconds: float,
        submit_due: Callable[[], int],
        tidy: Callable[[], object],
        clock: Clock,
    ) -> None:
        self._sweep = sweep
        self._submit_due = submit_due
        self._tidy = tidy
        self._settling = settling
        self._sweep_seconds = sweep_seconds
        self._clock = clock
        self._stopping = threading.Event()
        self._wake_pipe = wake_pipe
        self._workers = QueueWorkers()
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": url,
            "executor_id": executor_id,
            "application_version": APPLICATION_VERSION,
            "log_level": "ERROR",
            "notification_listener_polling_interval_sec": POLLING_SECONDS,
        }
        self._engine = DBOS(config=config)
        _register_jobs(runner, self._workers.wake)
        _register_attempts(settling)

    def start(self) -> None:
        """Take up what a former process left, then new work."""
        DBOS.listen_queues([])
        DBOS.launch()
        DBOS.register_queue(
            JOB_QUEUE,
            worker_concurrency=JOBS_AT_ONCE,
            partition_concurrency=1,
            polling_interval_sec=QUEUE_POLLING_SECONDS,
        )
        DBOS.register_queue(
            LONG_QUEUE,
            worker_concurrency=LONG_JOBS_AT_ONCE,
            partition_concurrency=1,
            polling_interval_sec=QUEUE_POLLING_SECONDS,
        )
        DBOS.register_queue(
            ATTEMPT_QUEUE,
            worker_concurrency=ATTEMPTS_AT_ONCE_MAX,
            polling_interval_sec=QUEUE_POLLING_SECONDS,
        )
        self._workers.start(self._engine, (JOB_QUEUE, LONG_QUEUE, ATTEMPT_QUEUE))
        threading.Thread(target=self._listen, name="wake-pipe", daemon=True).start()
        threading.Thread(target=self._sweep_forever, name="sweep", daemon=True).start()

    def stop(self) -> None:
        """Take no more work. Steps under way are done again by the next process."""
        self._stopping.set()
        self._workers.stop()
        DBOS.destroy(workflow_completion_timeout_sec=0)

    def _listen(self) -> None:
        try:
            self._wake_pipe.listen(self._workers.wake)
        except OSError:  # this loop owns the pipe; without it queues are looked at by the clock
            log.exception("nobody can wake the executor; it looks for work every second")

    def _sweep_forever(self) -> None:
        cleaned_at = time.monotonic()
        silence = timedelta(seconds=self._sweep_seconds * OVERDUE_SWEEPS)
        while not self._stopping.wait(self._sweep_seconds):
            try:
                overdue = self._settling.settle_overdue(silence)
                if overdue:
                    log.error("attempts that nobody waited for were settled", attempts=overdue)
                lost = self._sweep()
                self._submit_due()
                if time.monotonic() - cleaned_at > CLEANING_SECONDS:
                    cleaned_at = time.monotonic()
                    _forget_ended(self._clock.now() - ENDED_KEPT)
                    self._tidy()
            except Exception:  # this loop owns the sweep: without it lost builders go unnoticed
                log.exception("the sweep for lost builders failed; it is tried again")
            else:
                if lost:
                    log.warning("builders were lost", attempts=lost)


def _register_jobs(runner: JobRunner, wake: Callable[[], None]) -> None:
    @DBOS.workflow(name="run_job")
    def run_job(job_id: str, kind: str) -> None:
        carry: dict[str, Any] = {}
        try:
            for number, name in enumerate(runner.step_names(JobKind(kind))):
                carry = DBOS.run_step({"name": name}, runner.run_step, job_id, number, carry)
                if {"error", "cancelled", "ended"} & carry.keys():
                    break
            DBOS.run_step({"name": "finish"}, runner.finish, job_id, carry)
        except Exception as error:  # this loop owns the job: the fault is recorded with it
            log.exception("a job ended in a fault", job=job_id)
            runner.crash(job_id, f"{type(error).__name__}: {error}")
        finally:
            wake()  # the next of its archive may be waiting for this one's end


def _register_attempts(settling: SettleService) -> None:
    @DBOS.workflow(name="run_attempt")
    async def run_attempt(attempt_id: int) -> None:
        for _ in range(MESSAGES_MAX):
            message = await DBOS.recv_async(TOPIC, timeout_seconds=MESSAGE_WAIT_SECONDS)
            if message is None:
                continue
            if await DBOS.run_step_async({"name": "settle"}, settle, attempt_id, message):
                return

    async def settle(attempt_id: int, message: str) -> bool:
        try:
            return await asyncio.to_thread(settling.settle, attempt_id, message)
        except Exception as error:  # this loop owns the attempt: its build says what happened
            log.exception("an attempt ended in a fault", attempt=attempt_id)
            await asyncio.to_thread(settling.crash, attempt_id, type(error).__name__)
            return True


def _forget_ended(before: datetime) -> None:
    """Remove the engine's rows of what ended long ago; ours say what became of it."""
    ended = DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=before.isoformat(),
        limit=ENDED_REMOVED_AT_ONCE_MAX,
        load_input=False,
        load_output=False,
    )
    if ended:
        DBOS.delete_workflows([workflow.workflow_id for workflow in ended])
