"""Deletion: nothing of the archive is left, and nothing of the others is lost."""

from collections import Counter
from dataclasses import replace

import pytest
import sqlalchemy as sa
from tests.adapters.database.stage import (
    HELLO,
    MIRROR,
    Stage,
    add_derived,
    add_external,
    snapshot_of,
)
from tests.builders import NOW, index_file, new_binary, new_build, new_source, sha256_of
from tests.snapshots import add_snapshot

from vostok.adapters.database import schema
from vostok.domain.access import Role
from vostok.domain.build import AttemptFile, BuildState, Fate
from vostok.domain.deletion import CandidateKind
from vostok.domain.derivation import Pin, Removal
from vostok.domain.job import JobKind, JobState
from vostok.domain.job_log import LineKind
from vostok.domain.package import DeltaKind
from vostok.domain.sync import Decision, Verdict
from vostok.services.repositories import Transaction

UPDATE = Decision(
    source="hello",
    verdict=Verdict.UPDATED,
    before="2.10-2",
    after="2.10-3",
    offered="2.10-3",
    sentence="hello goes from 2.10-2 to 2.10-3",
)
OWN = new_binary("hello", "2.10-3Xtrial1")
OWN_SOURCE = new_source("hello", "2.10-3Xtrial1")
UPLOADED = AttemptFile(name="hello.changes", size=7, sha256=sha256_of("changes"))
STEPS_MAX = 100
SENT = sha256_of("sent")
INDEX, VIEW_INDEX = index_file("Packages"), index_file("Packages", "view")
POOL = index_file("pool/main/w/world/world_1_amd64.deb")


@pytest.fixture
def full(stage: Stage) -> Stage:
    """The archive `trial` has rows in every table that can name an archive."""
    fill(stage)
    return stage


def fill(stage: Stage) -> None:
    toolchain_id = stage.add_toolchain(f"gcc-{stage.archive.name}")
    [build] = stage.request(new_build(stage.hello_id))
    building, attempt = stage.begin_attempt(build)
    with stage.write() as transaction:
        transaction.campaigns.take_rebuild_numbers(stage.archive.id, {"hello": 1})
        transaction.builds.put_file(attempt.id, UPLOADED)
        view = transaction.publications.view(attempt.view_id)
        transaction.publications.set_view_indices(view.id, [VIEW_INDEX], NOW)
        transaction.deltas.add(
            stage.suite.id,
            kind=DeltaKind.REBUILD,
            sources=[OWN_SOURCE],
            binaries=[OWN],
            build_id=build.id,
        )
        transaction.deltas.add(
            stage.suite.id,
            kind=DeltaKind.TOOLCHAIN,
            sources=[],
            binaries=[new_binary("gcc", "12Xtrial1")],
            toolchain_id=toolchain_id,
        )
        transaction.deltas.add_swap(
            stage.suite.id, toolchain_id, suffix="Xtrial1", producers={}, at=NOW
        )
        transaction.derivations.set_taken(stage.suite.id, 1, {"hello": "named hello"})
        pin = Pin(source="hello", kind="held", sentence="is held")
        transaction.derivations.set_pins(stage.suite.id, 1, [pin])
        removal = Removal(source="tree", base_version="2.1.0-1", removed_by="andrea")
        transaction.derivations.put_decisions(stage.suite.id, 1, [UPDATE])
        transaction.derivations.set_removals(stage.suite.id, 1, [removal])
        transaction.publications.add(
            stage.suite.id, 1, derivation=1, at=NOW, reason="a test", sources=1, binaries=1,
            indices=[INDEX], pool=[POOL],
            hidden=[("binary", "pool/hidden")],
        )  # fmt: skip
        transaction.chroots.register(
            stage.archive.id,
            architecture="amd64",
            recipe="mmdebstrap buildd 1",
            packages=[("hello", "2.10-3", "amd64")],
            base=stage.base,
            own=[],
            at=NOW,
        )
    fill_uploads(stage, attempt.id)
    stage.move(building, BuildState.UPLOADING, BuildState.BUILT)
    with stage.write() as transaction:
        transaction.builds.set_fate(
            {build.id: "published"}, Fate.PUBLISHED, actor="vostok", at=NOW
        )
        job_id = f"publish {stage.archive.name}"
        transaction.jobs.add(
            job_id, JobKind.PUBLISH, archive=stage.archive.name, arguments={},
            requested_by="andrea", at=NOW,
        )  # fmt: skip
        transaction.jobs.finish(job_id, JobState.SUCCEEDED, at=NOW, message="done")
        transaction.job_logs.add(job_id, LineKind.ENDED, "done", at=NOW)


