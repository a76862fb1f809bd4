"""Deleting an archive: everything of its own goes, the rest stays, however often it is cut off."""

from typing import Any

import pytest
import sqlalchemy as sa
from tests.fakes import FakeSigner
from tests.services.build_machine import BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation
from tests.services.parent import SUITE

from vostok.adapters.database import schema
from vostok.domain.access import ANONYMOUS
from vostok.domain.attempt import Outcome
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.toolchain import parse_spec
from vostok.errors import ConflictError, GoneError, NotAllowedError, NotFoundError
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.space.deleting import TOMBSTONE_DAYS

KEPT_TABLES = {
    "job", "job_line", "token", "builder", "alembic_version", "tombstone", "installed_package",
    "audit_entry", "mail_address", "letter",
}  # fmt: skip
"""What names no archive, or outlives them: packages of environments are noted once for all."""


def table_sizes(world: Installation) -> dict[str, int]:
    """How many rows each table has, jobs and tokens apart."""
    with world.database.engine.connect() as connection:
        return {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in schema.metadata.sorted_tables
            if table.name not in KEPT_TABLES
        }


def keys_of(world: Installation) -> dict[str, str]:
    assert isinstance(world.signer, FakeSigner)
    return world.signer.keys


def live_through_much(world: Installation) -> None:
    """Builds with logs, a failure, a waiting one, a chosen compiler."""
    machine = BuildMachine(world)
    world.rebuild("hello,indep,only,libfoo")
    claim = machine.claim()
    world.builds.append_log(machine.attempt(claim), offset=0, data=b"a log\n")
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)
    world.engine.run_all()
    machine.build_next()
    machine.report(machine.claim(), Outcome.FAILED)
    world.engine.run_all()


def rows_naming(world: Installation, name: str) -> dict[str, int]:
    """How many rows of each table hold a name in their text."""
    with world.database.engine.connect() as connection:
        counts = {
            table.name: sum(name in repr(row) for row in connection.execute(sa.select(table)))
            for table in schema.metadata.sorted_tables
        }
    return {table: count for table, count in counts.items() if count}


def unfinished(world: Installation) -> list[int]:
    with world.database.read() as transaction:
        return [build.id for build in transaction.builds.unfinished(world.archive().id)]


def delete(world: Installation, name: str = "trial") -> Job:
    return world.done(world.deleting.request(ADMINISTRATOR, name))


@pytest.fixture
def lived(imported: Installation) -> Installation:
    imported.toolchains.create(ADMINISTRATOR, "gcc-11", parse_spec(compilers={"gcc": "gcc-11"}))
    imported.derive(toolchain="gcc-11")
    live_through_much(imported)
    return imported


def parents_files(world: Installation) -> frozenset[str]:
    """Hashes of all files that the parent's own rows name."""
    with world.database.engine.connect() as connection:
        members, sources = schema.suite_binary, schema.suite_source
        binaries = sa.select(schema.binary_release.c.sha256).join(
            members, members.c.package_id == schema.binary_release.c.id
        )
        files = sa.select(schema.source_file.c.sha256).join(
            sources, sources.c.package_id == schema.source_file.c.source_id
        )
        indices = sa.select(schema.snapshot_file.c.sha256)
        return frozenset(connection.execute(sa.union(binaries, files, indices)).scalars())


def test_everything_that_was_its_own_is_gone(imported: Installation) -> None:
    imported.toolchains.create(ADMINISTRATOR, "gcc-11", parse_spec(compilers={"gcc": "gcc-11"}))
    before = table_sizes(imported)
    imported.derive(toolchain="gcc-11")
    live_through_much(imported)

    job = delete(imported)

    assert job.state is JobState.SUCCEEDED
    assert table_sizes(imported) == before
    assert imported.store.hashes() <= parents_files(imported)
    assert imported.logs.logs == {}
    assert keys_of(imported) == {}
    assert rows_naming(imported, "trial").keys() == {
        "job", "job_line", "tombstone", "audit_entry",
    }  # fmt: skip
    assert [j.id for j in imported.jobs.newest(ADMINISTRATOR, "trial")] == [job.id]


def test_the_report_says_what_went(lived: Installation) -> None:
    job = delete(lived)

    result: Any = job.result
    assert result["files"] > 0
    assert result["bytes"] > 0
    assert result["rows"]["archive"] == 1
    assert (result["logs"], result["log_bytes"]) == (1, len(b"a log\n"))
    assert result["has_key"] is True
    assert ", its key" in job.message
    assert job.message.startswith("trial is deleted: ")


