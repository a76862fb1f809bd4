"""`vostok selection preview`: what it asks, and what people and programs see."""

import json
from pathlib import Path
from typing import Any

from tests.entrypoints.cli.canned import CommandLine


def preview(count: int, shown: int) -> dict[str, Any]:
    return {
        "parent": "debian/bookworm",
        "number": 3,
        "selection": "lib*",
        "architectures": ["amd64"],
        "sources": {"count": count, "bytes": 2048, "total": 1000},
        "binaries": [
            {"architecture": "all", "count": 1, "bytes": 10},
            {"architecture": "amd64", "count": 7, "bytes": 4096},
        ],
        "next": None,
        "selected": [
            {"source": f"lib{n}", "version": "1-1", "bytes": 5, "reason": "glob lib*"}
            for n in range(shown)
        ],
    }


def test_a_preview_shows_counts_sizes_and_reasons(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "previews", preview(2, 2))

    ran = vostok.run("selection", "preview", "debian/bookworm", "lib*")

    assert ran.code == 0
    assert "sources   2 of 1000 (2.0 KiB)" in ran.stdout
    assert "binaries  1 all (10 B), 7 amd64 (4.0 KiB)" in ran.stdout
    assert "lib0    1-1      glob lib*\n" in ran.stdout
    assert "--all" not in ran.stderr


def test_a_long_list_is_cut_and_says_how_to_see_all_of_it(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "previews", preview(120, 50))

    ran = vostok.run("selection", "preview", "debian/bookworm", "lib*")

    assert "70 more: --all lists them" in ran.stderr
    assert vostok.server.bodies("POST", "previews") == [
        {
            "parent": "debian/bookworm",
            "selection": "lib*",
            "architectures": None,
            "limit": 50,
        }
    ]


def test_programs_get_the_whole_answer(vostok: CommandLine) -> None:
    vostok.server.answer("POST", "previews", preview(2, 2))

    ran = vostok.run("selection", "preview", "debian/bookworm", "lib*", "--json")

    assert json.loads(ran.stdout) == preview(2, 2)


def test_files_stand_anywhere_in_an_expression(vostok: CommandLine, tmp_path: Path) -> None:
    vostok.server.answer("POST", "previews", preview(0, 0))
    file = tmp_path / "names"
    file.write_text("hello # first\ntree\n")
    expression = f'not @{file} and maintainer ~ "@example.org" or a@b'

    vostok.run("selection", "preview", "debian/bookworm", expression)

    (body,) = vostok.server.bodies("POST", "previews")
    assert isinstance(body, dict)
    assert body["selection"] == 'not (hello\ntree) and maintainer ~ "@example.org" or a@b'


def test_standard_input_can_be_read_only_once(vostok: CommandLine) -> None:
    ran = vostok.run("selection", "preview", "debian/bookworm", "@- or @-")

    assert ran.code == 2
    assert "standard input is named twice" in ran.stderr
