"""What the commands for builds ask of the server, and what they print."""

import pytest
from tests.entrypoints.cli.canned import (
    ATTEMPT,
    BUILD,
    FAILED_BUILD,
    CommandLine,
)


def test_a_build_shows_its_attempts_and_the_decisive_lines(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "builds/8", {**FAILED_BUILD, "attempts": [ATTEMPT]})

    ran = vostok.run("build", "show", "8")

    assert "attempt 1 on host-1" in ran.stdout
    assert "log size  2.0 KiB" in ran.stdout
    assert "tree.c:12: error:" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_a_log_is_printed_byte_for_byte_over_all_its_parts(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "builds/7", {**BUILD, "attempts": [ATTEMPT]})
    vostok.server.answer_log(7, b"one\n\x1b[1m", size=13, is_complete=True)
    vostok.server.answer_log(7, b"two\n\n", size=13, is_complete=True)

    ran = vostok.run("build", "log", "7")

    assert ran.stdout == "one\n\x1b[1mtwo\n\n"
    assert [item.query for item in vostok.server.asked[1:]] == [
        {"offset": "0", "attempt": "1"},
        {"offset": "8", "attempt": "1"},
    ]


def test_a_growing_log_is_followed_to_its_end(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "builds/7", BUILD)
    vostok.server.answer_log(7, b"one\n", size=4, is_complete=False)
    vostok.server.answer_log(7, b"", size=4, is_complete=False)
    vostok.server.refuse("GET", "builds/7/log", 503, detail="being started again")
    vostok.server.answer_log(7, b"two\n", size=8, is_complete=False)
    vostok.server.answer_log(7, b"", size=8, is_complete=True)

    ran = vostok.run("build", "log", "7", "--follow")

    assert ran.code == 0
    assert ran.stdout == "one\ntwo\n"


def test_a_growing_log_that_is_not_followed_ends_where_it_is(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "builds/7", BUILD)
    vostok.server.answer_log(7, b"one\n", size=4, is_complete=False)

    ran = vostok.run("build", "log", "7", "--attempt", "2")

    assert ran.stdout == "one\n"
    assert [item.query for item in vostok.server.asked] == [{"offset": "0", "attempt": "2"}]


@pytest.mark.parametrize(("count", "words"), [(1, "1 stays as it is"), (2, "2 stay as they are")])
def test_of_many_builds_those_that_stay_as_they_are_are_listed(
    vostok: CommandLine, count: int, words: str
) -> None:
    vostok.server.answer("POST", "archives/trial/scores", not_rescored(count))

    ran = vostok.run("build", "rescore", "--archive", "trial", "--state", "built", "--score", "1")

    assert ran.code == 0
    assert words in ran.stdout
    assert "build 7 is built: no builder will be asked for it" in ran.stdout


@pytest.mark.parametrize(
    ("change", "changes"),
    [("retry", "retries"), ("cancel", "cancellations"), ("rescore", "scores")],
)
def test_builds_are_chosen_at_the_command_as_at_the_api(
    vostok: CommandLine, change: str, changes: str
) -> None:
    path = f"archives/trial/{changes}"
    vostok.server.answer("POST", path, {**not_rescored(0), "change": change})
    words = ["--archive", "trial", "--campaign", "2", "--state", "failed", "--select", "lib*"]
    words += ["--architecture", "arm64", "--text", "foo", "--reason", "why", "--dry-run"]

    ran = vostok.run("build", change, *words, *(["--score", "5"] if change == "rescore" else []))

    assert ran.code == 0, ran.stderr
    (sent,) = vostok.server.bodies("POST", path)
    assert sent == {
        "ids": None, "states": ["failed"], "selection": "lib*", "campaign": 2,
        "architecture": "arm64", "text": "foo", "reason": "why", "dry_run": True,
        **({"score": 5} if change == "rescore" else {}),
    }  # fmt: skip


def test_one_build_that_cannot_be_rescored_is_an_error_as_when_it_is_retried(
    vostok: CommandLine,
) -> None:
    vostok.server.answer("GET", "builds/7", BUILD)
    vostok.server.answer("POST", "archives/trial/scores", not_rescored(1))

    ran = vostok.run("build", "rescore", "7", "--score", "1")

    assert (ran.code, ran.stdout) == (6, "")
    assert "error: build 7 is built: no builder will be asked for it" in ran.stderr


def not_rescored(count: int) -> dict[str, object]:
    """The answer of a server of which no build was given another score."""
    refused = [
        {
            "id": 7 + number, "source": "hello", "architecture": "amd64", "state": "built",
            "code": "wrong-state",
            "sentence": f"build {7 + number} is built: no builder will be asked for it",
        }
        for number in range(count)
    ]  # fmt: skip
    return {
        "change": "rescore", "dry_run": False, "changed": [], "refused": refused, "left_alone": 0,
    }  # fmt: skip
