"""The supervisor with small real processes; it runs in a process of its own, as `vostok up`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

WAIT_SECONDS_MAX = 30.0

# Runs the specs given as JSON, with «ready» meaning that the file of that name exists.
SUPERVISING = """
import json, os, sys
from pathlib import Path
from vostok.entrypoints.cli.supervisor import *
from vostok.errors import VostokError

directory = Path(sys.argv[1])
def spec(item):
    ready = item.get("ready")
    return ChildSpec(
        name=item["name"],
        command=(sys.executable, "-I", "-c", item["code"], str(directory)),
        find_obstacle=None if ready is None else
            lambda: None if (directory / ready).exists() else f"{ready} is not there",
        stop_seconds_max=item.get("stop", 5.0),
    )
try:
    status = run_children(
        [spec(item) for item in json.loads(sys.argv[2])],
        Surroundings(
            environment={"PATH": os.defpath, "PYTHONUNBUFFERED": "1"},
            log_directory=directory,
            announce=lambda line: print("note:", line, flush=True),
        ),
        on_ready=lambda: print("ready", flush=True),
        policy=RestartPolicy(restarts_max=2, delay_seconds_first=0.05, ready_seconds_max=3.0),
    )
except VostokError as error:
    print("error:", error, flush=True)
    status = 8
sys.exit(status)
"""

# The children: each appends its id to NAME.pids, and says when it is told to end.
NOTING = """
import os, signal, subprocess, sys, time
from pathlib import Path
directory = Path(sys.argv[1])
def note(file, text=None):
    with (directory / file).open("a") as stream:
        stream.write(f"{text or os.getpid()}\\n")
"""
OBEDIENT = (
    NOTING
    + """
def end(*_):
    note("ended", "NAME")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
note("started", "NAME")
note("NAME.pids")
print("NAME is at work", flush=True)
time.sleep(600)
"""
)
STUBBORN = (
    NOTING
    + """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
far = subprocess.Popen(["sleep", "600"], start_new_session=True)
note("far.pids", far.pid)
note("NAME.pids")
time.sleep(600)
"""
)
PARENT = (
    NOTING
    + """
far = subprocess.Popen(["sleep", "600"], start_new_session=True)
note("far.pids", far.pid)
note("NAME.pids")
time.sleep(600)
"""
)
DYING = (
    NOTING
    + """
