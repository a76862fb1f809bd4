"""Commands as processes: interrupted, on a terminal, before a reader that goes away."""

import io
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from rich.console import Console
from tests.entrypoints.cli.canned import (
    BUILD,
    IMAGE,
    JOB,
    RUNNING,
    SUCCEEDED,
    TOKEN,
    CannedServer,
    CommandLine,
)
from tests.entrypoints.cli.canned_commands import can_everything

from vostok.entrypoints.cli.output import Output
from vostok.entrypoints.cli.waiting import computing

WAIT_SECONDS_MAX = 30.0


def command(*words: str) -> list[str]:
    """The command line in a process of its own."""
    return [sys.executable, "-m", "vostok.entrypoints.cli", *words]


def environment(server: CannedServer) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "LC_ALL": "C.UTF-8",
        "VOSTOK_URL": server.url,
        "VOSTOK_TOKEN": TOKEN,
    }


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not is_true():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {WAIT_SECONDS_MAX} s")
        time.sleep(0.02)


def test_ctrl_c_leaves_the_job_to_the_server(server: CannedServer) -> None:
    server.answer("POST", "archives/trial/publications", JOB, status=202)
    server.answer("GET", "jobs/12", RUNNING)
    process = subprocess.Popen(
        command("publication", "publish", "trial"),
        env=environment(server),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: len(server.asked) > 1)

    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=WAIT_SECONDS_MAX)

    assert process.returncode == 130
    assert stdout == ""
    assert "job 12 goes on without you: vostok job show 12" in stderr
    assert "Traceback" not in stderr
    assert not [item for item in server.asked if "cancel" in item.path]


def test_a_reader_that_goes_away_is_no_error(server: CannedServer) -> None:
    server.answer("GET", "builds/7", BUILD)
    server.answer_log(7, b"line\n" * 200_000, size=1_000_000, is_complete=True)

    ran = subprocess.run(
        ["/bin/bash", "-c", f"{shlex.join(command('build', 'log', '7'))} | head -n 1"],
        env=environment(server),
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "line\n"
    assert ran.stderr == ""


def test_on_a_terminal_a_log_cannot_send_control_characters(server: CannedServer) -> None:
    server.answer("GET", "builds/7", BUILD)
    server.answer_log(7, b"\x1b[2Jgone\n\xffdone\n", size=16, is_complete=True)

    text = _on_terminal(command("build", "log", "7"), environment(server))

    assert "\x1b" not in text
    assert "\N{REPLACEMENT CHARACTER}[2Jgone" in text
    assert "done" in text


def test_on_a_terminal_a_job_has_a_bar_and_states_have_colours(server: CannedServer) -> None:
    server.answer("POST", "imports", JOB, status=202)
    server.answer("GET", "jobs/12", RUNNING, RUNNING, SUCCEEDED)
    server.answer("GET", "archives/debian", IMAGE)
    words = [*("archive", "import", "debian", "--suite", "s"), *("--component", "main")]

    text = _on_terminal(
        command(*words, "--architecture", "amd64"),
        {**environment(server), "TERM": "xterm-256color"},
    )

    assert "reading Packages" in text
    assert re.search(r"3/10", text)
    assert "\x1b[32mactive" in text


def _on_terminal(words: list[str], variables: dict[str, str]) -> str:
    """What a command writes when its three streams are a terminal."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        words, env=variables, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    written = b""
    while True:
        try:
            chunk = os.read(controller, 65_536)
        except OSError:  # the terminal's last user is gone
            break
        written += chunk
    os.close(controller)
    assert process.wait(WAIT_SECONDS_MAX) == 0
    return written.decode()


LISTINGS = [
    "status",
    "archive list",
    "archive show trial",
    "toolchain list",
    "campaign list trial",
    "campaign show trial 1",
    "build show 7",
    "build log 7",
    "publication list trial",
    "job list",
    "person list",
    "team list",
    "archive list --json",
]


@pytest.mark.parametrize("words", LISTINGS)
def test_a_command_whose_reader_has_gone_ends_silently_with_141(
    vostok: CommandLine, words: str
) -> None:
    can_everything(vostok)
    vostok.server.answer("GET", "persons", {"persons": []})
    vostok.server.answer("GET", "teams", {"teams": []})
    reading, writing = os.pipe()
    os.close(reading)

    ran = subprocess.run(
        command(*words.split()),
        env=environment(vostok.server),
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=WAIT_SECONDS_MAX,
        check=False,
    )
    os.close(writing)

    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_terminal_shows_what_is_being_worked_out() -> None:
    screen, output = io.StringIO(), Output(is_json=False)
    output.notes = Console(file=screen, force_terminal=True, width=200)

    with computing(output, "working out what is taken of debian"):
        pass

    assert "working out what is taken of debian" in screen.getvalue()
