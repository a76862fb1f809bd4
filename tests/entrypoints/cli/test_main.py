"""What is the same for all commands: failures, finding the server, help, the light start."""

import io
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console
from tests.entrypoints.cli.canned import (
    BUILD,
    DERIVED,
    IMAGE,
    JOB,
    RUNNING,
    STATUS,
    SUCCEEDED,
    TOKEN,
    CannedServer,
    CommandLine,
)
from tests.entrypoints.cli.canned_commands import can_everything

from vostok.config import load_settings
from vostok.entrypoints.api.description import commands
from vostok.entrypoints.cli.connection import find_connection
from vostok.entrypoints.cli.output import Output
from vostok.entrypoints.cli.waiting import computing

WAIT_SECONDS_MAX = 30.0
NOBODY = 65_534
COMMANDS = [
    *("search", "queue"),
    *("status", "up", "server", "executor", "builder", "login", "logout", "completion"),
    *("archive import", "archive derive", "archive list", "archive show", "archive delete"),
    *("archive sync", "archive select", "archive remove", "archive restore"),
    *(
        "archive history",
        "archive sources",
        "archive watch",
        "archive news",
        "archive compare",
        "archive set",
    ),
    *("toolchain create", "toolchain show", "toolchain list", "toolchain preflight"),
    *(
        "selection preview",
        "rebuild request",
        "rebuild nochange",
        "rebuild estimate",
        "version explain",
        "archive estimate",
    ),
    *("campaign list", "campaign show", "campaign compare"),
    *("build show", "build log", "build retry", "build cancel", "build rescore"),
    *("person add", "person list", "person show", "person disable", "person enable"),
    *("person set-password", "person reset-password", "person vouch", "person change-password"),
    *("robot add", "robot list", "robot set", "robot delete"),
    *("session list", "session end", "identity list", "identity unlink", "identity link"),
    *("upload put", "upload list", "upload show", "upload get"),
    *("key add", "key list", "key revoke", "token create", "token list", "token revoke"),
    *(
        "right list",
        "right grant",
        "right revoke",
        "right set-private",
        "right who",
        "right of",
        "audit list",
    ),
    *("builder list", "builder show", "builder add", "builder token"),
    *("builder pause", "builder resume", "builder remove"),
    *("quota list", "quota show", "quota set", "quota remove"),
    *("team add", "team list", "team show", "team put", "team take", "team delete"),
    *("webhook add", "webhook list", "webhook show", "webhook remove", "webhook redeliver"),
    *("webhook set", "webhook test"),
    *("subscription add", "subscription list", "subscription remove", "subscription confirm"),
    *("subscription letters", "subscription resend"),
    *("store stats", "store verify", "store collect"),
    *("publication publish", "publication list", "publication not-built"),
    *("publication keep", "publication release"),
    *("job list", "job show", "job log", "job cancel"),
]


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


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, 2),
        (401, 5),
        (403, 5),
        (404, 3),
        (409, 6),
        (410, 4),
        (422, 2),
        (429, 7),
        (500, 1),
        (503, 7),
    ],
)
def test_the_exit_code_says_what_kind_of_error_the_server_answered(
    vostok: CommandLine, status: int, code: int
) -> None:
    vostok.server.refuse("GET", "archives/trial", status, detail="no such luck", hint="try harder")

    ran = vostok.run("archive", "show", "trial")

    assert ran.code == code
    assert ran.stdout == ""
    assert ran.stderr.startswith("error: ")
    assert "no such luck\n" in ran.stderr
    assert ran.stderr.endswith("\nhint: try harder\n")