def fill_uploads(stage: Stage, attempt_id: int) -> None:
    """Rows as they are after an upload, while another one is being sent."""
    sent = {"name": "hello.dsc", "size": 9, "sha256": SENT}
    names = ("source", "source_version", "version", "warning", "distribution", "maintainer")
    outgoing = {
        **dict.fromkeys((*names, "reason", "scheme", "requested_by"), "x"),
        "archive_id": stage.archive.id,
        "at": 0,
    }
    with stage.database.engine.begin() as connection:
        upload_id: int = connection.execute(
            schema.upload.insert()
            .values(
                archive_id=stage.archive.id, uploaded_by="andrea", signed_by="", source="hello",
                changes_name="hello.changes", changes_sha256=sha256_of("changes"), version="3",
                state="accepted", sentence="accepted", at=0,
            )
            .returning(schema.upload.c.id)
        ).scalar_one()  # fmt: skip
        for table, values in (
            (schema.upload_file, {"upload_id": upload_id, **sent}),
            (schema.spool_file, {"archive_id": stage.archive.id, "owner": "h", "at": 0, **sent}),
            (schema.outgoing_source, outgoing),
            *webhook_rows(stage.archive.id),
            *quota_rows(stage.archive.id),
            *mail_rows(stage.archive.id),
            (schema.import_trust, {"archive_id": stage.archive.id, "fingerprints": []}),
            (
                schema.mirror_answer,
                {
                    "suite_id": stage.suite.id,
                    "url": "u",
                    "body": b"",
                    "etag": "",
                    "last_modified": "",
                },
            ),
            (schema.attempt_environment, {"attempt_id": attempt_id, "packages": b""}),
            (
                schema.access_grant,
                {
                    "archive_id": stage.archive.id,
                    "right": "upload",
                    "granted_by": "andrea",
                    "granted_at": 0,
                    "narrowed_to": {"component": None, "sources": []},
                },
            ),
        ):
            connection.execute(table.insert().values(values))


def quota_rows(archive_id: int) -> list[tuple[sa.Table, dict[str, object]]]:
    """Limits of an archive; what it uses is there with its files."""
    limits = {"archive_id": archive_id, "builds_max": 5, "set_by": "x", "set_at": 0}
    return [
        (schema.quota, limits),
    ]


def webhook_rows(archive_id: int) -> list[tuple[sa.Table, dict[str, object]]]:
    """A webhook with a delivery."""
    texts = ("address", "nonce", "state", "sentence", "position", "created_by", "answerable")
    hook = {"id": archive_id, "archive_id": archive_id, "topics": [], "created_at": 0}
    more = ("key", "item", "topic", "payload", "state", "answer")
    delivery = {"webhook_id": archive_id, "attempts": 0, "created_at": 0}
    return [
        (schema.webhook, {**dict.fromkeys(texts, "x"), **hook}),
        (schema.webhook_delivery, {**dict.fromkeys(more, "x"), **delivery}),
    ]


def mail_rows(archive_id: int) -> list[tuple[sa.Table, dict[str, object]]]:
    """A subscription of a person, and something to be told."""
    meg = {"id": archive_id, "name": f"meg{archive_id}", "role": Role.MEMBER, "created_at": 0}
    place = {"archive_id": archive_id, "campaign": 0}
    told = {"person_id": archive_id, "topics": [], "position": "x", "created_at": 0}
    texts = ("topic", "actor", "subject", "title", "sentence")
    return [
        (schema.person, {**meg, "email": "meg@example.org", "created_by": "x"}),
        (schema.subscription, {**place, **told}),
        (schema.notice, {**dict.fromkeys(texts, "x"), **place, "at": 0}),
    ]


