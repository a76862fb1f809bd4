"""Uploads beside each other, beside requests and syncs, and killed at any statement."""

import hashlib
import os
import signal
from collections.abc import Callable, Mapping

import pytest
import sqlalchemy as sa
from tests.adapters.database.race import outcomes_at_once
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.killing import restore, saved_database
from tests.services.packages import TinySource, source_package
from tests.services.parent import indices
from tests.services.signed_upload import Uploader, changes_text, local, signed

from vostok.domain.build import LIVE_STATES
from vostok.domain.job import JobState
from vostok.domain.sync import Verdict
from vostok.domain.upload import Upload, UploadState
from vostok.errors import ConflictError, GoneError, VostokError
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.rebuilding.planning import RebuildRequest

STATEMENTS_MAX = 400


def ready(uploader: Uploader, source: TinySource) -> Callable[[], object]:
    """The sending of a .changes whose files are here."""
    files: Mapping[str, bytes] = source_package(source)
    for name, data in files.items():
        uploader.send(name, data)
    data = signed(uploader.name, changes_text(source, files).encode())
    name = f"{source.name}_{source.version}_source.changes"
    return lambda: uploader.send(name, data)


def ready_changes(
    uploader: Uploader, source: TinySource, files: Mapping[str, bytes]
) -> Callable[[], Upload]:
    """The sending of a .changes."""
    data = signed(uploader.name, changes_text(source, files).encode())

    def send() -> Upload:
        found = uploader.send(f"{source.name}_{source.version}_source.changes", data)
        assert found is not None
        return found

    return send


def parents_hello_moves(world: Installation) -> None:
    """The parent has hello 1.2-4 from its next import on, which is done."""
    path = "main/source/Sources"
    head, mark, tail = indices()[path].partition(b"Package: hello\n")
    moved = head + mark + tail.replace(b"Version: 1.2-3\n", b"Version: 1.2-4\n", 1)
    world.parent.serve(world.mirror, changed={path: moved})
    assert world.import_parent().state is JobState.SUCCEEDED


def live_versions(world: Installation) -> list[str]:
    with world.database.read() as transaction:
        builds = transaction.builds.of_source(world.archive().id, "hello")
    return [build.version for build in builds if build.state in LIVE_STATES]


def local_version(world: Installation) -> str:
    with world.database.read() as transaction:
        return transaction.deltas.local_changes(world.suite().id)["hello"].version


@pytest.fixture(
    params=["derived", pytest.param("derived_on_postgresql", marks=pytest.mark.database)]
)
def world(request: pytest.FixtureRequest) -> Installation:
    """`trial` on SQLite, and on PostgreSQL, where writers run beside each other."""
    found: Installation = request.getfixturevalue(request.param)
    return found


def test_of_two_uploads_of_one_version_at_once_one_is_accepted(world: Installation) -> None:
    richard, andrea = Uploader(world), Uploader(world, "andrea")

    outcomes = outcomes_at_once([ready(richard, local()), ready(andrea, local())])

    [refused] = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert isinstance(refused, ConflictError)
    assert "is not above 1.2-3+local1" in str(refused)
    assert live_versions(world) == ["1.2-3+local1"]
    assert sorted(upload.state for upload in world.uploading.uploads(ADMINISTRATOR, "trial")) == [
        UploadState.ACCEPTED, UploadState.REFUSED,
    ]  # fmt: skip


def test_of_one_changes_file_sent_twice_at_once_one_is_accepted(world: Installation) -> None:
    send = ready(Uploader(world), local())

    outcomes = outcomes_at_once([send, send, send])

    assert len([outcome for outcome in outcomes if isinstance(outcome, VostokError)]) == 2
    assert live_versions(world) == ["1.2-3+local1"]


def test_of_two_versions_at_once_the_higher_stays(world: Installation) -> None:
    richard, andrea = Uploader(world), Uploader(world, "andrea")

    outcomes_at_once([ready(richard, local()), ready(andrea, local("1.2-3+local2"))])

    assert local_version(world) == "1.2-3+local2"
    assert live_versions(world) == ["1.2-3+local2"]


def test_files_of_one_name_of_two_persons_do_not_touch(world: Installation) -> None:
    richard, andrea = Uploader(world), Uploader(world, "andrea")
    one, other = source_package(local()), source_package(local())
    dsc = "hello_1.2-3+local1.dsc"
    other[dsc] = other[dsc].replace(
        b"Maintainer:", b"Homepage: https://a.example.org\nMaintainer:"
    )

    outcomes_at_once(
        [
            lambda name=name, data=data, who=who: who.send(name, data)  # type: ignore[misc]  # mypy infers no lambda with defaults
            for who, files in ((richard, one), (andrea, other))
            for name, data in files.items()
        ]
    )
    upload = ready_changes(andrea, local(), other)()

    assert upload.state is UploadState.ACCEPTED
    with world.database.read() as transaction:
        kept = transaction.uploads.spooled(world.archive().id, "richard")
    assert {name: file.sha256 for name, file in kept.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in one.items()
    }