def test_the_report_names_who_needs_what_stays(lived: Installation) -> None:
    lived.derive("second")
    lived.serving.archive_pool_file(ANONYMOUS, "trial", "pool/main/h/hello/hello_1.2-3_amd64.deb")

    shared: Any = (delete(lived).result or {})["shared"]

    assert shared["files"] > 0
    assert shared["bytes"] >= sum(example["bytes"] for example in shared["examples"]) > 0
    assert {"debian", "second"} >= {n for e in shared["examples"] for n in e["needed_by"]} > set()


def test_what_will_be_deleted_is_what_is_deleted(lived: Installation) -> None:
    lived.derive("second")
    assert unfinished(lived)

    preview = lived.deleting.preview(ADMINISTRATOR, "trial")

    result = dict(delete(lived).result or {})
    result.pop("message")
    assert preview == result
    assert preview["shared"]["files"] > 0


def test_looking_ahead_changes_nothing(lived: Installation) -> None:
    before = table_sizes(lived), lived.store.hashes()

    lived.deleting.preview(ADMINISTRATOR, "trial")

    assert (table_sizes(lived), lived.store.hashes()) == before
    with pytest.raises(ConflictError, match="trial derives from it"):
        lived.deleting.preview(ADMINISTRATOR, "debian")
    with pytest.raises(NotAllowedError):
        lived.deleting.preview(BUILDER, "trial")


def test_what_another_archive_shares_stays(lived: Installation) -> None:
    lived.derive("second")
    suite = lived.suite("second")
    with lived.database.read() as transaction:
        publication = transaction.publications.numbered(suite.id, 1)
        files = transaction.publications.indices(publication.id)
    packages = lived.serving.archive_pool_file(
        ANONYMOUS, "second", "pool/main/h/hello/hello_1.2-3_amd64.deb"
    )

    delete(lived)

    assert {file.sha256 for file in files} <= lived.store.hashes()
    assert packages.path.exists()
    assert lived.serving.archive_index(ANONYMOUS, "second", SUITE, "InRelease").size > 0
    lived.rebuild("hello", archive="second")
    assert BuildMachine(lived).claim().source.name == "hello"


def test_the_name_is_free_afterwards(lived: Installation) -> None:
    delete(lived)

    with pytest.raises(GoneError, match=r"trial was deleted on .* by ann"):
        lived.serving.archive_index(ANONYMOUS, "trial", SUITE, "InRelease")
    assert lived.derive().state is JobState.SUCCEEDED
    assert lived.serving.archive_index(ANONYMOUS, "trial", SUITE, "InRelease").size > 0


def test_a_tombstone_stands_for_its_time(lived: Installation) -> None:
    delete(lived)
    lived.clock.advance(TOMBSTONE_DAYS * 86_400 - 60)
    assert lived.deleting.forget_old_tombstones() == []

    lived.clock.advance(120)

    assert lived.deleting.forget_old_tombstones() == ["trial"]
    with pytest.raises(NotFoundError):
        lived.archive()


def test_the_name_of_a_private_archive_stays_hidden_for_good(derived: Installation) -> None:
    with derived.database.write() as transaction:
        transaction.rights.set_private(derived.archive().id, is_private=True)
    job = delete(derived)

    derived.clock.advance((TOMBSTONE_DAYS + 1) * 86_400)

    assert derived.deleting.forget_old_tombstones() == []
    stranger = derived.people.principal(None, address="192.0.2.1")
    assert not stranger.sees("trial")
    assert job.id not in {each.id for each in derived.jobs.newest(stranger)}
    with pytest.raises(NotFoundError):
        derived.jobs.show(stranger, job.id)


def test_the_tombstone_holds_the_report(lived: Installation) -> None:
    job = delete(lived)

    with lived.database.read() as transaction:
        tombstone = transaction.tombstones.find("trial")
    assert tombstone is not None
    assert tombstone.report | {"message": job.message} == job.result


def test_the_engine_forgets_the_jobs_of_a_deleted_archive(lived: Installation) -> None:
    before = {job.id for job in lived.jobs.newest(ADMINISTRATOR, "trial")}

    job = delete(lived)

    assert set(lived.engine.forgotten) == before
    assert job.id not in before


