"""Uploads beside each other, beside requests and syncs, and killed at any statement."""

import os
import signal
from collections.abc import Callable, Mapping

import pytest
import sqlalchemy as sa
from tests.adapters.database.race import outcomes_at_once
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.killing import restore, saved_database
from tests.services.packages import TinySource, source_package
from tests.services.signed_upload import Uploader, changes_text, local, signed

from vostok.domain.build import LIVE_STATES
from vostok.domain.upload import UploadState
from vostok.errors import ConflictError
from vostok.services.rebuilding import RebuildRequest
from vostok.services.syncing import SyncRequest

STATEMENTS_MAX = 400


def ready(uploader: Uploader, source: TinySource) -> Callable[[], object]:
    """The sending of a .changes whose files are here."""
    files: Mapping[str, bytes] = source_package(source)
    for name, data in files.items():
        uploader.send(name, data)
    data = signed(uploader.name, changes_text(source, files).encode())
    name = f"{source.name}_{source.version}_source.changes"
    return lambda: uploader.send(name, data)


def live_versions(world: Installation) -> list[str]:
    with world.database.read() as transaction:
        builds = transaction.builds.of_source(world.archive().id, "hello")
    return [build.version for build in builds if build.state in LIVE_STATES]


def local_version(world: Installation) -> str:
    with world.database.read() as transaction:
        return transaction.deltas.local_changes(world.suite().id)["hello"].version


def test_of_two_uploads_of_one_version_at_once_one_is_accepted(derived: Installation) -> None:
    richard, andrea = Uploader(derived), Uploader(derived, "andrea")

    outcomes = outcomes_at_once([ready(richard, local()), ready(andrea, local())])

    [refused] = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert isinstance(refused, ConflictError)
    assert "is not above 1.2-3+local1" in str(refused)
    assert live_versions(derived) == ["1.2-3+local1"]


def test_of_two_versions_at_once_the_higher_stays(derived: Installation) -> None:
    richard, andrea = Uploader(derived), Uploader(derived, "andrea")

    outcomes_at_once([ready(richard, local()), ready(andrea, local("1.2-3+local2"))])

    assert local_version(derived) == "1.2-3+local2"
    assert live_versions(derived) == ["1.2-3+local2"]


def test_a_request_for_a_rebuild_beside_an_upload_leaves_one_live_build(
    derived: Installation,
) -> None:
    richard = Uploader(derived)
    request = RebuildRequest(archive="trial", selection="hello", reason="a test")

    outcomes = outcomes_at_once(
        [
            ready(richard, local()),
            lambda: derived.rebuilding.request(ADMINISTRATOR, request),
        ]
    )

    assert not isinstance(outcomes[0], Exception)
    assert local_version(derived) == "1.2-3+local1"
    assert live_versions(derived) == ["1.2-3+local1"]


def test_a_sync_beside_an_upload_loses_nothing(derived: Installation) -> None:
    richard = Uploader(derived)
    job = derived.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", moves=True))

    outcomes = outcomes_at_once([ready(richard, local()), lambda: derived.done(job)])

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert local_version(derived) == "1.2-3+local1"
    assert live_versions(derived) == ["1.2-3+local1"]


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
