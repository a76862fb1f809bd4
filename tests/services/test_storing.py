"""The store as a whole: counted, verified, and rid of what nobody names."""

from typing import Any

import pytest
from tests.fakes import FakeSigner
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation
from tests.services.parent import MIRROR

from vostok.domain.access import ANONYMOUS
from vostok.domain.job import Job, JobKind, JobState
from vostok.errors import InvalidInputError, NotAllowedError
from vostok.services.space.deleting import TOMBSTONE_DAYS
from vostok.services.space.storing import GRACE_SECONDS

HELLO = "pool/main/h/hello/hello_1.2-3_amd64.deb"


def result_of(world: Installation, job: Job) -> dict[str, Any]:
    ended = world.done(job)
    assert ended.state is JobState.SUCCEEDED, ended.message
    return dict(ended.result or {})


def stats(world: Installation) -> dict[str, Any]:
    return result_of(world, world.storing.request_stats(ADMINISTRATOR))


def verified(world: Installation, percent: float = 100) -> dict[str, Any]:
    job = world.storing.request_verification(ADMINISTRATOR, percent=percent)
    return result_of(world, job)


def collected(world: Installation, *, dry_run: bool = False) -> dict[str, Any]:
    return result_of(world, world.storing.request_collection(ADMINISTRATOR, dry_run=dry_run))


def fetch(world: Installation) -> str:
    return world.serving.archive_pool_file(ANONYMOUS, "trial", HELLO).sha256


def put(world: Installation, data: bytes) -> str:
    return world.store.put([data], size_max=1 << 20)[0]


def test_every_file_is_counted_once_by_its_use(derived: Installation) -> None:
    fetch(derived)
    put(derived, b"an orphan")

    counted = stats(derived)

    assert counted["files"] == len(derived.store.hashes())
    assert counted["files"] == sum(use["files"] for use in counted["uses"].values())
    assert counted["bytes"] == sum(use["bytes"] for use in counted["uses"].values())
    assert counted["uses"]["orphans"] == {"files": 1, "bytes": len(b"an orphan")}
    assert counted["uses"]["parent-packages"]["files"] == 1
    assert counted["uses"]["indices"]["files"] > 0


def test_the_newest_count_is_told_however_often_something_else_was_done_since(
    derived: Installation,
) -> None:
    counted = derived.storing.request_stats(ADMINISTRATOR)
    derived.done(counted)
    now = derived.clock.now()
    with derived.database.write() as transaction:
        for number in range(60):
            job_id = f"verify-{number:02}"
            transaction.jobs.add(
                job_id,
                JobKind.STORE_VERIFY,
                archive=None,
                arguments={},
                requested_by="ada",
                at=now,
            )
            transaction.jobs.finish(job_id, JobState.SUCCEEDED, at=now, message="")

    told = derived.storing.newest_jobs(ADMINISTRATOR)

    assert [job.id for job in told] == ["verify-59", counted.id]


def test_what_an_archive_shares_is_told_apart_from_its_own(derived: Installation) -> None:
    before = {use["name"]: use for use in stats(derived)["archives"]}

    derived.derive("second")

    after = {use["name"]: use for use in stats(derived)["archives"]}
    # Copies show their parent's own indices.
    assert before["trial"]["shared"]["files"] > 0
    assert after["trial"]["shared"] == after["second"]["shared"]
    assert after["trial"]["shared"]["files"] > before["trial"]["shared"]["files"]
    assert whole(after["trial"]) == whole(before["trial"])


def whole(use: dict[str, Any]) -> dict[str, int]:
    """What an archive has, alone and with others."""
    return {
        name: sum(use[kind][name] for kind in ("shared", "exclusive"))
        for name in ("files", "bytes")
    }


def test_logs_are_counted_for_their_archive(derived: Installation) -> None:
    derived.rebuild("hello")
    build = derived.build("hello")
    derived.logs.append(build.id, 1, offset=0, data=b"twelve bytes")
    derived.logs.append(build.id + 1000, 1, offset=0, data=b"of nobody")

    counted = stats(derived)

    assert counted["logs"] == {"files": 2, "bytes": 21}
    of_archive = {use["name"]: use["logs"]["bytes"] for use in counted["archives"]}
    assert of_archive == {"debian": 0, "trial": 12}


