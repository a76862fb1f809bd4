"""What the jobs of an archive say that they did, from its parent's import to its deletion."""

import re

from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.access import ANONYMOUS
from vostok.domain.job import Job
from vostok.domain.job_log import LineKind
from vostok.services.deriving.syncing import SyncRequest


def lines(world: Installation, job: Job) -> list[str]:
    return [line.text for line in world.jobs.log(ANONYMOUS, job.id)]


def has(found: list[str], wanted: str) -> bool:
    return any(re.fullmatch(wanted, text) for text in found)


def test_each_kind_of_job_says_step_by_step_with_counts_what_it_did(empty: Installation) -> None:
    world = empty

    job = world.import_parent()
    imported = lines(world, job)
    [sources] = [
        line for line in world.jobs.log(ANONYMOUS, job.id) if "main/source/Sources" in line.text
    ]
    derived = lines(world, world.derive(selection="hello"))
    change = SyncRequest(archive="trial", selection="all")
    synced = lines(world, world.done(world.syncing.request(ADMINISTRATOR, change)))
    world.rebuild("hello")
    prepared = lines(world, world.jobs.newest(ADMINISTRATOR, "trial")[0])
    published = lines(world, world.publish())
    deleted = lines(world, world.done(world.deleting.request(ADMINISTRATOR, "trial")))

    logs = [imported, derived, synced, prepared, published, deleted]
    assert [log[0] for log in logs] == ["began"] * len(logs)
    assert has(imported, r"read InRelease of bookworm, of \d{4}-\d\d-\d\d \d\d:\d\d UTC")
    assert has(imported, r"reading main/source/Sources.* of debian/bookworm")
    assert sources.unit == "stanzas"
    assert sources.done == sources.total > 0
    assert has(imported, r"stored snapshot 1 of bookworm: [1-9]\d* sources, [1-9]\d* binaries")
    assert has(derived, r"takes 1 source of 1 parent")
    assert has(derived, r"wrote publication 1: [1-9]\d* files of indices")
    assert has(synced, r"decided about each source: [1-9]\d* come new from a parent, .*")
    assert has(prepared, r"builds see edition \d+ of derivation 2")
    assert has(prepared, r"campaign 1 of trial: its builds may start")
    assert has(published, r"publication 2 of trial shows all of it already")
    assert has(deleted, r"deleting its rows")
    assert not [text for log in logs[1:] for text in log if "debian" in text]
    assert deleted[-1].startswith("trial is deleted: ")


def test_an_import_that_brings_nothing_new_says_so(imported: Installation) -> None:
    again = imported.import_parent()

    log = imported.jobs.log(ANONYMOUS, again.id)
    assert has([line.text for line in log], r".*: as the newest snapshot")
    assert not has([line.text for line in log], r"reading main/.*")
    assert (log[-1].kind, log[-1].text) == (LineKind.ENDED, again.message)


def test_a_derivation_that_is_done_within_its_request_has_a_log_too(
    imported: Installation,
) -> None:
    job = imported.derive()

    told = [line.text for line in imported.jobs.log(ANONYMOUS, job.id)]
    assert told[0] == "began"
    assert has(told[1:2], r"takes [1-9]\d* sources of 1 parent")
    assert told[2:] == [job.message]
