"""What `vostok builder` and its verbs ask of the server, and what they print."""

import re

import pytest
from tests.entrypoints.cli.canned import CommandLine

BUILDER = {
    "name": "host-1",
    "architectures": ["amd64", "i386"],
    "seen_at": "2026-11-27T12:00:00+00:00",
    "is_present": True,
    "state": "paused",
    "reason": "a disk is replaced",
    "changed_by": "ann",
    "changed_at": "2026-11-27T11:00:00+00:00",
    "added_by": None,
    "added_at": None,
    "has_token": False,
    "token_used_at": None,
    "at_work": [
        {
            "build": 7, "archive": "trial", "source": "hello", "version": "1.2X1",
            "rebuild_no": 1, "architecture": "amd64", "state": "building", "score": 0,
            "builder": "host-1", "attempt": 1, "started_at": "2026-11-27T11:59:00Z",
            "seen_at": "2026-11-27T12:00:00Z",
        },
    ],
}  # fmt: skip
NEW = {**BUILDER, "name": "host-7", "state": "active", "reason": None, "token": "a-new-token"}


def test_builders_are_listed_with_state_and_builds(vostok: CommandLine) -> None:
    away = {**BUILDER, "name": "host-2", "is_present": False, "at_work": []}
    vostok.server.answer("GET", "builders", {"builders": [BUILDER, away], "next": None})

    ran = vostok.run("builder", "list")

    assert [re.split(" {2,}", line) for line in ran.stdout.splitlines()] == [
        ["NAME", "STATE", "ARCHITECTURES", "SEEN", "BUILDS", "REASON"],
        ["host-1", "paused", "amd64, i386", "2026-11-27 12:00:00 UTC", "hello 1.2X1",
         "a disk is replaced"],
        ["host-2", "paused", "amd64, i386", "2026-11-27 12:00:00 UTC, away",
         "a disk is replaced"],
    ]  # fmt: skip


def test_without_builders_it_says_how_to_add_one(vostok: CommandLine) -> None:
    vostok.server.answer("GET", "builders", {"builders": [], "next": None})

    assert "vostok builder add NAME" in vostok.run("builder", "list").stderr


@pytest.mark.parametrize(
    ("words", "path"),
    [(("add", "host-7"), "builders"), (("token", "host-7"), "builders/host-7/token")],
)
def test_a_new_token_alone_is_on_stdout(
    vostok: CommandLine, words: tuple[str, ...], path: str
) -> None:
    vostok.server.answer("POST", path, NEW, status=201)

    ran = vostok.run("builder", *words)

    assert ran.stdout == "a-new-token\n"
    assert "vostok builder --name host-7 --token-file FILE" in ran.stderr


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("show", "host-1"), ("GET", "builders/host-1", None)),
        (
            ("pause", "host-1", "--reason", "a disk"),
            ("POST", "builders/host-1/pauses", {"reason": "a disk"}),
        ),
        (("resume", "host-1"), ("POST", "builders/host-1/resumptions", None)),
        (
            ("remove", "host-1", "--reason", "gone"),
            ("POST", "builders/host-1/removals", {"reason": "gone"}),
        ),
        (("token", "host-1", "--revoke"), ("DELETE", "builders/host-1/token", None)),
    ],
)
def test_a_deed_shows_the_builder_after_it(
    vostok: CommandLine, words: tuple[str, ...], asked: tuple[str, str, object]
) -> None:
    method, path, body = asked
    vostok.server.answer(method, path, BUILDER)

    ran = vostok.run("builder", *words)

    assert ran.code == 0
    assert vostok.server.bodies(method, path) == [body]
    assert "a disk is replaced" in ran.stdout
    assert "hello 1.2X1 in trial, build 7" in ran.stdout


@pytest.mark.parametrize("verb", ["pause", "remove"])
def test_pausing_and_removing_ask_for_a_reason(vostok: CommandLine, verb: str) -> None:
    ran = vostok.run("builder", verb, "host-1")

    assert ran.code == 2
    assert "--reason" in ran.stderr


def test_lists_are_narrowed_by_text_kind_and_state(vostok: CommandLine) -> None:
    for path, name in (
        ("builders", "builders"), ("persons", "persons"), ("teams", "teams"), ("jobs", "jobs"),
        ("toolchains", "toolchains"), ("archives/trial/campaigns", "campaigns"),
        ("archives/trial/uploads", "uploads"), ("archives/trial/webhooks", "webhooks"),
    ):  # fmt: skip
        vostok.server.answer("GET", path, {name: [], "next": None})

    for words in (
        ("builder", "list", "--state", "paused"),
        ("person", "list", "--kind", "robot", "--state", "disabled"),
        ("team", "list"), ("job", "list"), ("toolchain", "list"),
        ("campaign", "list", "trial", "--kind", "control", "--state", "finished"),
        ("upload", "list", "trial", "--state", "refused"),
        ("webhook", "list", "trial", "--state", "off"),
    ):  # fmt: skip
        ran = vostok.run(*words, "--search", "x")
        assert (ran.code, ran.stderr) == (0, ""), words

    asked = [{k: v for k, v in one.query.items() if k != "limit"} for one in vostok.server.asked]
    assert asked[0] == {"q": "x", "state": "paused"}
    assert asked[1] == {"q": "x", "kind": "robot", "state": "disabled"}
    assert asked[2:5] == [{"q": "x"}] * 3
    assert asked[5] == {"q": "x", "kind": "control", "state": "finished"}
    assert asked[6:] == [{"q": "x", "state": "refused"}, {"q": "x", "state": "off"}]
