"""Old publications and indices of old views go, and nothing that somebody may still read."""

from typing import Any

import pytest
from tests.services.build_machine import BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR, RETENTION, Installation
from tests.services.killing import do, restore, saved_database
from tests.services.parent import SUITE

from vostok.domain.access import ANONYMOUS
from vostok.domain.job import JobKind
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
)
from vostok.services.publishing.kept_publications import KeptPublicationService

PACKAGES = f"dists/{SUITE}/main/binary-amd64/Packages.gz"


def publish_often(world: Installation, machine: BuildMachine, times: int) -> None:
    """So many publications more, by rebuilds of one source."""
    for _ in range(times):
        world.rebuild("hello")
        machine.build_next()


def grow_old(world: Installation) -> None:
    world.clock.advance(RETENTION.publication_age.total_seconds() + 60)


def numbers(world: Installation) -> list[int]:
    return [p.number for p in world.publishing.publications_of(ANONYMOUS, "trial")]


def release(world: Installation, number: int | None = None) -> bytes:
    file = world.serving.archive_index(ANONYMOUS, "trial", SUITE, "Release", number=number)
    return file.path.read_bytes()


def collected(world: Installation, *, dry_run: bool = False) -> dict[str, Any]:
    job = world.done(world.storing.request_collection(ADMINISTRATOR, dry_run=dry_run))
    assert job.result is not None
    return job.result


@pytest.fixture
def aged(derived: Installation, machine: BuildMachine) -> Installation:
    """`trial` with six publications, all old."""
    publish_often(derived, machine, 5)
    grow_old(derived)
    return derived


def test_young_publications_stay_however_many_there_are(
    derived: Installation, machine: BuildMachine
) -> None:
    publish_often(derived, machine, 5)

    assert collected(derived)["publications"] == 0
    assert numbers(derived) == [6, 5, 4, 3, 2, 1]


def test_the_newest_stay_however_old_they_are(aged: Installation) -> None:
    found = collected(aged)

    assert found["publications"] == 3
    assert numbers(aged) == [6, 5, 4]
    assert collected(aged)["publications"] == 0


def test_a_publication_that_was_replaced_just_now_stays(
    aged: Installation, machine: BuildMachine
) -> None:
    aged.database.engine.dispose()
    publish_often(aged, machine, 4)

    assert numbers(aged) == [10, 9, 8, 7, 6]


def test_publishing_collects_by_itself_and_says_so(aged: Installation) -> None:
    job = aged.publish()

    assert job.result is not None
    assert job.result["publication"] == 6
    collection: Any = job.result["collected"]
    assert collection["publications"] == 3
    assert numbers(aged) == [6, 5, 4]


def test_a_collected_publication_is_gone_and_one_that_never_was_is_not_found(
    aged: Installation,
) -> None:
    old = release(aged, 2)
    collected(aged)

    with pytest.raises(GoneError, match="publication 2 was collected"):
        release(aged, 2)
    with pytest.raises(NotFoundError, match="there is no publication 7"):
        release(aged, 7)
    assert release(aged) == release(aged, 6) != old


def test_index_files_go_but_for_those_that_another_publication_has(aged: Installation) -> None:
    entries = {
        number: {
            aged.serving.archive_index(ANONYMOUS, "trial", SUITE, path, number=number).sha256
            for path in ("Release", "InRelease", "contrib/binary-amd64/Packages.gz")
        }
        for number in (3, 4)
    }

    found = collected(aged)

    assert found["indices"]["files"] > 0
    assert not any(aged.store.has(sha256) for sha256 in entries[3] - entries[4])
    assert all(aged.store.has(sha256) for sha256 in entries[4])
    assert entries[3] & entries[4]


def test_what_stays_can_be_read_whole(aged: Installation) -> None:
    before = {number: aged.plain_index("trial", "main/binary-amd64/Packages", number=number)
              for number in (4, 5, 6)}  # fmt: skip

    collected(aged)

    for number, plain in before.items():
        assert aged.plain_index("trial", "main/binary-amd64/Packages", number=number) == plain
        for line in plain.decode().splitlines():
            if line.startswith("Filename: "):
                path = line.removeprefix("Filename: ")
                assert aged.serving.archive_pool_file(ANONYMOUS, "trial", path).size > 0


def test_packages_that_only_collected_publications_showed_are_not_served(
    aged: Installation,
) -> None:
    path = "pool/main/h/hello/hello_1.2-3Xtrial1_amd64.deb"
    assert aged.serving.archive_pool_file(ANONYMOUS, "trial", path).size > 0

    collected(aged)

    with pytest.raises(NotFoundError):
        aged.serving.archive_pool_file(ANONYMOUS, "trial", path)


def test_a_publication_that_another_archive_is_derived_from_stays(
    aged: Installation, machine: BuildMachine
) -> None:
    from vostok.services.deriving.derivations import DeriveRequest  # noqa: PLC0415 - one test's need

    aged.done(
        aged.deriving.request(
            ADMINISTRATOR,
            DeriveRequest(name="child", parents=["trial"], selection="hello", toolchain=None),
        )
    )
    publish_often(aged, machine, 5)
    grow_old(aged)

    collected(aged)

    assert numbers(aged) == [11, 10, 9, 6]


