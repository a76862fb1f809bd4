"""Waking the executor: it never waits, never fails, and reaches who listens."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import Queue

import pytest

from vostok.adapters.engine.queue_workers import WakingEvent
from vostok.adapters.engine.wake_pipe import WakePipe

SECONDS_MAX = 30
MORE_THAN_A_PIPE_HOLDS = 70_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "executor.wake"


def listening(path: Path) -> "Queue[str]":
    """What a thread that listens was told; it has begun when this returns."""
    heard: Queue[str] = Queue()
    threading.Thread(
        target=WakePipe(path).listen, args=(lambda: heard.put("woken"),), daemon=True
    ).start()
    for _ in range(SECONDS_MAX * 100):
        WakePipe(path).wake()
        if not heard.empty():
            break
        threading.Event().wait(0.01)
    assert heard.get(timeout=SECONDS_MAX) == "woken"
    return heard


def test_who_listens_is_woken(path: Path) -> None:
    heard = listening(path)

    WakePipe(path).wake()

    assert heard.get(timeout=SECONDS_MAX) == "woken"


def test_where_nobody_listens_nothing_happens(path: Path) -> None:
    WakePipe(path).wake()

    os.mkfifo(path)
    WakePipe(path).wake()


def test_a_pipe_that_is_full_is_no_error(path: Path) -> None:
    os.mkfifo(path)
    reader = os.open(path, os.O_RDWR)
    try:
        for _ in range(MORE_THAN_A_PIPE_HOLDS):
            WakePipe(path).wake()
    finally:
        os.close(reader)


def test_another_file_in_its_place_is_not_written(path: Path) -> None:
    path.write_text("something else")

    WakePipe(path).wake()

    assert path.read_text() == "something else"


def test_who_listens_after_another_was_killed_is_woken(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from vostok.adapters.engine import WakePipe;"
        "WakePipe(Path(sys.argv[1])).listen(lambda: print('woken', flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    ) as listener:
        while not path.exists():
            threading.Event().wait(0.01)
        reader = threading.Thread(target=lambda: listener.stdout and listener.stdout.readline())
        reader.start()
        while reader.is_alive():
            WakePipe(path).wake()
            reader.join(0.01)
        listener.send_signal(signal.SIGKILL)

    heard = listening(path)
    WakePipe(path).wake()

    assert heard.get(timeout=SECONDS_MAX) == "woken"


def test_a_wait_ends_when_woken_and_does_not_tell_to_stop() -> None:
    event = WakingEvent()
    threading.Timer(0.01, event.wake).start()

    assert event.wait(SECONDS_MAX * 1_000) is False


def test_after_a_wake_some_more_looks_follow_soon() -> None:
    event = WakingEvent()
    event.wake()

    assert [event.wait(SECONDS_MAX * 1_000) for _ in range(4)] == [False] * 4


def test_a_wait_ends_when_it_is_to_stop() -> None:
    event = WakingEvent()
    threading.Timer(0.01, event.set).start()

    assert event.wait(SECONDS_MAX * 1_000) is True