@pytest.mark.parametrize("step", range(5))
def test_a_deletion_that_was_cut_off_ends_as_an_uninterrupted_one(
    imported: Installation, step: int
) -> None:
    before = table_sizes(imported)
    imported.derive()
    live_through_much(imported)
    job = imported.deleting.request(ADMINISTRATOR, "trial")
    imported.engine.forget_all()
    runner = imported.engine.runner
    assert runner is not None
    carry: dict[str, Any] = {}
    for number in range(len(runner.step_names(JobKind.DELETE))):
        left = carry
        carry = runner.run_step(job.id, number, left)
        if number == step:  # killed after its work, before anybody noted that it was done
            carry = runner.run_step(job.id, number, left)
    runner.finish(job.id, carry)

    assert imported.jobs.show(ADMINISTRATOR, job.id).state is JobState.SUCCEEDED
    assert table_sizes(imported) == before
    assert imported.store.hashes() <= parents_files(imported)
    assert imported.logs.logs == {}
    assert keys_of(imported) == {}


def test_asking_twice_is_asking_once(lived: Installation) -> None:
    first = lived.deleting.request(ADMINISTRATOR, "trial")

    assert lived.deleting.request(ADMINISTRATOR, "trial").id == first.id


def test_a_new_archive_is_not_given_the_deletion_of_an_older_one_of_its_name(
    lived: Installation,
) -> None:
    old = lived.deleting.request(ADMINISTRATOR, "trial")
    with lived.database.write() as transaction:
        trial = transaction.archives.named("trial")
        transaction.deletion.hide(trial.id, jobs_of="trial", except_job=old.id)
    lived.derive()

    new = lived.deleting.request(ADMINISTRATOR, "trial")

    assert new.id != old.id
    lived.engine.run_all()
    with lived.database.read() as transaction:
        assert transaction.archives.find("trial") is None
        assert transaction.archives.by_id(trial.id) is None
        assert transaction.jobs.by_id(new.id).state is JobState.SUCCEEDED


def test_from_the_request_on_it_takes_no_other_work(lived: Installation) -> None:
    lived.deleting.request(ADMINISTRATOR, "trial")

    with pytest.raises(ConflictError, match="is deleting, not active"):
        lived.rebuilding.request(
            ADMINISTRATOR, RebuildRequest(archive="trial", selection="hello", reason="late")
        )
    assert BuildMachine(lived).find_claim() is None


def test_a_running_build_is_stopped_and_its_tokens_end(lived: Installation) -> None:
    machine = BuildMachine(lived)
    claim = machine.claim()
    attempt = machine.attempt(claim)
    job = lived.deleting.request(ADMINISTRATOR, "trial")
    runner = lived.engine.runner
    assert runner is not None

    runner.run_step(job.id, 0, {})

    with pytest.raises(GoneError):
        machine.attempt(claim)
    assert lived.builds.heartbeat(attempt) is True
    assert lived.done(job).state is JobState.SUCCEEDED
    assert lived.settling.settle(claim.attempt_id, "result") is True


def test_a_parent_with_children_is_not_deleted(lived: Installation) -> None:
    with pytest.raises(ConflictError, match="debian cannot be deleted: trial derives from it"):
        lived.deleting.request(ADMINISTRATOR, "debian")

    delete(lived)
    assert delete(lived, "debian").state is JobState.SUCCEEDED
    assert {name for name, size in table_sizes(lived).items() if size} == {"toolchain"}
    assert lived.store.hashes() == frozenset()


def test_only_who_may_deletes_and_only_what_is_there(lived: Installation) -> None:
    with pytest.raises(NotAllowedError):
        lived.deleting.request(BUILDER, "trial")
    with pytest.raises(NotFoundError):
        lived.deleting.request(ADMINISTRATOR, "nope")


def test_a_deletion_cannot_be_cancelled_half_way(lived: Installation) -> None:
    job = lived.deleting.request(ADMINISTRATOR, "trial")

    with pytest.raises(ConflictError, match="cannot be stopped half-way"):
        lived.jobs.cancel(ADMINISTRATOR, job.id)


def test_work_that_was_queued_before_a_deletion_ends_without_a_fault(lived: Installation) -> None:
    late = lived.publishing.request(ADMINISTRATOR, "trial")
    lived.engine.forget_all()
    lived.jobs.cancel(ADMINISTRATOR, late.id)
    delete(lived)

    lived.engine.run_job(late.id, JobKind.PUBLISH)

    with pytest.raises(NotFoundError):
        lived.jobs.show(ADMINISTRATOR, late.id)