def delete(stage: Stage) -> dict[str, int]:
    with stage.write() as transaction:
        return transaction.deletion.delete_rows(stage.archive.id, stage.archive.name, "deletion")


def files_of(stage: Stage) -> set[str]:
    with stage.read() as transaction:
        return transaction.deletion.files_of(stage.archive.id)


def still_needed(stage: Stage, *hashes: str) -> set[str]:
    with stage.read() as transaction:
        return transaction.deletion.still_needed(hashes)


def test_the_archive_of_these_tests_has_rows_in_every_table_that_names_one(full: Stage) -> None:
    never_of_an_archive = {
        "token", "builder", "tombstone", "file_answer", "request_key", "snapshot_file",
        "repeated_request",
        "suite_udeb", "deletion_candidate", "person", "person_key", "installed_package",
        "session", "team", "team_member", "audit_entry", "person_identity", "mail_address",
        "letter", "guarantee", "robot",
    }  # fmt: skip

    assert (
        set(full.row_counts()) - never_of_an_archive
        == {table.name for table in schema.metadata.tables.values()} - never_of_an_archive
    )


def test_deletion_leaves_the_rows_that_were_there_before_the_archive(stage: Stage) -> None:
    before = stage.all_rows()
    with stage.write() as transaction:
        archive, suite = add_derived(transaction, "second", stage.parent_suite)
    second = replace(stage, archive=archive, suite=suite)

    fill(second)
    delete(second)

    after = stage.all_rows()
    for kept in ("toolchain", "person"):  # are of no archive
        after[kept] = before[kept]
    assert after == before


def delete_in_steps(stage: Stage, packages_max: int) -> tuple[int, dict[str, int]]:
    """In how many transactions its packages went, and how many rows went of each table."""
    deleted: Counter[str] = Counter()
    name = stage.archive.name
    with stage.write() as transaction:
        deleted.update(
            transaction.deletion.hide(stage.archive.id, jobs_of=name, except_job="deletion")
        )
    steps = 0
    while steps < STEPS_MAX:
        with stage.write() as transaction:
            some = transaction.deletion.delete_members(stage.archive.id, packages_max)
        if not some:
            break
        assert all(some.values()), "it tells of tables of which no row went"
        deleted.update(some)
        steps += 1
    else:
        pytest.fail(f"{STEPS_MAX} steps were not enough")
    with stage.write() as transaction:
        transaction.deletion.note_candidates(stage.archive.id)
        deleted.update(transaction.deletion.delete_rows(stage.archive.id))
    return steps, dict(deleted)


def builds_of(transaction: Transaction, stage: Stage) -> list[int]:
    found = transaction.builds.with_fate(stage.archive.id, Fate.PUBLISHED)
    return [build.id for build in found]


def second_archive(stage: Stage) -> Stage:
    """An archive derived from the same parent, with rows in every table and members of its own."""
    with stage.write() as transaction:
        archive, suite = add_derived(transaction, "second", stage.parent_suite)
        names = [f"own{number}" for number in range(5)]
        add_snapshot(
            transaction,
            suite,
            [HELLO, *map(new_source, names)],
            [new_binary(), *map(new_binary, names)],
            udebs=[new_binary("installer")],
        )
    second = replace(stage, archive=archive, suite=suite)
    fill(second)
    return second


def test_deletion_in_steps_leaves_and_counts_what_one_at_once_does(stage: Stage) -> None:
    before = stage.all_rows()
    second = second_archive(stage)
    with stage.read() as transaction:
        expected = transaction.deletion.count_rows(second.archive.id, jobs_of="second")

    steps, deleted = delete_in_steps(second, packages_max=2)

    after = stage.all_rows()
    for table in ("toolchain", "deletion_candidate", "person"):
        after[table] = before[table]
    assert after == before
    assert deleted == expected
    assert steps > 3