def test_a_dry_run_says_the_same_and_removes_nothing(aged: Installation) -> None:
    before = aged.store.hashes()

    planned = collected(aged, dry_run=True)

    assert aged.store.hashes() == before
    assert numbers(aged) == [6, 5, 4, 3, 2, 1]
    done = collected(aged)
    for result in (planned, done):
        del result["dry_run"], result["message"]
    assert planned == done


def test_indices_of_views_that_nobody_reads_go_and_come_again_when_asked_for(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello,libfoo")
    first = machine.claim()
    machine.send(first, upload_for(first).files)
    with derived.database.read() as transaction:
        old = derived.views.ensure_indexed(transaction.builds.attempt(first.attempt_id).view_id)
        before = transaction.publications.find_view_index(old.id, "main/binary-amd64/Packages.gz")
    still_read = collected(derived)["views"]
    machine.report(first)
    derived.engine.run_all()
    machine.claim()
    grow_old(derived)

    found = collected(derived)

    assert still_read == 0
    assert found["views"] == 1
    with derived.database.read() as transaction:
        assert not transaction.publications.view(old.id).is_indexed
    derived.views.ensure_indexed(old.id)
    with derived.database.read() as transaction:
        again = transaction.publications.find_view_index(old.id, "main/binary-amd64/Packages.gz")
    assert before == again is not None


def test_killed_anywhere_a_collection_can_be_done_again(aged: Installation) -> None:
    job = aged.storing.request_collection(ADMINISTRATOR, dry_run=False)
    saved = saved_database(aged)
    files = [aged.store.path(sha256).read_bytes() for sha256 in aged.store.hashes()]
    assert do(aged, job.id, JobKind.STORE_COLLECT, killed_at=10_000)
    expected = (numbers(aged), aged.store.hashes())

    for killed_at in range(1, 400, 7):
        restore(aged, saved)
        for data in files:
            aged.store.put([data], size_max=len(data))
        grow_old(aged)
        if do(aged, job.id, JobKind.STORE_COLLECT, killed_at=killed_at):
            break
        assert release(aged)
        assert do(aged, job.id, JobKind.STORE_COLLECT, killed_at=10_000)
        assert (numbers(aged), aged.store.hashes()) == expected

    assert killed_at > 1


def test_deleting_an_archive_of_which_publications_were_collected_leaves_nothing(
    aged: Installation,
) -> None:
    collected(aged)

    job = aged.done(aged.deleting.request(ADMINISTRATOR, "trial"))

    assert job.result is not None
    assert job.result["archive"] == "trial"
    grow_old(aged)
    assert collected(aged)["orphans"]["files"] == 0


# Publications that somebody keeps ---------------------------------------------------------------


def test_a_publication_that_is_kept_is_never_collected_and_told(aged: Installation) -> None:
    keeping = KeptPublicationService(aged.database, aged.clock)

    kept = keeping.keep(ADMINISTRATOR, "trial", 2, label="before-gcc-14")
    keeping.keep(ADMINISTRATOR, "trial", 6, label="")
    tried = collected(aged, dry_run=True)
    found = collected(aged)

    assert (kept.kept_as, kept.kept_by) == ("before-gcc-14", ADMINISTRATOR.name)
    assert tried["kept"] == [f"trial 2 (before-gcc-14), kept by {ADMINISTRATOR.name}"]
    assert (tried["publications"], found["publications"]) == (2, 2)
    assert numbers(aged) == [6, 5, 4, 2]
    assert release(aged, 2)


def test_a_publication_that_is_released_goes_with_the_others(aged: Installation) -> None:
    keeping = KeptPublicationService(aged.database, aged.clock)
    keeping.keep(ADMINISTRATOR, "trial", 2, label="old")
    collected(aged)

    released = keeping.release(ADMINISTRATOR, "trial", 2)
    again = keeping.release(ADMINISTRATOR, "trial", 2)

    assert released == again
    assert released.kept_as is None
    assert collected(aged)["kept"] == []
    assert numbers(aged) == [6, 5, 4]


def test_two_publications_are_not_called_the_same(aged: Installation) -> None:
    keeping = KeptPublicationService(aged.database, aged.clock)
    keeping.keep(ADMINISTRATOR, "trial", 2, label="stable")
    keeping.keep(ADMINISTRATOR, "trial", 2, label="stable")

    with pytest.raises(ConflictError, match="publication 2 of trial is called stable"):
        keeping.keep(ADMINISTRATOR, "trial", 3, label="stable")
    keeping.keep(ADMINISTRATOR, "trial", 2, label="older")

    assert keeping.keep(ADMINISTRATOR, "trial", 3, label="stable").kept_as == "stable"


@pytest.mark.parametrize("label", ["-x", "A", "a/b", "17", "a" * 64, " "])
def test_a_label_that_could_be_mistaken_is_refused(aged: Installation, label: str) -> None:
    keeping = KeptPublicationService(aged.database, aged.clock)

    with pytest.raises(InvalidInputError):
        keeping.keep(ADMINISTRATOR, "trial", 2, label=label)


def test_only_who_may_change_the_archive_keeps_and_a_collected_one_is_gone(
    aged: Installation,
) -> None:
    keeping = KeptPublicationService(aged.database, aged.clock)
    collected(aged)

    with pytest.raises(NotAllowedError):
        keeping.keep(ANONYMOUS, "trial", 6, label="")
    with pytest.raises(GoneError):
        keeping.keep(ADMINISTRATOR, "trial", 2, label="")
    with pytest.raises(NotFoundError):
        keeping.release(ADMINISTRATOR, "debian", 1)