def test_faults_of_single_fields_are_all_named(vostok: CommandLine) -> None:
    faults = [
        {"field": "tag", "code": "wrong-name", "detail": "only letters"},
        {"field": "parent", "code": "not-found", "detail": "no suite sid"},
    ]
    vostok.server.refuse("GET", "archives/trial", 422, detail="two faults", errors=faults)

    ran = vostok.run("archive", "show", "trial")

    assert ran.stderr == "error: two faults\n  tag: only letters\n  parent: no suite sid\n"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("invalid-input", 2),
        ("NotFoundError", 3),
        ("not_allowed", 5),
        ("conflict", 6),
        ("unavailable", 7),
        ("bug", 8),
    ],
)
def test_a_failed_job_exits_by_the_kind_of_its_error(
    vostok: CommandLine, kind: str, code: int
) -> None:
    error = {"kind": kind, "message": "main is not in sid", "hint": "take contrib"}
    vostok.server.answer("POST", "archives/trial/publications", JOB, status=202)
    failed = {**JOB, "state": "failed", "message": error["message"], "error": error}
    vostok.server.answer("GET", "jobs/12", failed)

    ran = vostok.run("publication", "publish", "trial")

    assert ran.code == code
    assert ran.stderr.count("main is not in sid") == 1
    assert ran.stdout == ""
    assert ran.stderr.endswith("error: main is not in sid\nhint: take contrib\n")


def test_a_cancelled_job_is_failed_work(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "archives/trial/publications", JOB, status=202)
    vostok.server.answer("GET", "jobs/12", {**JOB, "state": "cancelled"})

    ran = vostok.run("publication", "publish", "trial")

    assert ran.code == 8
    assert "error: job 12 was cancelled\nhint: vostok job show 12\n" in ran.stderr


def test_a_job_s_log_is_followed_until_the_job_has_ended_each_line_told_once(
    vostok: CommandLine,
) -> None:
    at = "2026-01-01T10:00:00Z"
    counts = {"done": 3, "total": 10, "unit": "files"}
    began = {"number": 7, "at": at, "kind": "began", "text": "began", "progress": None}
    step = {"number": 9, "at": at, "kind": "step", "text": "reading", "progress": counts}
    ended = {"number": 12, "at": at, "kind": "ended", "text": "a\x1b[2J", "progress": None}
    vostok.server.answer("GET", "jobs/12", RUNNING, RUNNING, SUCCEEDED)
    vostok.server.answer(
        "GET", "jobs/12/log", {"lines": [began], "next": None},
        {"lines": [began, step], "next": None}, {"lines": [began, step, ended], "next": None},
    )  # fmt: skip

    followed = vostok.run("job", "log", "12", "--follow")
    printed = vostok.run("job", "log", "12", "--output", "tsv")

    assert (followed.code, printed.code) == (0, 0)
    told = [line.split("UTC  ")[1] for line in followed.stdout.splitlines()]
    assert told[:2] == ["began", "reading (3 of 10 files)"]
    assert len(told) == 3
    assert "\x1b" not in followed.stdout
    assert printed.stdout.splitlines()[2].split("\t")[1:] == ["step", "reading (3 of 10 files)"]


def test_a_job_that_is_not_waited_for_is_named(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "archives/trial/publications", JOB, status=202)

    ran = vostok.run("publication", "publish", "trial", "--no-wait")

    assert ran.code == 0
    assert ran.stdout == "job 12 (import) is queued\n"
    assert [item.method for item in vostok.server.asked] == ["POST"]


def test_a_server_that_is_away_for_a_moment_does_not_end_the_wait(vostok: CommandLine) -> None:
    vostok.server.answer("DELETE", "archives/trial", JOB, status=202)
    vostok.server.refuse("GET", "jobs/12", 503, detail="being started again")
    vostok.server.answer("GET", "jobs/12", SUCCEEDED)

    ran = vostok.run("archive", "delete", "trial", "--yes")

    assert ran.code == 0


def test_a_token_that_is_not_known_is_not_allowed(vostok: CommandLine) -> None:
    ran = vostok.run_bare("--url", vostok.server.url, "--token", "other", "archive", "list")

    assert ran.code == 5
    assert ran.stderr.endswith("hint: VOSTOK_TOKEN\n")


def test_without_a_server_it_says_how_to_start_one(vostok: CommandLine, tmp_path: Path) -> None:
    ran = vostok.run_bare("archive", "list", "--data-root", str(tmp_path))

    assert ran.code == 7
    assert "error: no Vostok server answers at http://127.0.0.1:8600" in ran.stderr
    assert str(tmp_path) in ran.stderr
    assert "\nhint: start one here: vostok up; or go to another: vostok login" in ran.stderr


