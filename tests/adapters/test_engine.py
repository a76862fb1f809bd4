"""What the engine is asked for within a transaction happens if, and only if, that commits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from vostok.adapters.database import SqlDatabase, create_engine
from vostok.adapters.engine import DbosClientEngine
from vostok.adapters.engine.wake_pipe import WakePipe
from vostok.bootstrap import prepare_database
from vostok.config import load_settings
from vostok.domain.job import JobKind


class RolledBackError(Exception):
    """Ends a transaction without a commit."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlDatabase]:
    settings = load_settings({"data_root": tmp_path}, environment={})
    prepare_database(settings)
    engine = create_engine(settings.database)
    yield SqlDatabase(engine)
    engine.dispose()


class CountedWakes(WakePipe):
    """Counts who would have been woken."""

    def __init__(self) -> None:
        self.count = 0

    def wake(self) -> None:
        self.count += 1


@pytest.fixture
def wakes() -> CountedWakes:
    return CountedWakes()


@pytest.fixture
def engine(database: SqlDatabase, wakes: CountedWakes) -> DbosClientEngine:
    return DbosClientEngine(str(database.engine.url), wakes)


def waiting(database: SqlDatabase) -> dict[str, str]:
    """The workflows that the engine knows of: id -> status."""
    with database.engine.connect() as connection:
        rows = connection.execute(sa.text("select workflow_uuid, status from workflow_status"))
        return {row.workflow_uuid: row.status for row in rows}


def test_what_was_asked_for_is_there_after_the_commit_and_wakes_the_executor(
    database: SqlDatabase, engine: DbosClientEngine, wakes: CountedWakes
) -> None:
    with database.write() as transaction:
        engine.enqueue_job(transaction, job_id="j1", kind=JobKind.IMPORT, partition="debian")
        engine.start_attempt(transaction, 7)
        before = waiting(database), wakes.count

    assert before == ({}, 0)
    assert wakes.count == len(["j1", "attempt 7"])
    assert waiting(database) == {"job-j1": "ENQUEUED", "attempt-7": "ENQUEUED"}


def test_what_was_asked_for_in_a_transaction_that_failed_never_was(
    database: SqlDatabase, engine: DbosClientEngine, wakes: CountedWakes
) -> None:
    def fail() -> None:
        with database.write() as transaction:
            engine.enqueue_job(transaction, job_id="j1", kind=JobKind.DELETE, partition="trial")
            engine.start_attempt(transaction, 7)
            raise RolledBackError

    with pytest.raises(RolledBackError):
        fail()

    assert wakes.count == 0
    assert waiting(database) == {}


def test_a_message_to_an_attempt_waits_for_it_once_committed(
    database: SqlDatabase, engine: DbosClientEngine
) -> None:
    with database.write() as transaction:
        engine.start_attempt(transaction, 7)
    with database.write() as transaction:
        engine.tell_attempt(transaction, 7, "result")

    with database.engine.connect() as connection:
        told = connection.execute(
            sa.text("select destination_uuid, topic from notifications")
        ).all()
    assert [tuple(row) for row in told] == [("attempt-7", "attempt")]


def test_the_jobs_of_a_deleted_archive_are_forgotten_those_that_have_ended(
    database: SqlDatabase, engine: DbosClientEngine
) -> None:
    with database.write() as transaction:
        for job_id in ("ended", "waiting"):
            engine.enqueue_job(transaction, job_id=job_id, kind=JobKind.IMPORT, partition="trial")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "update workflow_status set status = 'SUCCESS' where workflow_uuid = 'job-ended'"
        )

    engine.forget_jobs(["ended", "waiting", "never was"])

    assert waiting(database) == {"job-waiting": "ENQUEUED"}


def test_work_that_may_take_days_has_a_queue_of_its_own(
    database: SqlDatabase, engine: DbosClientEngine
) -> None:
    with database.write() as transaction:
        for kind in (JobKind.PUBLISH, JobKind.FETCH):
            engine.enqueue_job(transaction, job_id=kind, kind=kind, partition="trial")

    with database.engine.connect() as connection:
        queues = connection.exec_driver_sql("select distinct queue_name from workflow_status")
        assert len(queues.all()) == 2
