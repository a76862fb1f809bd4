"""What is the same for all commands: failures, and finding the server."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.entrypoints.cli.canned import (
    JOB,
    RUNNING,
    STATUS,
    SUCCEEDED,
    TOKEN,
    CommandLine,
)

from vostok.config import load_settings
from vostok.entrypoints.cli.connection import find_connection

NOBODY = 65_534


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


def test_an_unknown_setting_is_refused_by_name(
    vostok: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOSTOK_URI", "x")

    ran = vostok.run_bare("status")

    assert ran.code == 2
    assert "VOSTOK_URI" in ran.stderr
    assert "did you mean VOSTOK_URL?" in ran.stderr
