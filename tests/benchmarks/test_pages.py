"""The benchmark of pages, on an installation of a few packages: it is made, and measured."""

import json
from pathlib import Path

from bench import pages
from tests.benchmarks.test_archives import write_suite

WANTED = "^/(archives|queue|audit)$|campaigns/1(.csv)?$|^/archives/[^/]+/builds/.*/log$"


def test_an_installation_with_a_bit_of_everything_is_made_and_measured(tmp_path: Path) -> None:
    write_suite(tmp_path / "cache" / "sid")
    file = tmp_path / "figures.json"

    status = pages.main(
        ["--cache", str(tmp_path / "cache"), "--work", str(tmp_path), "--json", str(file),
         "--sources", "30", "--samples", "1", "--only", WANTED]
    )  # fmt: skip

    assert status == 0
    found = {each["address"]: each for each in json.loads(file.read_text())}
    assert {"/archives", "/queue", "/audit", "/archives/mass/campaigns/1.csv"} <= found.keys()
    assert {each["status"] for each in found.values()} == {200}
    assert all(each["answer_bytes"] > 0 for each in found.values())