note("NAME.pids")
print("NAME cannot go on: no such thing")
sys.exit(3)
"""
)


@dataclass(kw_only=True)
class Supervised:
    """A supervisor process and what its children left in the directory."""

    directory: Path
    process: "subprocess.Popen[str] | None" = None

    def start(self, *specs: dict[str, object]) -> None:
        items = [
            {**spec, "code": str(spec["code"]).replace("NAME", str(spec["name"]))}
            for spec in specs
        ]
        with (self.directory / "output").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISING, str(self.directory), json.dumps(items)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
                text=True,
            )

    def output(self) -> str:
        return (self.directory / "output").read_text()

    def words(self, file: str) -> list[str]:
        path = self.directory / file
        return path.read_text().split() if path.exists() else []

    def pids(self, name: str, count: int) -> list[int]:
        """The ids of the processes of that name once there are so many."""
        self.until(lambda: len(self.words(f"{name}.pids")) >= count, f"{count} {name}.pids")
        return [int(word) for word in self.words(f"{name}.pids")]

    def until(self, is_true: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not is_true():
            if time.monotonic() > deadline:
                pytest.fail(f"{what}: not within {WAIT_SECONDS_MAX} s\n{self.output()}")
            time.sleep(0.02)

    def until_ready(self) -> None:
        self.until(lambda: "ready\n" in self.output(), "ready")

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def status(self) -> int:
        assert self.process is not None
        return self.process.wait(WAIT_SECONDS_MAX)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    running = Supervised(directory=tmp_path)
    yield running
    if running.process is not None:
        running.process.kill()
        running.process.wait()
    for file in tmp_path.glob("*.pids"):
        for word in file.read_text().split():
            if is_alive(int(word)):
                os.kill(int(word), signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead but not yet buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def obedient(name: str, *, ready: str | None = None) -> dict[str, object]:
    return {"name": name, "code": OBEDIENT, "ready": ready}


def test_children_start_in_order_each_when_the_one_before_is_ready(
    supervised: Supervised,
) -> None:
    supervised.start(obedient("first", ready="go"), obedient("second"))
    supervised.pids("first", 1)
    started_before = supervised.words("started")

    (supervised.directory / "go").touch()
    supervised.until_ready()
    supervised.pids("second", 1)

    assert started_before == ["first"]
    assert supervised.words("started") == ["first", "second"]


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_signal_ends_the_children_in_reverse_order(
    supervised: Supervised, number: signal.Signals, status: int
) -> None:
    supervised.start(obedient("first"), obedient("second"), obedient("third"))
    for name in ("first", "second", "third"):
        supervised.pids(name, 1)

    supervised.signal(number)

    assert supervised.status() == status
    assert supervised.words("ended") == ["third", "second", "first"]


def test_ctrl_c_on_the_terminal_reaches_the_children_only_through_the_supervisor(
    supervised: Supervised,
) -> None:
    supervised.start(obedient("first"))
    (pid,) = supervised.pids("first", 1)

    assert supervised.process is not None
    assert os.getpgid(pid) != os.getpgid(supervised.process.pid)
    assert os.getsid(pid) != os.getsid(supervised.process.pid)


def test_a_child_that_is_killed_is_started_again(supervised: Supervised) -> None:
    supervised.start(obedient("first"), obedient("second"))
    (first,) = supervised.pids("first", 1)
    (second,) = supervised.pids("second", 1)

    os.kill(first, signal.SIGKILL)
    again = supervised.pids("first", 2)[1]

    assert is_alive(again)
    assert is_alive(second)
    assert "note: first ended with signal SIGKILL, starting it again (1 of 2)" in (
        supervised.output()
    )


def test_what_a_dead_child_started_is_dead_before_the_child_starts_again(
    supervised: Supervised,
) -> None:
    supervised.start({"name": "parent", "code": PARENT})
    (parent,) = supervised.pids("parent", 1)
    (far,) = supervised.pids("far", 1)

    os.kill(parent, signal.SIGKILL)
    supervised.pids("parent", 2)

    assert not is_alive(far)


def test_a_child_that_dies_too_often_ends_all_with_its_last_lines(supervised: Supervised) -> None:
    supervised.start(obedient("good"), {"name": "bad", "code": DYING})

    status = supervised.status()

    assert status == 8
    assert len(supervised.words("bad.pids")) == 3
    assert "error: bad died 3 times in 60 s, the last time with exit status 3" in (
        supervised.output()
    )
    assert "  bad cannot go on: no such thing" in supervised.output()
    assert not any(is_alive(pid) for pid in supervised.pids("good", 1))


def test_a_child_that_ends_before_it_is_ready_is_reported_at_once(supervised: Supervised) -> None:
    supervised.start({"name": "bad", "code": DYING, "ready": "never"}, obedient("second"))

    status = supervised.status()

    assert status == 8
    assert "error: bad ended with exit status 3 before it was ready" in supervised.output()
    assert "  bad cannot go on: no such thing" in supervised.output()
    assert supervised.words("started") == []


def test_a_child_that_does_not_become_ready_is_reported_with_the_obstacle(
    supervised: Supervised,
) -> None:
    supervised.start(obedient("slow", ready="never"))

    status = supervised.status()

    assert status == 8
    assert "error: slow was not ready after 3 s: never is not there" in supervised.output()
    assert not any(is_alive(pid) for pid in supervised.pids("slow", 1))


def test_a_child_that_ignores_sigterm_is_killed_with_all_that_it_started(
    supervised: Supervised,
) -> None:
    supervised.start({"name": "stubborn", "code": STUBBORN, "stop": 0.2})
    pids = supervised.pids("stubborn", 1) + supervised.pids("far", 1)

    supervised.signal(signal.SIGTERM)

    assert supervised.status() == 143
    assert not any(is_alive(pid) for pid in pids)


def test_a_second_signal_does_not_wait_for_a_stubborn_child(supervised: Supervised) -> None:
    supervised.start({"name": "stubborn", "code": STUBBORN, "stop": 600.0})
    pids = supervised.pids("stubborn", 1) + supervised.pids("far", 1)

    supervised.signal(signal.SIGINT)
    supervised.until(lambda: "note: stopping" in supervised.output(), "stopping")
    supervised.signal(signal.SIGINT)

    assert supervised.status() == 130
    assert not any(is_alive(pid) for pid in pids)


def test_when_the_supervisor_is_killed_its_children_end_with_all_that_they_started(
    supervised: Supervised,
) -> None:
    supervised.start(
        obedient("first"),
        {"name": "parent", "code": PARENT},
        {"name": "stubborn", "code": STUBBORN},
    )
    pids = (
        supervised.pids("first", 1)
        + supervised.pids("parent", 1)
        + supervised.pids("stubborn", 1)
        + supervised.pids("far", 2)
    )

    supervised.signal(signal.SIGKILL)

    supervised.until(lambda: not any(is_alive(pid) for pid in pids), "all dead")
    assert supervised.words("ended") == ["first"]


def test_when_a_guard_is_killed_its_child_dies_and_is_started_again(
    supervised: Supervised,
) -> None:
    supervised.start(obedient("first"))
    (first,) = supervised.pids("first", 1)
    guard = int(Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()[1])

    os.kill(guard, signal.SIGKILL)
    again = supervised.pids("first", 2)[1]

    assert is_alive(again)
    supervised.until(lambda: not is_alive(first), "the first one dead")


def test_what_a_child_says_is_in_its_log(supervised: Supervised) -> None:
    supervised.start(obedient("first"))
    supervised.pids("first", 1)

    supervised.until(lambda: "work" in supervised.words("first.log"), "the log")
    assert (supervised.directory / "first.log").read_text() == "first is at work\n"
