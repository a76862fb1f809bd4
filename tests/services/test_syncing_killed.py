"""kill -9 at work: a process that syncs is killed at each of its statements, and goes on."""

from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.killing import all_rows, do, restore, saved_database
from tests.services.test_importing import PACKAGES, SOURCES, USUAL, hello_replaced

from vostok.domain.job import JobKind, JobState
from vostok.services.deriving.syncing import SyncRequest

STATEMENTS_MAX = 400
STATEMENTS_STEP = 3
OF_JOBS = {"job", "job_line", "request_key", "audit_entry"}
"""Tables that name the job."""
MOMENTS = {"at", "edition_at", "created_at"}
NAMES_OF_JOBS = {"derivation.reason"}
DATED = {"publication_file.sha256", "publication_file.size"}
"""Those of Release files, which have a date in them."""


def rows(world: Installation) -> dict[str, list[str]]:
    """Every row but for those that name the job; moments and a job's name are left out."""
    return all_rows(world, but=OF_JOBS, but_columns=MOMENTS | NAMES_OF_JOBS | DATED)


def test_a_sync_killed_at_any_statement_ends_as_an_undisturbed_one(derived: Installation) -> None:
    changed = {
        **hello_replaced(SOURCES, "Version: 1.2-3\n", "Version: 1.2-4\n"),
        **hello_replaced(PACKAGES, "Version: 1.2-3\n", "Version: 1.2-4\n"),
    }
    derived.parent.serve(derived.mirror, changed=changed)
    derived.done(derived.importing.request(ADMINISTRATOR, USUAL))
    wanted = SyncRequest(archive="trial", moves=True, hold="indep")
    saved = saved_database(derived)
    derived.done(derived.syncing.request(ADMINISTRATOR, wanted))
    undisturbed = rows(derived)
    restore(derived, saved)
    job = derived.syncing.request(ADMINISTRATOR, wanted)

    kills = 0
    for killed_at in range(1, STATEMENTS_MAX, STATEMENTS_STEP):
        if do(derived, job.id, JobKind.SYNC, killed_at=killed_at):
            break
        kills += 1
    ended = derived.jobs.show(ADMINISTRATOR, job.id)

    assert kills > 10
    assert ended.state is JobState.SUCCEEDED, ended.message
    assert rows(derived) == undisturbed
    assert len(undisturbed["derivation"]) == 2
