"""kill -9 at work: a process that imports is killed at each of its statements, and goes on."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.test_importing import PACKAGES, SOURCES, USUAL, hello_replaced

from vostok.adapters.database import schema
from vostok.domain.job import JobKind, JobState

STATEMENTS_STEP = 5
STATEMENTS_MAX = 400
COMPARED = (
    "archive", "suite", "snapshot", "snapshot_file", "suite_source", "suite_binary", "suite_udeb",
    "stanza", "source_release", "source_file", "binary_release",
)  # fmt: skip
MOMENTS = {"at", "created_at"}


def rows(world: Installation) -> dict[str, list[str]]:
    """Every row of the tables that an import writes, ids included, moments not."""
    found = {}
    with world.database.engine.connect() as connection:
        for name in COMPARED:
            table = schema.metadata.tables[name]
            columns = [column for column in table.c if column.name not in MOMENTS]
            found[name] = sorted(map(repr, connection.execute(sa.select(*columns))))
    return found


def do(world: Installation, job_id: str, *, killed_at: int | None = None) -> bool:
    """The job, in a process that is killed at a statement; whether it ended before."""
    runner = world.engine.runner
    assert runner is not None
    world.database.engine.dispose()
    child = os.fork()
    if child == 0:
        world.database.engine.dispose(close=False)
        count = 0

        def count_down(*_: object) -> None:
            nonlocal count
            count += 1
            if count == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(world.database.engine, "before_cursor_execute", count_down)
        carry: dict[str, Any] = {}
        for number in range(len(runner.step_names(JobKind.IMPORT))):
            carry = runner.run_step(job_id, number, carry)
        runner.finish(job_id, carry)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0
        return True
    assert os.WTERMSIG(status) == signal.SIGKILL
    return False


def saved_database(world: Installation) -> bytes:
    """All of it, in one file."""
    with world.database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    world.database.engine.dispose()
    return Path(str(world.database.engine.url.database)).read_bytes()


def restore(world: Installation, saved: bytes) -> None:
    """Make the database what it was."""
    world.database.engine.dispose()
    place = Path(str(world.database.engine.url.database))
    place.write_bytes(saved)
    for tail in ("-wal", "-shm"):
        place.with_name(place.name + tail).unlink(missing_ok=True)


@pytest.mark.parametrize("is_second", [False, True], ids=["first import", "second import"])
def test_an_import_killed_at_any_statement_ends_as_an_undisturbed_one(
    empty: Installation,
    is_second: bool,  # noqa: FBT001 - a case
) -> None:
    usual = replace(USUAL, architectures=["amd64", "arm64"])
    if is_second:
        empty.done(empty.importing.request(ADMINISTRATOR, USUAL))
        changed = {
            **hello_replaced(SOURCES, "Version: 1.2-3\n", "Version: 1.2-4\n"),
            **hello_replaced(PACKAGES, "Priority: optional\n", "Priority: extra\n"),
        }
        empty.parent.serve(empty.mirror, changed=changed)
    saved = saved_database(empty)
    empty.done(empty.importing.request(ADMINISTRATOR, usual))
    undisturbed = rows(empty)
    restore(empty, saved)
    before = rows(empty)
    job = empty.importing.request(ADMINISTRATOR, usual)

    kills = 0
    for killed_at in range(1, STATEMENTS_MAX, STATEMENTS_STEP):
        if do(empty, job.id, killed_at=killed_at):
            break
        kills += 1
        assert rows(empty) in (before, undisturbed), "half of it is there"
    ended = empty.jobs.show(ADMINISTRATOR, job.id)

    assert kills > 10
    assert ended.state is JobState.SUCCEEDED, ended.message
    assert rows(empty) == undisturbed