def test_what_may_have_to_go_is_noted_in_steps_as_at_once(stage: Stage) -> None:
    second = second_archive(stage)
    files = files_of(second)
    with stage.read() as transaction:
        logs = builds_of(transaction, second)

    delete_in_steps(second, packages_max=2)

    found = {kind: noted(second, kind) for kind in CandidateKind}
    assert found[CandidateKind.FILE] == sorted(files)
    assert found[CandidateKind.LOG] == list(map(str, logs))
    assert found[CandidateKind.GRAPH] == [str(second.suite.id)]
    assert found[CandidateKind.JOB] == ["publish second"]


def test_jobs_of_no_archive_are_not_noted_with_one(full: Stage) -> None:
    with full.write() as transaction:
        transaction.jobs.add(
            "collection",
            JobKind.STORE_COLLECT,
            archive=None,
            arguments={},
            requested_by="x",
            at=NOW,
        )
        transaction.deletion.note_candidates(full.archive.id)

    assert noted(full, CandidateKind.JOB) == []


def test_an_archive_that_is_being_deleted_keeps_no_parent_from_it(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.deletion.hide(stage.archive.id, jobs_of="trial", except_job="deletion")

        assert transaction.archives.find("trial") is None
        assert [archive.name for archive in transaction.archives.all()] == ["debian"]
        assert transaction.archives.derived_from(stage.parent.id) == []
        transaction.deletion.delete_rows(stage.parent.id)


def test_what_was_deleted_is_counted_by_table(full: Stage) -> None:
    deleted = delete(full)

    assert deleted["archive"] == deleted["suite"] == deleted["build"] == deleted["attempt"] == 1
    assert deleted["delta_binary"] == 2
    assert deleted["job"] == 1
    assert deleted["binary_release"] == 2
    assert "snapshot" not in deleted
    assert 0 not in deleted.values()


def test_deleting_again_deletes_nothing(full: Stage) -> None:
    delete(full)
    before = full.all_rows()

    assert delete(full) == {}
    assert full.all_rows() == before


def test_another_archive_keeps_all_that_it_shares(full: Stage) -> None:
    with full.write() as transaction:
        archive, suite = add_derived(transaction, "sister", full.parent_suite)
    sister = replace(full, archive=archive, suite=suite)
    fill(sister)
    with full.read() as transaction:
        builds = transaction.builds.with_fate(sister.archive.id, Fate.PUBLISHED)
        own = transaction.deltas.unpublished_binaries(sister.suite.id)
        sources = transaction.deltas.own_sources(sister.suite.id)
        keys = transaction.chroots.valid_keys(sister.archive.id, "amd64", base=sister.base, own=[])

    delete(full)

    with full.read() as transaction:
        assert transaction.archives.find("trial") is None
        assert transaction.builds.with_fate(sister.archive.id, Fate.PUBLISHED) == builds
        assert transaction.deltas.unpublished_binaries(sister.suite.id) == own
        assert transaction.deltas.own_sources(sister.suite.id) == sources
        assert transaction.packages.source_files(sources[0].id)
        assert (
            transaction.chroots.valid_keys(sister.archive.id, "amd64", base=sister.base, own=[])
            == keys
        )
        assert transaction.jobs.by_id("publish sister").state is JobState.SUCCEEDED
    assert builds
    assert own
    assert keys


def test_the_job_that_deletes_stays_to_tell_of_it(full: Stage) -> None:
    with full.write() as transaction:
        transaction.jobs.add(
            "deletion", JobKind.DELETE, archive="trial", arguments={}, requested_by="andrea",
            at=NOW,
        )  # fmt: skip

    delete(full)

    with full.read() as transaction:
        assert [job.id for job in transaction.jobs.newest("trial")] == ["deletion"]


def test_an_imported_archive_goes_with_its_snapshots(stage: Stage) -> None:
    with stage.write() as transaction:
        archive, suite = add_external(transaction, "other")
        snapshot_of(transaction, suite, [new_source("foo"), new_source()], [new_binary("foo")])
    imported = replace(stage, archive=archive, suite=suite)
    candidates = files_of(imported)

    deleted = delete(imported)

    assert deleted["snapshot"] == 1
    assert deleted["source_release"] == deleted["binary_release"] == 1
    assert {sha256 for _, _, sha256 in new_source().files} <= candidates
    assert still_needed(stage, *candidates) == {sha256 for _, _, sha256 in new_source().files}
    with stage.read() as transaction:
        assert transaction.files.addresses(new_binary().sha256) == [
            f"{MIRROR}/{new_binary().filename}"
        ]


def test_the_files_of_an_archive_are_all_that_any_of_its_rows_names(full: Stage) -> None:
    assert files_of(full) == {
        new_binary().sha256,  # in the chroot
        *(sha256 for _, _, sha256 in new_source().files),  # of what was built
        OWN.sha256,
        new_binary("gcc", "12Xtrial1").sha256,
        *(sha256 for _, _, sha256 in OWN_SOURCE.files),
        UPLOADED.sha256,
        INDEX.sha256,
        VIEW_INDEX.sha256,
        POOL.sha256,
        SENT,
    }


@pytest.mark.parametrize(
    "sha256",
    [
        OWN.sha256,
        OWN_SOURCE.files[0][2],
        UPLOADED.sha256,
        INDEX.sha256,
        VIEW_INDEX.sha256,
        POOL.sha256,
    ],
    ids=["binary", "source", "upload", "index", "view index", "pool"],
)
def test_a_file_is_needed_exactly_while_some_archive_names_it(full: Stage, sha256: str) -> None:
    with full.write() as transaction:
        archive, suite = add_derived(transaction, "sister", full.parent_suite)
    sister = replace(full, archive=archive, suite=suite)
    fill(sister)
    needed = []

    for owner in (full, sister):
        needed.append(still_needed(full, sha256, sha256_of("nothing")))
        delete(owner)

    assert needed == [{sha256}, {sha256}]
    assert still_needed(full, sha256) == set()


def test_more_files_than_one_statement_takes_are_all_looked_for(full: Stage) -> None:
    strangers = [f"{number:064x}" for number in range(33_000)]

    assert still_needed(full, *strangers, OWN.sha256) == {OWN.sha256}


def test_the_logs_of_an_archives_builds_are_counted_and_which_of_them_have_to_be_stopped(
    full: Stage,
) -> None:
    with full.write() as transaction:
        builds = transaction.builds.with_fate(full.archive.id, Fate.PUBLISHED)
        attempt = transaction.builds.attempts([builds[0].id])[builds[0].id][0]
        transaction.builds.set_log_bytes(attempt.id, 77)
        unfinished = transaction.builds.unfinished(full.archive.id)
        running = [build for build in unfinished if build.state is BuildState.BUILDING]

        logs = [transaction.deletion.logs_of(a.id) for a in (full.archive, full.parent)]
        stopped = transaction.deletion.builds_to_stop(full.archive.id)

    assert logs == [(1, 77), (0, 0)]
    assert stopped == (len(unfinished), len(running))


def test_what_will_go_is_counted_as_what_goes(full: Stage) -> None:
    with full.read() as transaction:
        counted = transaction.deletion.count_rows(full.archive.id, jobs_of=full.archive.name)

    assert counted == delete(full)


def test_a_file_is_needed_elsewhere_while_another_archive_names_it(full: Stage) -> None:
    names = [OWN.sha256, INDEX.sha256, UPLOADED.sha256, new_binary().sha256, sha256_of("nothing")]

    with full.read() as transaction:
        ids = (full.archive.id, full.parent.id)
        needed = [transaction.deletion.needed_elsewhere(archive, names) for archive in ids]

    assert needed == [{new_binary().sha256}, {*names[:4]}]


def test_the_owners_of_a_file_are_all_archives_that_name_it(full: Stage) -> None:
    names = [OWN.sha256, INDEX.sha256, UPLOADED.sha256, new_binary().sha256, sha256_of("nothing")]

    with full.read() as transaction:
        owners = transaction.deletion.owners(names)

    assert owners == {
        **{name: {full.archive.id} for name in names[:3]},
        new_binary().sha256: {full.archive.id, full.parent.id},
    }


def test_releases_that_another_archive_only_built_or_keeps_in_a_chroot_stay(full: Stage) -> None:
    """The parent goes in a test's own way: nobody could ask for it while it has children."""
    with full.write() as transaction:
        for table in ("derivation_parent", "derivation"):
            transaction.connection.execute(schema.metadata.tables[table].delete())

        deleted = transaction.deletion.delete_rows(full.parent.id)

        assert "source_release" not in deleted
        assert "binary_release" not in deleted
        assert transaction.packages.source(full.hello_id).name == "hello"


def noted(stage: Stage, kind: CandidateKind, *, is_measured: bool = False) -> list[str]:
    with stage.read() as transaction:
        found = transaction.deletion.candidates(
            stage.archive.id, kind, is_measured=is_measured, rows_max=100
        )
    return [candidate.name for candidate in found]


def note(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.archives.set_key(stage.archive.id, "ABCD")
        transaction.deletion.note_candidates(
            stage.archive.id, jobs_of=stage.archive.name, except_job="deletion"
        )


def test_what_may_have_to_go_outlives_the_rows_that_said_so(full: Stage) -> None:
    files = sorted(files_of(full))
    with full.read() as transaction:
        builds = [str(build) for build in builds_of(transaction, full)]
    note(full)
    delete(full)

    assert noted(full, CandidateKind.FILE) == files
    assert noted(full, CandidateKind.LOG) == builds
    assert noted(full, CandidateKind.KEY) == ["ABCD"]
    assert noted(full, CandidateKind.JOB) == ["publish trial"]


def test_candidates_are_measured_settled_counted_and_forgotten(full: Stage) -> None:
    note(full)
    archive_id, kind = full.archive.id, CandidateKind.FILE
    first, second, third, *absent = noted(full, kind)
    with full.write() as transaction:
        deletion = transaction.deletion
        deletion.measure(archive_id, kind, [(first, 10), (second, 20), (third, 30)])
        deletion.forget(archive_id, kind, absent)

    assert noted(full, kind) == []
    assert noted(full, kind, is_measured=True) == [first, second, third]
    with full.write() as transaction:
        deletion = transaction.deletion
        deletion.settle(archive_id, kind, [first, second], is_shared=False)
        deletion.settle(archive_id, kind, [third], is_shared=True)
        assert deletion.settled(archive_id) == {(kind, False): (2, 30), (kind, True): (1, 30)}
        assert [c.name for c in deletion.shared_candidates(archive_id, 5)] == [third]
        deletion.clear_candidates(archive_id)
    assert "deletion_candidate" not in full.row_counts()


def test_a_request_key_goes_with_its_job(full: Stage) -> None:
    with full.write() as transaction:
        transaction.jobs.put_request_key(
            "andrea", "key", digest="digest", job_id="publish trial", at=NOW
        )

    delete(full)

    assert "request_key" not in full.row_counts()


def test_files_that_some_row_still_names_are_left_to_it_and_the_rest_is_free(full: Stage) -> None:
    archive_id, kind = full.archive.id, CandidateKind.FILE
    note(full)
    names = noted(full, kind)
    with full.write() as transaction:
        transaction.deletion.measure(archive_id, kind, [(name, 1) for name in names[:-1]])
    delete(full)

    with full.write() as transaction:
        expected = transaction.deletion.still_needed(names[1:-1])
        first, last = names[1], names[-1]
        needed = transaction.deletion.settle_needed(archive_id, first, last)
        transaction.deletion.settle_free(archive_id, first, last)
        counts = transaction.deletion.settled(archive_id)

    assert needed == expected
    assert 0 < len(needed) < len(names) - 2
    assert counts[kind, True][0] == len(needed)
    assert counts[kind, False][0] == len(names) - 2 - len(needed)
    assert noted(full, kind, is_measured=True) == [names[0]]
    assert noted(full, kind) == [names[-1]]
