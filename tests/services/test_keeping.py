"""Files that an archive keeps: fetched ahead by a job that can be watched and cut off."""

from typing import Any

import pytest
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation
from tests.services.parent import MIRROR, pool

from vostok.domain.archive import Keep, Serve
from vostok.domain.job import Job, JobKind, JobState
from vostok.errors import ConflictError, NotAllowedError
from vostok.services.deriving.archive_settings import AskedSettings
from vostok.services.job_log import JobCancelled
from vostok.services.views.keeping import FREE_BYTES_LEFT, storage_warnings


def keep(world: Installation, what: Keep, name: str = "trial") -> Job | None:
    job = world.set(name, keep=what).job
    return None if job is None else world.done(job)


def ended(job: Job | None) -> dict[str, Any]:
    assert job is not None
    assert job.state is JobState.SUCCEEDED, job.message
    return dict(job.result or {})


def wanted(*endings: str) -> set[str]:
    """Files of the parent's amd64 with these endings."""
    return {path for path in pool() if path.endswith(endings) and "_arm64" not in path}


def fetched(world: Installation) -> set[str]:
    asked = {url.removeprefix(f"{MIRROR}/") for url in world.mirror.asked}
    return {path for path in asked if path.startswith("pool/")}


def test_what_the_view_shows_is_fetched_ahead(derived: Installation) -> None:
    result = ended(keep(derived, Keep.VIEW))

    assert fetched(derived) == wanted(".deb")
    assert result["fetched"] == result["files"] == len(wanted(".deb"))
    assert result["fetched_bytes"] == sum(len(pool()[path]) for path in wanted(".deb"))
    assert derived.archive().keep is Keep.VIEW


def test_all_are_the_sources_too(derived: Installation) -> None:
    ended(keep(derived, Keep.ALL))

    assert fetched(derived) == wanted(".deb", ".dsc", ".xz", ".gz", ".bz2")


def test_what_is_needed_is_not_fetched_ahead(derived: Installation) -> None:
    assert keep(derived, Keep.NEEDED) is None
    assert fetched(derived) == set()


def test_done_again_it_fetches_nothing(derived: Installation) -> None:
    keep(derived, Keep.VIEW)
    asked = len(derived.mirror.asked)

    result = ended(keep(derived, Keep.VIEW))

    assert len(derived.mirror.asked) == asked
    assert result["fetched"] == 0
    assert result["absent_files"] == 0


def test_one_that_cannot_be_had_holds_the_others_up_no_more_than_it_must(
    derived: Installation,
) -> None:
    missing = min(wanted(".deb"))
    del derived.mirror.files[f"{MIRROR}/{missing}"]

    result = ended(keep(derived, Keep.VIEW))

    assert result["fetched"] == len(wanted(".deb")) - 1
    assert result["absent_files"] == 1
    assert missing in result["absent"][0]
    with derived.database.read() as transaction:
        assert len(transaction.files.lost()) == 1


def test_an_external_archive_can_keep_its_files(imported: Installation) -> None:
    ended(keep(imported, Keep.VIEW, "debian"))

    assert fetched(imported) == wanted(".deb")


class Cutting:
    """Implements `services.job_runner.Reporter`: the job is cancelled as soon as it tells."""

    def tell(self, *_: object, **__: object) -> None:
        raise JobCancelled


def test_what_was_fetched_counts_also_where_the_fetch_was_cut_off(derived: Installation) -> None:
    before = derived.store.hashes()
    job = derived.set(keep=Keep.VIEW).job
    derived.engine.forget_all()
    [step] = derived.keeping.steps()
    assert job is not None

    with pytest.raises(JobCancelled):
        step.do(job, {}, Cutting())  # type: ignore[arg-type]  # what is told is let go

    here = derived.store.sizes(derived.store.hashes() - before)
    with derived.database.read() as transaction:
        ledger = transaction.quotas.ledger()
    [usage] = [known.usage for known in ledger.archives if known.name == "trial"]
    assert usage.fetched_bytes == sum(here.values()) > 0


def test_a_disk_without_room_for_it_is_left_as_it_is(derived: Installation) -> None:
    derived.store.free = FREE_BYTES_LEFT

    job = keep(derived, Keep.VIEW)

    assert job is not None
    assert job.state is JobState.FAILED
    assert "trial is to keep " in job.message
    assert "the disk has room for 0 beside" in job.message
    assert job.error is not None
    assert job.error["hint"] == "keep less: vostok archive set trial --keep needed; or make room"
    assert not [url for url in derived.mirror.asked if "/pool/" in url]


def test_only_who_may_changes_it_and_only_while_it_is_there(derived: Installation) -> None:
    with pytest.raises(NotAllowedError):
        derived.archive_settings.set(BUILDER, "trial", AskedSettings(keep=Keep.VIEW))
    derived.deleting.request(ADMINISTRATOR, "trial")
    with pytest.raises(ConflictError, match="deleting, not active"):
        derived.set(keep=Keep.VIEW)


def test_what_is_not_named_stays_as_it_was(derived: Installation) -> None:
    derived.set(serve=Serve.REDIRECT)
    derived.set(keep=Keep.VIEW)

    assert derived.archive().serve is Serve.REDIRECT
    assert derived.archive().keep is Keep.VIEW


def test_a_newer_base_is_fetched_without_being_asked_for(derived: Installation) -> None:
    keep(derived, Keep.VIEW)

    assert derived.keeping.submit_due() == 0
    assert derived.keeping.submit_due() == 0
    with derived.database.write() as transaction:  # as a sync would
        job = transaction.jobs.newest("trial")[0]
        assert job.kind is JobKind.FETCH
        archive = transaction.archives.named("trial")
        transaction.archives.set_storage(archive.id, keep=Keep.ALL, serve=archive.serve)
    assert derived.keeping.submit_due() == 1
    assert derived.keeping.submit_due() == 0


def test_a_deletion_stops_what_is_fetched_ahead(derived: Installation) -> None:
    fetch = derived.set(keep=Keep.VIEW).job
    assert fetch is not None
    derived.engine.forget_all()
    deletion = derived.deleting.request(ADMINISTRATOR, "trial")

    assert derived.done(deletion).state is JobState.SUCCEEDED

    derived.engine.run_job(fetch.id, JobKind.FETCH)
    assert fetched(derived) == set()


def test_a_parent_that_moves_is_warned_of(derived: Installation) -> None:
    def warnings() -> list[str]:
        with derived.database.read() as transaction:
            archive = transaction.archives.named("trial")
            suites = transaction.archives.suites(archive.id)
            return storage_warnings(archive, suites, transaction.files.valid_until)

    assert warnings() == []
    with derived.database.engine.begin() as connection:
        connection.exec_driver_sql("update snapshot set valid_until = 1767225600")
    assert ["debian/bookworm has a Valid-Until, 2026-01-01" in line for line in warnings()] == [
        True
    ]
    keep(derived, Keep.VIEW)
    assert warnings() == []