def test_a_server_that_is_gone_is_named_by_its_url(vostok: CommandLine) -> None:
    ran = vostok.run_bare("--url", "http://127.0.0.1:9", "--token", "t", "archive", "list")

    assert ran.code == 7
    assert ran.stderr == (
        "error: no Vostok server answers at http://127.0.0.1:9\n"
        "hint: start one here: vostok up; or go to another: vostok login URL --person NAME\n"
    )


def test_what_is_no_vostok_server_is_not_trusted(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives", ["not", "an", "object"])

    ran = vostok.run("archive", "list")

    assert ran.code == 1
    assert "JSON that is not an object" in ran.stderr


@pytest.fixture
def data_root() -> Iterator[Path]:
    """A directory that other users can enter, as a data root is."""
    with tempfile.TemporaryDirectory(prefix="vostok-test-") as name:
        root = Path(name)
        root.chmod(0o755)
        yield root


def test_url_and_token_are_found_in_the_data_root(vostok: CommandLine, data_root: Path) -> None:
    (data_root / "address").write_text(vostok.server.url + "\n")
    (data_root / "admin.token").write_text(TOKEN + "\n")
    vostok.server.answer("GET", "status", STATUS)

    ran = vostok.run_bare("status", "--data-root", str(data_root))

    assert ran.code == 0, ran.stderr
    assert "host-1" in ran.stdout


def test_the_environment_names_url_and_token(
    vostok: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOSTOK_URL", vostok.server.url)
    monkeypatch.setenv("VOSTOK_TOKEN", TOKEN)
    vostok.server.answer("GET", "status", STATUS)

    assert vostok.run_bare("status").code == 0


def test_the_token_of_this_machine_is_not_sent_to_another(data_root: Path) -> None:
    (data_root / "address").write_text("http://127.0.0.1:8600\n")
    (data_root / "admin.token").write_text(TOKEN)

    connection = find_connection(
        load_settings({"data_root": data_root, "url": "http://vostok.example.org"}, environment={})
    )

    assert connection.url == "http://vostok.example.org"
    assert connection.token is None


def test_an_unreadable_token_is_explained(
    vostok: CommandLine, data_root: Path, as_somebody_else: None
) -> None:
    ran = vostok.run_bare("status", "--data-root", str(data_root))

    assert as_somebody_else is None
    assert ran.code == 5
    assert f"{data_root}/admin.token may not be read by the user with id" in ran.stderr
    assert "sudo" in ran.stderr
    assert "VOSTOK_TOKEN" in ran.stderr


@pytest.fixture
def as_somebody_else(data_root: Path) -> Iterator[None]:
    """Not the owner of the token file: another user, or nobody may read it."""
    (data_root / "address").write_text("http://127.0.0.1:9\n")
    token = data_root / "admin.token"
    token.write_text(TOKEN)
    token.chmod(0o000)
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(user)


def test_a_bug_is_one_line_and_a_traceback_only_if_asked_for(vostok: CommandLine) -> None:
    vostok.server.answer(
        "POST", "store/statistics", {**SUCCEEDED, "result": {"bytes": 1}}, status=202
    )

    plain = vostok.run("store", "stats")
    debugged = vostok.run("store", "stats", "--debug")

    assert (plain.code, debugged.code) == (1, 1)
    assert plain.stderr.endswith(
        "error: KeyError: 'uses'\nhint: this is a bug; --debug shows where\n"
    )
    assert "Traceback" in debugged.stderr


def test_an_answer_of_another_shape_is_said_with_what_is_wrong_in_it(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial", {"name": "trial", "kind": 3})

    ran = vostok.run("archive", "show", "trial")

    assert ran.code == 1
    assert ran.stderr == (
        "error: the server's answer to archives/trial is not what it should be: kind: Input should"
        " be a valid string; state: Field required\n"
        "hint: compare the versions of client and server: vostok status\n"
    )


def test_control_characters_of_an_error_do_not_reach_the_terminal(vostok: CommandLine) -> None:
    vostok.server.refuse("GET", "archives/trial", 404, detail="no \x1b[31m archive")

    ran = vostok.run("archive", "show", "trial")

    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["archive", "shwo"], "No such command 'shwo'", "vostok archive --help"),
        (["archive", "list", "--nope"], "No such option: --nope", "vostok archive list --help"),
        (["archive", "show"], "Missing argument 'NAME'", "vostok archive show --help"),
        (["archive"], "Missing command", "vostok archive --help"),
        (["build", "show", "x"], "Invalid value for 'ID'", "vostok build show --help"),
    ],
)
def test_wrong_words_are_named_with_the_help_to_read(
    vostok: CommandLine, words: list[str], message: str, hint: str
) -> None:
    ran = vostok.run(*words)

    assert ran.code == 2
    assert message in ran.stderr
    assert ran.stderr.endswith(f"\nhint: {hint}\n")
    assert ran.stdout == ""


