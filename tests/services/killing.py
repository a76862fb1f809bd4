"""A process that does a job and is killed at a statement, and the database around it."""

import os
import signal
from collections.abc import Collection
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.services.installation import Installation

from vostok.adapters.database import schema
from vostok.domain.job import JobKind


def do(world: Installation, job_id: str, kind: JobKind, *, killed_at: int) -> bool:
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
        for number in range(len(runner.step_names(kind))):
            carry = runner.run_step(job_id, number, carry)
        runner.finish(job_id, carry)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0
        return True
    assert os.WTERMSIG(status) == signal.SIGKILL
    return False


def all_rows(
    world: Installation, *, but: Collection[str], but_columns: Collection[str]
) -> dict[str, list[str]]:
    """Every row of every table, ids included, as text.

    Args:
        world: whose database it is.
        but: tables that are left out.
        but_columns: columns of any table that are, as `column` or `table.column`.
    """
    found = {}
    with world.database.engine.connect() as connection:
        for table in schema.metadata.sorted_tables:
            if table.name in but:
                continue
            columns = [
                column
                for column in table.c
                if column.name not in but_columns
                and f"{table.name}.{column.name}" not in but_columns
            ]
            found[table.name] = sorted(map(repr, connection.execute(sa.select(*columns))))
    return found


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