def test_a_request_for_a_rebuild_beside_an_upload_leaves_one_live_build(
    world: Installation,
) -> None:
    richard = Uploader(world)
    request = RebuildRequest(archive="trial", selection="hello", reason="a test")

    outcomes = outcomes_at_once(
        [
            ready(richard, local()),
            lambda: world.rebuilding.request(ADMINISTRATOR, request),
        ]
    )

    assert not isinstance(outcomes[0], Exception)
    assert local_version(world) == "1.2-3+local1"
    assert live_versions(world) == ["1.2-3+local1"]


def test_a_sync_beside_an_upload_loses_nothing(world: Installation) -> None:
    richard = Uploader(world)
    parents_hello_moves(world)
    source = local("1.2-9")
    job = world.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", moves=True))

    outcomes = outcomes_at_once([ready(richard, source), lambda: world.done(job)])

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert local_version(world) == "1.2-9"
    assert live_versions(world) == ["1.2-9"]
    with world.database.read() as transaction:
        derivation = transaction.archives.suite(world.suite().id).derivation
        assert derivation is not None
        decided = transaction.derivations.decisions(world.suite().id, derivation.number)
        change = transaction.deltas.local_changes(world.suite().id)["hello"]
    verdicts = {decision.source: decision.verdict for decision in decided}
    # The sync saw the upload, or the upload saw the new parents and was made against them.
    assert verdicts["hello"] is Verdict.NEEDS_MERGE or change.base_version == "1.2-4"


def test_a_deletion_beside_an_upload_leaves_nothing_of_it(world: Installation) -> None:
    richard = Uploader(world)
    send, spool = ready(richard, local()), ready(richard, local("1.2-3+local2"))

    outcomes = outcomes_at_once(
        [send, spool, lambda: world.deleting.request(ADMINISTRATOR, "trial")]
    )
    world.engine.run_all()

    assert not isinstance(outcomes[2], Exception)
    assert all(isinstance(o, VostokError) for o in outcomes[:2] if isinstance(o, Exception))
    assert everything_of_uploads(world) == (0, 0, 0, 0)
    with pytest.raises(VostokError):
        send()
    assert everything_of_uploads(world) == (0, 0, 0, 0)


def test_what_was_judged_for_a_deleted_archive_does_not_enter_another_of_its_name(
    derived: Installation,
) -> None:
    richard = Uploader(derived)
    files = source_package(local())
    for name, data in files.items():
        richard.send(name, data)
    old = derived.archive()
    derived.done(derived.deleting.request(ADMINISTRATOR, "trial"))
    derived.derive()

    with pytest.raises(GoneError, match="trial was deleted meanwhile"):
        derived.spool.put(richard.principal, old, "hello_1.2-3+local1.dsc", [b"late"])

    assert derived.archive().id != old.id
    assert everything_of_uploads(derived) == (0, 0, 0, 0)


def test_an_upload_that_is_killed_anywhere_is_whole_or_not_there(derived: Installation) -> None:
    richard = Uploader(derived)
    send = ready(richard, local())
    saved = saved_database(derived)
    seen = set()

    for killed_at in range(1, STATEMENTS_MAX):
        ended = in_a_process_killed_at(derived, send, killed_at)
        rows = everything_of_uploads(derived)
        seen.add(rows)
        restore(derived, saved)
        if ended:
            break
    else:
        pytest.fail(f"{STATEMENTS_MAX} statements were not enough")

    nothing, whole = (0, 0, 0, 2), (1, 1, 1, 0)
    assert seen == {nothing, whole}
    upload = send()
    assert upload is not None
    assert everything_of_uploads(derived) == whole
    assert upload.state is UploadState.ACCEPTED  # type: ignore[attr-defined]  # of `send`


def everything_of_uploads(world: Installation) -> tuple[int, ...]:
    """How many uploads, own sources, builds of hello, and files in the spool there are."""
    with world.database.engine.connect() as connection:
        return tuple(
            connection.exec_driver_sql(f"select count(*) from {table}").scalar_one()  # noqa: S608 - of our tables
            for table in ("upload", "delta_source", "build", "spool_file")
        )


def in_a_process_killed_at(world: Installation, act: Callable[[], object], killed_at: int) -> bool:
    """Whether the act ended before its process was killed, at a statement."""
    world.database.engine.dispose()
    child = os.fork()
    if child == 0:
        world.database.engine.dispose(close=False)
        count = 0

        def count_down(*_: object) -> None:
            nonlocal count
            count += 1
            if count == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(world.database.engine, "before_cursor_execute", count_down)
        act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status)
