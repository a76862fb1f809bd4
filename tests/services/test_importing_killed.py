"""kill -9 at work: a process that imports is killed at each of its statements, and goes on."""

from dataclasses import replace

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.killing import all_rows, do, restore, saved_database
from tests.services.test_importing import PACKAGES, SOURCES, USUAL, hello_replaced

from vostok.domain.job import JobKind, JobState

STATEMENTS_STEP = 5
STATEMENTS_MAX = 400
OF_SNAPSHOTS = (
    "archive", "suite", "snapshot", "snapshot_file", "suite_source", "suite_binary", "suite_udeb",
    "stanza", "source_release", "source_file", "binary_release",
)  # fmt: skip
"""Tables that change together."""
MOMENTS = {"at", "created_at"}
OF_JOBS = {"job", "job_line", "request_key", "audit_entry"}
"""Tables that name the job."""


def rows(world: Installation) -> dict[str, list[str]]:
    """Every row but for those that name the job, moments left out."""
    return all_rows(world, but=OF_JOBS, but_columns=MOMENTS)


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

    changing = {name for name in before if before[name] != undisturbed[name]}
    kills = 0
    for killed_at in range(1, STATEMENTS_MAX, STATEMENTS_STEP):
        if do(empty, job.id, JobKind.IMPORT, killed_at=killed_at):
            break
        kills += 1
        there = rows(empty)
        assert all(there[name] in (before[name], undisturbed[name]) for name in there)
        assert len({there[name] == before[name] for name in OF_SNAPSHOTS if name in changing}) == 1
    ended = empty.jobs.show(ADMINISTRATOR, job.id)

    assert kills > 10
    assert ended.state is JobState.SUCCEEDED, ended.message
    assert rows(empty) == undisturbed