def test_a_sound_store_is_said_to_be_sound(derived: Installation) -> None:
    fetch(derived)

    found = verified(derived)

    assert found["files"] == len(derived.store.hashes())
    assert (found["corrupt_files"], found["missing_files"]) == (0, 0)


def test_a_corrupt_file_of_a_parent_is_set_aside_and_comes_again(derived: Installation) -> None:
    sha256 = fetch(derived)
    there = derived.mirror.files[f"{MIRROR}/{HELLO}"]
    derived.store.spoil(sha256, b"x" * len(there))

    found = verified(derived)

    assert found["corrupt"] == [sha256]
    assert [fact.sha256 for fact in derived.store.aside()] == [sha256]
    assert fetch(derived) == sha256
    assert derived.store.path(sha256).read_bytes() == there
    assert stats(derived)["lost_files"] == 0


def test_a_missing_file_that_was_made_here_is_lost_until_it_is_here_again(
    derived: Installation,
) -> None:
    suite = derived.suite()
    with derived.database.read() as transaction:
        publication = transaction.publications.numbered(suite.id, 1)
        index = transaction.publications.indices(publication.id)[0]
    data = derived.store.path(index.sha256).read_bytes()
    derived.store.delete(index.sha256)

    found = verified(derived)

    assert found["missing"] == [index.sha256]
    assert stats(derived)["lost_files"] == 1
    put(derived, data)
    verified(derived)
    assert stats(derived)["lost_files"] == 0


def test_a_share_of_the_files_can_be_read(derived: Installation) -> None:
    assert 0 < verified(derived, 50)["files"] < len(derived.store.hashes())
    for percent in (0, 101, -1):
        with pytest.raises(InvalidInputError):
            derived.storing.request_verification(ADMINISTRATOR, percent=percent)


def grow_old(world: Installation) -> None:
    world.clock.advance(GRACE_SECONDS + 60)


def leave_things_behind(world: Installation) -> dict[str, str]:
    """What kills leave: an orphan, a begun fetch, a log, a key."""
    orphan = put(world, b"an orphan")
    world.store.partial("f" * 64).extend(b"begun")
    world.logs.append(4711, 1, offset=0, data=b"of nobody")
    assert isinstance(world.signer, FakeSigner)
    return {"orphan": orphan, "key": world.signer.create("half-made")}


def test_what_nobody_names_goes_when_it_is_old(derived: Installation) -> None:
    fetch(derived)
    before, keys = derived.store.hashes(), dict(derived.signer.fingerprints())
    leave_things_behind(derived)
    grow_old(derived)

    found = collected(derived)

    assert found["orphans"] == {"files": 1, "bytes": 9}
    assert found["unfinished"] == {"files": 1, "bytes": 5}
    assert found["logs"] == {"files": 1, "bytes": 9}
    assert found["keys"] == 1
    assert derived.store.hashes() == before
    assert derived.store.unfinished() == []
    assert derived.logs.total(4711) == 0
    assert derived.signer.fingerprints().keys() == keys.keys()
    assert fetch(derived)


def test_what_is_young_may_be_named_soon_and_stays(derived: Installation) -> None:
    left = leave_things_behind(derived)

    found = collected(derived)

    assert found["orphans"]["files"] == found["unfinished"]["files"] == 0
    assert derived.store.has(left["orphan"])
    assert derived.store.unfinished() != []


def test_a_dry_run_says_the_same_and_removes_nothing(derived: Installation) -> None:
    left = leave_things_behind(derived)
    derived.done(derived.deleting.request(ADMINISTRATOR, "trial"))
    grow_old(derived)
    derived.clock.advance(TOMBSTONE_DAYS * 86_400)

    planned = collected(derived, dry_run=True)

    assert derived.store.has(left["orphan"])
    done = collected(derived)
    assert planned["tombstones"] == ["trial"]
    assert not derived.store.has(left["orphan"])
    for result in (planned, done):
        del result["dry_run"], result["message"]
    assert planned == done
    again = collected(derived)
    assert (again["orphans"]["files"], again["keys"], again["tombstones"]) == (0, 0, [])


def test_who_may_not_is_refused(derived: Installation) -> None:
    with pytest.raises(NotAllowedError):
        derived.storing.request_collection(BUILDER, dry_run=True)
    with pytest.raises(NotAllowedError):
        derived.storing.request_verification(ANONYMOUS, percent=100)
