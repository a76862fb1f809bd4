"""What `vostok quota` asks of the server, and what it prints."""

import re

import pytest
from tests.entrypoints.cli.canned import CommandLine

QUOTA = {
    "kind": "archive",
    "name": "trial",
    "is_own": True,
    "limits": {"archives": None, "builds": 1000, "bytes": 2 << 30},
    "usage": {
        "archives": 1, "builds": 250, "bytes": 1 << 30, "build_bytes": 1 << 29,
        "log_bytes": 1 << 28, "upload_bytes": 0, "fetched_bytes": 1 << 28,
    },
    "set_by": "ann",
    "set_at": "2026-11-27T12:00:00+00:00",
}  # fmt: skip
DEFAULT = {
    **QUOTA,
    "kind": "default",
    "name": "person",
    "limits": {"archives": 5, "builds": None, "bytes": None},
}


def test_usage_is_listed_against_limits(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "quotas", {"quotas": [QUOTA, DEFAULT], "next": None})

    ran = vostok.run("quota", "list")

    whose = "own, by ann, 2026-11-27 12:00:00 UTC"
    assert [re.split(" {2,}", line) for line in ran.stdout.splitlines()] == [
        ["OF", "ARCHIVES", "BUILDS", "BYTES", "LIMITS"],
        ["archive trial", "-", "250 of 1000", "1.0 GiB of 2.0 GiB", whose],
        ["every person", "5", "-", "-", whose],
    ]


def test_one_is_shown_with_what_it_is_made_of(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial/quota", QUOTA)

    ran = vostok.run("quota", "show", "--archive", "trial")

    assert "512.0 MiB of builds, 256.0 MiB of logs, 256.0 MiB fetched ahead" in ran.stdout


def test_what_is_not_named_stays_as_it_is(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "archives/trial/quota", QUOTA)
    vostok.server.answer("PUT", "archives/trial/quota", QUOTA)

    vostok.run("quota", "set", "--archive", "trial", "--gib", "0.5")
    vostok.run("quota", "set", "--archive", "trial", "--builds", "none")

    assert [asked.body for asked in vostok.server.asked if asked.method == "PUT"] == [
        {"archives": None, "builds": 1000, "bytes": 1 << 29},
        {"archives": None, "builds": None, "bytes": 2 << 30},
    ]


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (("--person", "lou"), "persons/lou/quota"),
        (("--team", "kernel"), "teams/kernel/quota"),
        (("--every", "person"), "quotas/person"),
    ],
)
def test_limits_are_taken_away_of_whom_an_option_names(
    vostok: CommandLine, words: tuple[str, ...], path: str
) -> None:
    vostok.server.answer("DELETE", path, DEFAULT)

    ran = vostok.run("quota", "remove", *words)

    assert ran.code == 0
    assert [(asked.method, asked.path) for asked in vostok.server.asked] == [("DELETE", path)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show",), "limits are of one archive, person or team"),
        (("show", "--archive", "a", "--team", "b"), "limits are of one archive, person or team"),
        (("set", "--archive", "trial"), "no limit is named"),
        (("set", "--archive", "trial", "--builds", "many"), "'many' is no number"),
        (("set", "--archive", "trial", "--gib", "nan"), "'nan' is no number of GiB"),
    ],
)
def test_what_cannot_be_meant_is_refused_without_asking(
    vostok: CommandLine, words: tuple[str, ...], sentence: str
) -> None:
    ran = vostok.run("quota", *words)

    assert ran.code == 2
    assert sentence in ran.stderr
    assert vostok.server.asked == []
