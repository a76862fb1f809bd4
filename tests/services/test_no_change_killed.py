"""kill -9 at work: a process that makes no-change sources is killed at each of its statements."""

import hashlib
from pathlib import Path

import sqlalchemy as sa
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.killing import do, restore, saved_database

from vostok.adapters.database import schema
from vostok.domain.job import JobKind, JobState
from vostok.services.rebuilding.planning import RebuildRequest

STATEMENTS_MAX = 400
STATEMENTS_STEP = 3
COMPARED = ("campaign", "build", "event", "delta_source", "source_release", "source_file")
MOMENTS = {"at", "created_at", "estimate"}
"""Estimates are of the moment, too: of what was built until then."""

REQUEST = RebuildRequest(
    archive="trial", selection="hello,libfoo", reason="a test", is_no_change=True
)


def rows(world: Installation) -> dict[str, list[str]]:
    """Every row that making sources writes, ids included, moments not."""
    found = {}
    with world.database.engine.connect() as connection:
        for name in COMPARED:
            table = schema.metadata.tables[name]
            columns = [column for column in table.c if column.name not in MOMENTS]
            found[name] = sorted(map(repr, connection.execute(sa.select(*columns))))
    return found


def check_whole(world: Installation) -> None:
    """Every source that a build was given has all its files, with the bytes that it names."""
    with world.database.read() as transaction:
        archive = transaction.archives.named("trial")
        given = {b.new_source_id for b in transaction.builds.unfinished(archive.id)} - {None}
        for source_id in given:
            assert source_id is not None
            for name, size, sha256 in transaction.packages.source_files(source_id):
                content = world.store.path(sha256).read_bytes()
                assert (len(content), hashlib.sha256(content).hexdigest()) == (size, sha256), name


def test_sources_made_by_a_process_that_is_killed_at_any_statement_are_those_of_an_undisturbed_one(
    derived: Installation,
) -> None:
    files = Path(str(derived.database.engine.url.database)).with_name("files")
    campaign, job, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    asked = saved_database(derived)
    kept = set(files.iterdir())
    assert derived.done(job).state is JobState.SUCCEEDED
    undisturbed = rows(derived)
    made = {b.new_source_id for b in derived.builds_of(campaign)}
    restore(derived, asked)
    for path in set(files.iterdir()) - kept:
        path.unlink()

    kills = 0
    for killed_at in range(1, STATEMENTS_MAX, STATEMENTS_STEP):
        if do(derived, job.id, JobKind.PREPARE_CAMPAIGN, killed_at=killed_at):
            break
        check_whole(derived)
        kills += 1

    assert kills > 10
    assert None not in made
    assert len(made) == 2
    assert derived.jobs.show(ADMINISTRATOR, job.id).state is JobState.SUCCEEDED
    assert rows(derived) == undisturbed
    check_whole(derived)
