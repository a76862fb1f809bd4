"""A file that comes into the directory: locks between processes, power cuts, full disks."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vostok.adapters.content_store import LocalContentStore
from vostok.errors import UnavailableError

DATA = b"some bytes"
DIGEST = hashlib.sha256(DATA).hexdigest()
SECONDS = 20.0
HOLDER = """
import sys, pathlib
from vostok.adapters.content_store import LocalContentStore
store = LocalContentStore(pathlib.Path(sys.argv[1]))
with store.incoming(sys.argv[2], size=10, seconds_max=5) as file:
    file.write(b"some ")
    print("held", flush=True)
    sys.stdin.readline()
    file.write(b"bytes")
    file.keep()
"""


@pytest.fixture
def store(tmp_path: Path) -> LocalContentStore:
    return LocalContentStore(tmp_path / "files")


def holder(root: Path) -> "subprocess.Popen[str]":
    """A process of its own that has the file."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root), DIGEST],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "PATH": "/usr/bin:/bin"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_of_two_processes_one_brings_the_file_and_the_other_gets_it(
    store: LocalContentStore, tmp_path: Path
) -> None:
    process = holder(tmp_path / "files")
    seen: list[object] = []

    def ask() -> None:
        with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
            seen.append(incoming)

    waiting = threading.Thread(target=ask)
    waiting.start()
    process.communicate("go on\n", timeout=SECONDS)
    waiting.join(SECONDS)

    assert seen == [None]
    assert store.path(DIGEST).read_bytes() == DATA


def test_who_waits_too_long_is_told_so(store: LocalContentStore, tmp_path: Path) -> None:
    process = holder(tmp_path / "files")

    with (
        pytest.raises(UnavailableError, match="for somebody else"),
        store.incoming(DIGEST, size=len(DATA), seconds_max=0.1),
    ):
        pass
    process.kill()
    process.communicate(timeout=SECONDS)


def test_what_a_killed_process_brought_is_gone_on_with(
    store: LocalContentStore, tmp_path: Path
) -> None:
    process = holder(tmp_path / "files")
    assert not store.forget_unfinished(f"incoming.{DIGEST}")
    process.kill()
    process.communicate(timeout=SECONDS)

    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        assert incoming is not None
        assert incoming.size == len(b"some ")
        incoming.write(b"bytes")
        incoming.keep()

    assert store.has(DIGEST, size=len(DATA))


@pytest.mark.parametrize("left", [b"", b"some by"], ids=["empty", "cut off"])
def test_what_a_loss_of_power_left_under_a_hash_is_not_the_file(
    store: LocalContentStore, left: bytes
) -> None:
    store.put([DATA], size_max=100)
    store.path(DIGEST).write_bytes(left)

    assert not store.has(DIGEST, size=len(DATA))
    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        assert incoming is not None
        incoming.write(DATA)
        incoming.keep()
    assert store.path(DIGEST).read_bytes() == DATA


def test_an_empty_file_under_a_hash_of_bytes_is_never_served(store: LocalContentStore) -> None:
    store.put([DATA], size_max=100)
    store.path(DIGEST).write_bytes(b"")

    assert not store.has(DIGEST)
    assert store.sizes([DIGEST]) == {}


def test_a_longer_rest_of_an_earlier_attempt_is_forgotten(
    store: LocalContentStore, tmp_path: Path
) -> None:
    (tmp_path / "files" / f"incoming.{DIGEST}").write_bytes(b"x" * 11)

    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        assert incoming is not None
        assert incoming.size == 0


def test_a_full_disk_leaves_nothing_half_written(
    store: LocalContentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with store.incoming(DIGEST, size=len(DATA), seconds_max=SECONDS) as incoming:
        assert incoming is not None
        incoming.write(b"some ")
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(UnavailableError, match="is full") as caught:
            incoming.write(b"bytes")
        monkeypatch.undo()

    assert "vostok store collect" in str(caught.value.hint)
    assert [file.size for file in store.unfinished()] == [0]
    assert not store.has(DIGEST)
