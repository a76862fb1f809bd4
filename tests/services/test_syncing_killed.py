"""kill -9 at work: a process that syncs is killed at each of its statements, and goes on."""

import sqlalchemy as sa
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.killing import do, restore, saved_database
from tests.services.test_importing import PACKAGES, SOURCES, USUAL, hello_replaced

from vostok.adapters.database import schema
from vostok.domain.job import JobKind, JobState
from vostok.services.syncing import SyncRequest

STATEMENTS_MAX = 400
STATEMENTS_STEP = 3
COMPARED = (
    "suite", "derivation", "derivation_parent", "taken_source", "pinned_source", "removed_source",
    "sync_decision", "suite_source", "suite_binary", "delta_source", "delta_binary",
    "publication_pool",
)  # fmt: skip
MOMENTS = {"at", "edition_at"}
NAMES_OF_JOBS = {"reason"}


def rows(world: Installation) -> dict[str, list[str]]:
    """Every row that a sync writes, ids included, moments and the job's name not."""
    found = {}
    with world.database.engine.connect() as connection:
        for name in COMPARED:
            table = schema.metadata.tables[name]
            columns = [c for c in table.c if c.name not in MOMENTS | NAMES_OF_JOBS]
            found[name] = sorted(map(repr, connection.execute(sa.select(*columns))))
        found["publications"] = [
            str(count) for count in connection.execute(
                sa.select(sa.func.count()).select_from(schema.publication)
            ).scalars()
        ]  # fmt: skip
    return found


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