def test_without_words_it_shows_its_help(vostok: CommandLine) -> None:
    ran = vostok.run_bare()

    assert ran.code == 0
    assert ran.stdout == vostok.run_bare("--help").stdout
    assert "Exit codes:" in ran.stdout


def test_it_says_its_version(vostok: CommandLine) -> None:
    assert re.fullmatch(r"vostok \d+\.\d+\.\d+\n", vostok.run_bare("--version").stdout)


def test_an_unknown_setting_is_refused_by_name(
    vostok: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOSTOK_URI", "x")

    ran = vostok.run_bare("status")

    assert ran.code == 2
    assert "VOSTOK_URI" in ran.stderr
    assert "did you mean VOSTOK_URL?" in ran.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does_with_examples_that_it_would_take(
    vostok: CommandLine, name: str
) -> None:
    ran = vostok.run_bare(*name.split(), "--help")
    sentence, examples = ran.stdout.split("Examples:")
    lines = examples.replace("\\\n", " ").strip().splitlines()
    commands = [shlex.split(re.split(r" [|>] ", line)[0]) for line in lines]

    assert ran.code == 0
    assert re.search(r"^  [A-Z].*\.", sentence, re.MULTILINE)
    assert commands
    for words in commands:
        assert " ".join(words).startswith(f"vostok {name}")
        assert vostok.run_bare(*words[1:], "--help").code == 0


def test_the_command_that_the_api_names_for_an_operation_would_be_taken(
    vostok: CommandLine,
) -> None:
    refused = [
        line for line in commands().values()
        if vostok.run_bare(*shlex.split(line)[1:], "--help").code != 0
    ]  # fmt: skip

    assert refused == []


def test_the_list_of_commands_in_these_tests_is_whole(vostok: CommandLine) -> None:
    def words(*group: str) -> list[str]:
        text = vostok.run_bare(*group, "--help").stdout.split("Commands:\n")[1]
        return re.findall(r"^  (\S+)", text.split("\n\n")[0], re.MULTILINE)

    alone = {name for name in COMMANDS if " " not in name}
    groups = {name.split()[0] for name in COMMANDS if " " in name}
    found = [
        name
        for group in words()
        for name in (
            *([group] if group in alone else ()),
            *((f"{group} {verb}" for verb in words(group)) if group in groups else ()),
        )
    ]

    assert sorted(found) == sorted(COMMANDS)


def _imported_by(words: list[str]) -> set[str]:
    code = (
        "import sys\n"
        "from vostok.entrypoints.cli import main\n"
        f"main({words!r})\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in ran.stderr.splitlines()} | set(
        ran.stderr.splitlines()
    )


def test_a_command_imports_nothing_of_the_server(server: CannedServer) -> None:
    server.answer("GET", "archives", {"archives": [IMAGE, DERIVED]})

    imported = _imported_by(["--url", server.url, "--token", TOKEN, "archive", "list"])

    heavy = {
        "fastapi",
        "uvicorn",
        "sqlalchemy",
        "alembic",
        "dbos",
        "scipy",
        "pysequoia",
        "apt_pkg",
    }
    assert "httpx" in imported
    assert imported & heavy == set()
    assert not [
        name for name in imported if name.startswith(("vostok.adapters", "vostok.services"))
    ]


def test_help_does_not_wait_for_what_only_commands_need() -> None:
    imported = _imported_by(["archive", "--help"])

    assert imported & {"httpx", "asyncio", "vostok.config"} == set()


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
