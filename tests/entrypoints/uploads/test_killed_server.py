"""The server's process is killed while a file of an upload comes."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.entrypoints.installation import Installation
from tests.entrypoints.test_server import free_port, status_of
from tests.entrypoints.uploads.test_hostile import Sender

BODY = b"0123456789abcdef" * (64 << 10)  # one mebibyte
SENT = BODY[: len(BODY) // 2]
SPOOL_BYTES_MAX = len(BODY) + len(SENT)
"""Room for the whole file and half another, but not for the half that a kill left, too."""

STOP_SECONDS_MAX = 10
ARRIVAL_SECONDS_MAX = 10.0
DAY_SECONDS = 86_400


@contextmanager
def serving(root: Path, log: Path, *, end: signal.Signals) -> Iterator[str]:
    """A process of its own that serves a data root until a signal ends it; its address."""
    port = free_port()
    with log.open("ab") as messages:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "vostok.server"),
                *("--data-root", str(root), "--port", str(port)),
            ],
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": os.pathsep.join(sys.path),
                "VOSTOK_SPOOL_BYTES_MAX": str(SPOOL_BYTES_MAX),
            },
            stdout=messages,
            stderr=messages,
        )
    try:
        status_of(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(end)
        process.wait(STOP_SECONDS_MAX)


def unfinished(installation: Installation) -> list[Path]:
    return list((installation.settings.data_root / "files").glob("incoming.*"))


def wait_for_half(installation: Installation) -> None:
    deadline = time.monotonic() + ARRIVAL_SECONDS_MAX
    while not any(file.stat().st_size >= len(SENT) // 2 for file in unfinished(installation)):
        assert time.monotonic() < deadline, "the file did not come"
        time.sleep(0.02)


def test_a_file_that_was_half_there_when_the_server_was_killed_is_as_if_never_sent(
    installation: Installation, tmp_path: Path
) -> None:
    root, log = installation.settings.data_root, tmp_path / "log"
    with serving(root, log, end=signal.SIGKILL) as url:
        eve = Sender(installation, url)
        head = f"PUT /upload/trial/{eve.token}/a.tar.xz HTTP/1.1\r\nContent-Length: {len(BODY)}"
        connection = eve.raw(head, b"\r\n" + SENT)
        wait_for_half(installation)
    connection.close()
    [left] = unfinished(installation)
    spooled_after_the_kill = eve.spooled()
    half_is_stored = any(root.glob(f"files/??/{hashlib.sha256(SENT).hexdigest()}"))

    with serving(root, log, end=signal.SIGTERM) as url:
        eve = eve.at(url)
        again = eve.put("a.tar.xz", BODY)
        rest = eve.put("b.tar.xz", SENT)
        too_much = eve.put("c.tar.xz", b"x")
        sizes = eve.spooled_sizes()
    swept_at_once = installation.services.spool.sweep()
    long_ago = left.stat().st_mtime - 2 * DAY_SECONDS
    os.utime(left, (long_ago, long_ago))
    swept_later = installation.services.spool.sweep()

    assert (spooled_after_the_kill, half_is_stored) == (set(), False)
    assert again == (201, "a.tar.xz came\n")
    assert rest == (201, "b.tar.xz came\n")
    assert too_much[0] == 409, too_much[1]
    assert sizes == {"a.tar.xz": len(BODY), "b.tar.xz": len(SENT)}
    stored = installation.settings.data_root / "files" / hashlib.sha256(BODY).hexdigest()[:2]
    assert (stored / hashlib.sha256(BODY).hexdigest()).read_bytes() == BODY
    assert (swept_at_once, swept_later, unfinished(installation)) == (0, 1, [])
    assert eve.spooled() == {"a.tar.xz", "b.tar.xz"}
    assert log.read_text() == ""
