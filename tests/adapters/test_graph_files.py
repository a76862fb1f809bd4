"""Graphs as files: what is kept comes back, and nothing wrong ever does."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vostok.adapters import graph_files
from vostok.adapters.graph_files import NUMBERS_KEPT_MAX, LocalGraphFiles
from vostok.domain.dependencies.building import BinaryRelations, SourceRelations, build_graph
from vostok.domain.dependencies.graph import DependencyGraph
from vostok.domain.package import Membership
from vostok.services.graph_cache import GraphKey

KEY = GraphKey(members=Membership(suite_id=7, number=3), architecture="amd64", fingerprint="1 2")
OTHERS = [
    replace(KEY, members=Membership(suite_id=7, number=4)),
    replace(KEY, members=Membership(suite_id=70, number=3)),
    replace(KEY, architecture="arm64"),
    replace(KEY, fingerprint="1 3"),
]


def graph() -> DependencyGraph:
    sources = [SourceRelations("a", "any", "x, y | z", "", "w [i386]")]
    binaries = [BinaryRelations("x", "1", "a", "", "y", "z (= 2)")]
    return build_graph(sources, binaries, "amd64")


def same(one: DependencyGraph | None, other: DependencyGraph) -> bool:
    def values(some: DependencyGraph) -> list[object]:
        return [
            some.architecture, some.sources, some.binaries, some.relations, some.implicit,
            *(array.tolist() for array in (
                some.source_of, some.is_built, some.stated.starts, some.stated.targets,
                some.fields, some.satisfied_by.starts, some.satisfied_by.targets,
            )),
        ]  # fmt: skip

    return one is not None and values(one) == values(other)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "graphs"


def test_a_kept_graph_is_found_by_this_process_and_by_others(root: Path) -> None:
    files = LocalGraphFiles(root)
    files.put(KEY, graph())

    assert same(files.find(KEY), graph())
    assert same(LocalGraphFiles(root).find(KEY), graph())
    assert LocalGraphFiles(root).has(KEY)


@pytest.mark.parametrize("key", OTHERS)
def test_a_graph_of_something_else_is_not_found(root: Path, key: GraphKey) -> None:
    LocalGraphFiles(root).put(KEY, graph())

    assert LocalGraphFiles(root).find(key) is None


def test_without_a_graph_there_is_none(root: Path) -> None:
    assert LocalGraphFiles(root).find(KEY) is None
    assert not LocalGraphFiles(root).has(KEY)


def test_an_empty_graph_comes_back(root: Path) -> None:
    empty = build_graph([], [], "amd64")
    LocalGraphFiles(root).put(KEY, empty)

    assert same(LocalGraphFiles(root).find(KEY), empty)


@pytest.mark.parametrize("kept", [0, 1, 10, 0.5, 0.99])
def test_a_torn_file_is_as_good_as_none(root: Path, kept: float) -> None:
    LocalGraphFiles(root).put(KEY, graph())
    [place] = root.iterdir()
    whole = place.read_bytes()

    place.write_bytes(whole[: kept if isinstance(kept, int) else int(len(whole) * kept)])

    assert LocalGraphFiles(root).find(KEY) is None


def test_a_damaged_file_is_as_good_as_none(root: Path) -> None:
    LocalGraphFiles(root).put(KEY, graph())
    [place] = root.iterdir()
    whole = bytearray(place.read_bytes())
    at = whole.index(b"x, y") if b"x, y" in whole else whole.index(b"build-essential")
    whole[at] ^= 1

    place.write_bytes(whole)

    assert LocalGraphFiles(root).find(KEY) is None


def test_a_file_of_arrays_that_are_no_graph_is_as_good_as_none(root: Path) -> None:
    LocalGraphFiles(root).put(KEY, graph())
    [place] = root.iterdir()

    with place.open("wb") as file:
        np.savez(file, header=np.frombuffer(b"[]", dtype=np.uint8))

    assert LocalGraphFiles(root).find(KEY) is None


def test_a_file_of_another_format_is_passed_over(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LocalGraphFiles(root).put(KEY, graph())

    monkeypatch.setattr(graph_files, "FORMAT", graph_files.FORMAT + 1)

    assert LocalGraphFiles(root).find(KEY) is None


def test_the_newest_numbers_of_a_suite_are_kept(root: Path) -> None:
    files = LocalGraphFiles(root)
    keys = [
        replace(KEY, members=Membership(suite_id=7, number=number))
        for number in range(NUMBERS_KEPT_MAX + 3)
    ]

    for age, key in enumerate(keys):
        files.put(key, graph())
        for place in root.glob(f"7-amd64-{age}.graph"):
            os.utime(place, (age, age))

    assert len(list(root.iterdir())) == NUMBERS_KEPT_MAX


def test_a_forgotten_suite_leaves_nothing_and_others_stay(root: Path) -> None:
    files = LocalGraphFiles(root)
    for key in (KEY, *OTHERS):
        files.put(key, graph())

    files.forget([7])

    assert [place.name for place in root.iterdir()] == ["70-amd64-3.graph"]
    assert files.find(KEY) is None
    assert same(files.find(OTHERS[1]), graph())


def test_where_nothing_can_be_written_this_process_has_the_graph_all_the_same(root: Path) -> None:
    root.write_text("a file where the directory should be")
    files = LocalGraphFiles(root)

    files.put(KEY, graph())

    assert same(files.find(KEY), graph())
    assert LocalGraphFiles(root).find(KEY) is None
