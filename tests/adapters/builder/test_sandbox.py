"""What the sandbox does to any command."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from vostok.adapters.sbuild.build_user import build_user
from vostok.adapters.sbuild.process_tree import process_tree
from vostok.adapters.sbuild.sandbox import UserSandbox
from vostok.domain.build_log import Ending
from vostok.services.building.builder_ports import Bounds, SandboxExit, StopReason, StopSignal

pytestmark = pytest.mark.build

POLL_SECONDS, POLLS_MAX = 0.05, 600
WIDE = Bounds(
    wall_seconds_max=60,
    silence_seconds_max=60,
    output_bytes_max=1_000_000,
    memory_bytes_max=2 * 1024**3,
    processes_max=100,
)

RunCommand = Callable[..., tuple[SandboxExit, bytes]]


@pytest.fixture(scope="module")
def sandbox() -> UserSandbox:
    return UserSandbox(build_user())


@pytest.fixture
def run(sandbox: UserSandbox, open_directory: Path) -> RunCommand:
    """Runs a shell command in a directory of the build user; its end and its output."""
    work = open_directory / "work"
    sandbox.make_directory(work)

    def run_command(
        command: str, *, bounds: Bounds = WIDE, stop: StopSignal | None = None
    ) -> tuple[SandboxExit, bytes]:
        output = bytearray()
        done = sandbox.run(
            ["sh", "-c", command],
            directory=work,
            environment={"EXTRA": "a value"},
            write=output.extend,
            bounds=bounds,
            stop=stop or StopSignal(),
        )
        return done, bytes(output)

    return run_command


def test_a_command_runs_as_the_build_user_with_a_closed_environment(run: RunCommand) -> None:
    done, output = run("id -un; env | sort; cat /proc/1/comm")

    name = build_user().name
    assert done == SandboxExit(ending=Ending.EXITED, returncode=0)
    assert output.decode().splitlines()[:-1] == [
        name,
        "EXTRA=a value",
        f"HOME={build_user().home}",
        "LC_ALL=C.UTF-8",
        f"LOGNAME={name}",
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        f"PWD={output.decode().split('PWD=')[1].splitlines()[0]}",
        f"USER={name}",
    ]


def test_a_command_sees_no_process_of_the_machine(run: RunCommand) -> None:
    _, output = run(f"ls -d /proc/{os.getpid()} /proc/1")

    assert b"/proc/1\n" in output
    assert f"cannot access '/proc/{os.getpid()}'".encode() in output


def test_the_exit_status_of_a_command_is_handed_on(run: RunCommand) -> None:
    done, output = run("echo to stderr >&2; exit 3")

    assert done == SandboxExit(ending=Ending.EXITED, returncode=3)
    assert output == b"to stderr\n"


@pytest.mark.parametrize(
    ("command", "bounds", "ending"),
    [
        ("while :; do echo x; sleep 0.1; done", {"wall_seconds_max": 1}, Ending.WALL),
        ("sleep 1000", {"silence_seconds_max": 1}, Ending.SILENCE),
        ("yes", {"output_bytes_max": 5_000}, Ending.OUTPUT),
        (
            "for n in $(seq 130); do sleep 1000 & done; wait",
            {"processes_max": 100},
            Ending.PROCESSES,
        ),
        (
            # Each process stays below the bound, all together do not: tail keeps the last line.
            "for n in 1 2 3 4; do (head -c 100M /dev/zero; sleep 1000) | tail & done; wait",
            {"memory_bytes_max": 200_000_000},
            Ending.MEMORY,
        ),
    ],
)
def test_each_bound_ends_a_command_in_its_own_way(
    run: RunCommand, command: str, bounds: dict[str, int], ending: Ending
) -> None:
    done, output = run(command, bounds=replace(WIDE, **bounds))

    assert done.ending is ending
    assert len(output) <= WIDE.output_bytes_max


def test_output_beyond_its_bound_is_not_handed_on(run: RunCommand) -> None:
    _, output = run("yes", bounds=replace(WIDE, output_bytes_max=5_000))

    assert output == b"y\n" * 2_500


def test_a_stop_ends_everything_also_what_left_its_session(run: RunCommand) -> None:
    stop = StopSignal()
    seen: list[int] = []

    def stop_when_running() -> None:
        for _ in range(POLLS_MAX):
            seen[:] = [pid for pid in process_tree(os.getpid()).pids if _is_sleep(pid)]
            if len(seen) == 3:
                break
            time.sleep(POLL_SECONDS)
        stop.set(StopReason.CANCELLED)

    thread = threading.Thread(target=stop_when_running)
    thread.start()
    done, _ = run("setsid sleep 1234 & setsid sleep 1234 & sleep 1234", stop=stop)
    thread.join()

    assert done.ending is Ending.STOPPED
    assert len(seen) == 3
    assert not [pid for pid in seen if _is_sleep(pid)]


def test_what_the_sandbox_left_is_removed_whoever_owns_it(
    sandbox: UserSandbox, run: RunCommand, open_directory: Path
) -> None:
    done, output = run(
        "mkdir d && unshare --user --map-root-user --map-auto"
        " sh -c 'chown 5:5 d && mkdir d/e && chmod 0 d/e'"
    )
    owner = (open_directory / "work" / "d").stat().st_uid

    sandbox.remove(open_directory / "work")

    assert done.returncode == 0, output
    assert owner not in {0, build_user().uid}
    assert not (open_directory / "work").exists()


def _is_sleep(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b"sleep\x001234\x00"
    except OSError:
        return False
