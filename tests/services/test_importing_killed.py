"""kill -9 at work: a process that imports is killed at each of its statements, and goes on."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.killing import do, restore, saved_database
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
        if do(empty, job.id, JobKind.IMPORT, killed_at=killed_at):
            break
        kills += 1
        assert rows(empty) in (before, undisturbed), "half of it is there"
    ended = empty.jobs.show(ADMINISTRATOR, job.id)

    assert kills > 10
    assert ended.state is JobState.SUCCEEDED, ended.message
    assert rows(empty) == undisturbed
