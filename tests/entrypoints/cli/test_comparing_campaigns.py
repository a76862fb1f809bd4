"""`vostok campaign compare`: counts first, then each group with the excerpts of its failures."""

import json
from typing import Any

from tests.entrypoints.cli.canned import CommandLine

PATH = "archives/trial/campaigns/1/comparisons/2"
COMPARE = ("campaign", "compare", "trial", "1", "2")
FIRST: dict[str, Any] = {
    "archive": "trial",
    "number": 1,
    "reason": "the parent's compiler",
    "requested_by": "meg",
    "selection": "all",
    "architectures": ["amd64"],
    "sentence": None,
    "counts": {"built": 3},
    "created_at": "2026-11-27T10:00:00Z",
    "toolchain": None,
    "state": "finished",
    "total": 3,
}
SECOND = {**FIRST, "number": 2, "reason": "try", "toolchain": {"name": "gcc14", "revision": 3}}
BUILT: dict[str, Any] = {
    "id": 7,
    "state": "built",
    "sentence": "built 1 package",
    "source_version": "2.1-1",
    "version": "2.1-1Xtrial1",
    "rebuild_no": 1,
    "finished_at": "2026-11-27T10:01:00Z",
    "seconds": 50.4,
    "url": "/archives/trial/builds/tree/1/amd64",
}
FAILED = {**BUILT, "id": 9, "state": "failed", "version": "2.1-1Xtrial2", "rebuild_no": 2}
NOW_FAILS: dict[str, Any] = {
    "group": "now-fails",
    "source": "tree",
    "architecture": "amd64",
    "first": BUILT,
    "second": FAILED,
    "excerpt": "tree.c:12: error: \x1b[31mno\x1b[0m such thing\nmake: *** stop",
    "sentence": "built in campaign 1, fails in 2",
}
ONLY_SECOND = {
    **NOW_FAILS,
    "group": "only-second",
    "source": "new",
    "first": None,
    "second": BUILT,
    "excerpt": None,
}
FOUND: dict[str, Any] = {
    "first": FIRST,
    "second": SECOND,
    "counts": {"now-fails": 1, "only-second": 1, "built-in-both": 40},
    "group": None,
    "all": False,
    "total": 2,
    "next": None,
    "limit": 0,
    "builds": [],
}


def page(*builds: object) -> dict[str, Any]:
    return {**FOUND, "limit": len(builds), "builds": list(builds)}


def queries(vostok: CommandLine) -> list[dict[str, str]]:
    return [asked.query for asked in vostok.server.asked]


def test_people_see_counts_then_groups_with_both_builds_and_the_excerpt(
    vostok: CommandLine,
) -> None:
    vostok.server.answer("GET", PATH, FOUND, page(NOW_FAILS), page(ONLY_SECOND))

    ran = vostok.run(*COMPARE)

    assert ran.code == 0, ran.stderr
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert lines[1][-2:] == ["builds:", "try"]
    assert ["built-in-both", "40", "built", "in", "1", "and", "in", "2"] in lines
    [row] = [line for line in lines if line[:2] == ["tree", "amd64"] and "built" in line]
    assert row[2:5] == ["7", "built", "2.1-1Xtrial1"]
    assert "failed" in row
    assert ["new", "amd64", "-", "7", "built"] in [line[:5] for line in lines]
    assert "  tree.c:12: error: \ufffd[31mno\ufffd[0m such thing\n  make: *** stop\n" in ran.stdout
    assert "gcc14 revision 3" in ran.stdout


def test_what_did_not_change_is_asked_for_only_if_it_is_wanted(vostok: CommandLine) -> None:
    vostok.server.answer("GET", PATH, FOUND, page())

    vostok.run(*COMPARE)
    few = [query.get("group") for query in queries(vostok)]
    vostok.server.asked.clear()
    vostok.run(*COMPARE, "--all")

    assert few == [None, "now-fails", "only-second"]
    assert [query.get("group") for query in queries(vostok)] == [*few, "built-in-both"]


def test_one_group_is_shown_if_only_one_is_asked_for(vostok: CommandLine) -> None:
    vostok.server.answer("GET", PATH, FOUND, page(ONLY_SECOND))

    ran = vostok.run(*COMPARE, "--only", "only-second")

    assert ran.code == 0
    assert [query.get("group") for query in queries(vostok)] == ["only-second"] * 2


def test_a_long_group_is_cut_and_the_note_says_how_to_see_the_rest(vostok: CommandLine) -> None:
    vostok.server.answer("GET", PATH, {**FOUND, "counts": {"now-fails": 500}}, page(NOW_FAILS))

    ran = vostok.run(*COMPARE, "--limit", "1")

    assert "499 more: --only now-fails --limit 0" in ran.stderr
    assert queries(vostok)[-1]["limit"] == "1"


def test_programs_get_all_pages_in_one_document(vostok: CommandLine) -> None:
    first = {**page(NOW_FAILS), "next": "behind tree"}
    vostok.server.answer("GET", PATH, first, page(ONLY_SECOND))

    ran = vostok.run(*COMPARE, "--json")

    assert ran.code == 0, ran.stderr
    assert json.loads(ran.stdout) == {**FOUND, "limit": 2, "builds": [NOW_FAILS, ONLY_SECOND]}
    assert [query.get("cursor") for query in queries(vostok)] == [None, "behind tree"]
