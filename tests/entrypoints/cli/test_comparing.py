"""`vostok archive compare`: counts first, then each group; complete for programs."""

import json
from typing import Any

from tests.entrypoints.cli.canned import CommandLine

LEFT = {
    "reference": "trial/bookworm@2",
    "archive": "trial",
    "suite": "bookworm",
    "kind": "publication",
    "number": 2,
    "at": "2026-11-27T10:00:00Z",
}
RIGHT = {**LEFT, "reference": "debian/bookworm@1", "archive": "debian", "kind": "snapshot"}
NONE = {"only-left": 0, "only-right": 0, "higher-left": 0, "higher-right": 0, "other-bytes": 0}
HIGHER: dict[str, Any] = {
    "kind": "binary",
    "group": "higher-left",
    "name": "hello",
    "architectures": ["amd64", "arm64"],
    "left": {"version": "2", "sha256": "a" * 64, "architecture": "all", "source": "hello"},
    "right": {"version": "1", "sha256": "b" * 64, "architecture": "all", "source": "hello"},
    "sentence": "hello is higher",
}
BYTES: dict[str, Any] = {
    **HIGHER,
    "group": "other-bytes",
    "name": "tree",
    "left": {**HIGHER["left"], "version": "1"},
}
FOUND: dict[str, Any] = {
    "left": LEFT,
    "right": RIGHT,
    "selection": None,
    "architectures": ["amd64", "arm64"],
    "architectures_only_left": [],
    "architectures_only_right": ["armhf"],
    "is_equal": False,
    "counts": {
        "sources": NONE,
        "binaries": {**NONE, "higher-left": 1, "other-bytes": 1},
        "architectures": {
            name: {**NONE, "higher-left": 1, "other-bytes": 1} for name in ("amd64", "arm64")
        },
    },
    "group": None,
    "total": 2,
    "next": None,
    "limit": 0,
    "differences": [],
}
COMPARE = ("archive", "compare", "trial", "debian")


def page(*differences: object) -> dict[str, Any]:
    return {**FOUND, "limit": len(differences), "differences": list(differences)}


def test_people_see_the_counts_and_then_each_group(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "comparisons", FOUND, page(HIGHER), page(BYTES))

    ran = vostok.run(*COMPARE)

    assert ran.code == 0, ran.stderr
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert lines[0][:5] == ["A", "trial/bookworm@2", "(publication", "of", "2026-11-27"]
    assert ["higher-left", "0", "1", "1", "1", "higher", "in", "trial/bookworm@2"] in lines
    assert ["binary", "hello", "amd64,", "arm64", "2", "1"] in lines
    assert [
        "binary",
        "tree",
        "amd64,",
        "arm64",
        "1",
        "aaaaaaaaaaaa…",
        "1",
        "bbbbbbbbbbbb…",
    ] in lines
    assert lines.index(["same", "version,", "other", "bytes"]) > lines.index(
        ["higher", "in", "trial/bookworm@2"]
    )
    assert "not compared, as only B has them: armhf" in ran.stderr


def test_after_the_first_answer_the_same_two_are_asked_for(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "comparisons", FOUND, page(HIGHER), page(BYTES))

    vostok.run(*COMPARE, "--select", "hello,tree")

    bodies: list[Any] = vostok.server.bodies("POST", "comparisons")
    assert [body["left"] for body in bodies] == ["trial", *["trial/bookworm@2"] * 2]
    assert [body["group"] for body in bodies] == [None, "higher-left", "other-bytes"]
    assert {body["selection"] for body in bodies} == {"hello,tree"}


def test_one_group_is_shown_if_only_one_is_asked_for(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "comparisons", FOUND, page(BYTES))

    ran = vostok.run(*COMPARE, "--only", "other-bytes")

    assert "tree" in ran.stdout
    assert "hello" not in ran.stdout


def test_a_long_group_is_cut_and_the_note_says_how_to_see_the_rest(vostok: CommandLine) -> None:
    counts = {**FOUND["counts"], "binaries": {**NONE, "higher-left": 500}}
    vostok.server.answer("POST", "comparisons", {**FOUND, "counts": counts}, page(HIGHER))

    ran = vostok.run(*COMPARE, "--limit", "1")

    assert "499 more: --only higher-left --limit 0" in ran.stderr
    bodies: list[Any] = vostok.server.bodies("POST", "comparisons")
    assert bodies[-1]["limit"] == 1


def test_programs_get_all_pages_in_one_document(vostok: CommandLine) -> None:
    first = {**page(HIGHER), "total": 2, "next": "behind hello"}
    vostok.server.answer("POST", "comparisons", first, page(BYTES))

    ran = vostok.run(*COMPARE, "--json")

    assert ran.code == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert document == {**FOUND, "limit": 2, "differences": [HIGHER, BYTES]}
    bodies: list[Any] = vostok.server.bodies("POST", "comparisons")
    assert [body.get("cursor") for body in bodies] == [None, "behind hello"]


def test_equal_archives_are_said_to_be_equal(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "comparisons", {**FOUND, "is_equal": True, "total": 0})

    ran = vostok.run(*COMPARE, "--exit-code")

    assert ran.code == 0
    assert "no differences" in ran.stdout


def test_differences_are_in_the_exit_code_if_that_is_asked(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "comparisons", {**page(HIGHER, BYTES)})

    assert vostok.run(*COMPARE, "--json").code == 0
    assert vostok.run(*COMPARE, "--json", "--exit-code").code == 8
