"""Graphs as files: what is kept comes back, and nothing wrong ever does."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vostok.adapters import graph_files
from vostok.adapters.graph_files import NUMBERS_KEPT_MAX, LocalGraphFiles
from vostok.domain.dependencies.building import (
    BinaryRelations,
    PackageChange,
    SourceRelations,
    changed_graph,
    empty_graph,
)
from vostok.domain.dependencies.graph import DependencyGraph, MadeGraph
from vostok.domain.package import Membership
from vostok.services.repositories.graph_cache import GraphKey

KEY = GraphKey(members=Membership(suite_id=7, number=3), architecture="amd64", fingerprint="1 2")
OTHERS = [
    replace(KEY, members=Membership(suite_id=7, number=4)),
    replace(KEY, members=Membership(suite_id=70, number=3)),
    replace(KEY, architecture="arm64"),
    replace(KEY, fingerprint="1 3"),
]


def made() -> MadeGraph:
    sources = [SourceRelations("a", "any", "x, y | z", "", "w [i386]", 5)]
    binaries = [BinaryRelations("x", "1", "a", "", "y", "z (= 2), v", 6)]
    return changed_graph(empty_graph("amd64"), PackageChange(sources=sources, binaries=binaries))


def graph() -> DependencyGraph:
    return made().graph


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
    files.put(KEY, made())

    assert same(files.find(KEY), graph())
    assert same(LocalGraphFiles(root).find(KEY), graph())
    assert LocalGraphFiles(root).has(KEY.members, KEY.architecture)


def test_what_is_needed_to_change_a_graph_comes_back_with_it(root: Path) -> None:
    LocalGraphFiles(root).put(KEY, made())

    found = LocalGraphFiles(root).find_made(KEY)

    assert found is not None
    assert same(found.graph, graph())
    packages = found.packages
    assert (packages.source_ids.tolist(), packages.binary_ids.tolist()) == ([5], [6])
    assert (packages.versions, packages.source_names) == (("1",), ("a",))
    assert (packages.provided, packages.providers.tolist()) == (("z 2", "v "), [0, 0])


def test_the_numbers_of_a_suite_that_have_a_graph_are_told_from_the_highest(root: Path) -> None:
    files = LocalGraphFiles(root)
    for number in (9, 11, 10):
        files.put(replace(KEY, members=Membership(suite_id=7, number=number)), made())
    files.put(OTHERS[1], made())
    files.put(OTHERS[2], made())

    assert files.numbers(7, "amd64") == [11, 10, 9]
    assert files.numbers(8, "amd64") == []


@pytest.mark.parametrize("key", OTHERS)
def test_a_graph_of_something_else_is_not_found(root: Path, key: GraphKey) -> None:
    LocalGraphFiles(root).put(KEY, made())

    assert LocalGraphFiles(root).find(key) is None


def test_without_a_graph_there_is_none(root: Path) -> None:
    assert LocalGraphFiles(root).find(KEY) is None
    assert not LocalGraphFiles(root).has(KEY.members, KEY.architecture)


def test_an_empty_graph_comes_back(root: Path) -> None:
    empty = empty_graph("amd64")
    LocalGraphFiles(root).put(KEY, empty)

    assert same(LocalGraphFiles(root).find(KEY), empty.graph)


@pytest.mark.parametrize("kept", [0, 1, 10, 0.5, 0.99])
def test_a_torn_file_is_as_good_as_none(root: Path, kept: float) -> None:
    LocalGraphFiles(root).put(KEY, made())
    [place] = root.iterdir()
    whole = place.read_bytes()

    place.write_bytes(whole[: kept if isinstance(kept, int) else int(len(whole) * kept)])

    assert LocalGraphFiles(root).find(KEY) is None
    assert LocalGraphFiles(root).find_made(KEY) is None


def test_a_damaged_file_is_as_good_as_none(root: Path) -> None:
    LocalGraphFiles(root).put(KEY, made())
    [place] = root.iterdir()
    whole = bytearray(place.read_bytes())
    at = whole.index(b"x, y") if b"x, y" in whole else whole.index(b"build-essential")
    whole[at] ^= 1

    place.write_bytes(whole)

    assert LocalGraphFiles(root).find(KEY) is None


def test_a_file_of_arrays_that_are_no_graph_is_as_good_as_none(root: Path) -> None:
    LocalGraphFiles(root).put(KEY, made())
    [place] = root.iterdir()

    with place.open("wb") as file:
        np.savez(file, header=np.frombuffer(b"[]", dtype=np.uint8))

    assert LocalGraphFiles(root).find(KEY) is None


def test_a_file_of_another_format_is_passed_over(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LocalGraphFiles(root).put(KEY, made())

    monkeypatch.setattr(graph_files, "FORMAT", graph_files.FORMAT + 1)

    assert LocalGraphFiles(root).find(KEY) is None


def test_the_newest_numbers_of_a_suite_are_kept(root: Path) -> None:
    files = LocalGraphFiles(root)
    keys = [
        replace(KEY, members=Membership(suite_id=7, number=number))
        for number in range(NUMBERS_KEPT_MAX + 3)
    ]

    for age, key in enumerate(keys):
        files.put(key, made())
        for place in root.glob(f"7-amd64-{age}.graph"):
            os.utime(place, (age, age))

    assert len(list(root.iterdir())) == NUMBERS_KEPT_MAX


def test_a_forgotten_suite_leaves_nothing_and_others_stay(root: Path) -> None:
    files = LocalGraphFiles(root)
    for key in (KEY, *OTHERS):
        files.put(key, made())

    files.forget([7])

    assert [place.name for place in root.iterdir()] == ["70-amd64-3.graph"]
    assert files.find(KEY) is None
    assert same(files.find(OTHERS[1]), graph())


def test_where_nothing_can_be_written_this_process_has_the_graph_all_the_same(root: Path) -> None:
    root.write_text("a file where the directory should be")
    files = LocalGraphFiles(root)

    files.put(KEY, made())

    assert same(files.find(KEY), graph())
    assert LocalGraphFiles(root).find(KEY) is None
