"""Facts of sources as files: what is kept comes back, and nothing wrong ever does."""

from dataclasses import replace
from pathlib import Path

import pytest

from vostok.adapters.fact_files import NUMBERS_KEPT_MAX, LocalFactFiles
from vostok.domain.estimate import SourceFacts
from vostok.domain.package import Membership
from vostok.domain.plain_sources import KnownSources, SourceKind
from vostok.domain.workload import Sizes
from vostok.services.repositories.fact_cache import BaseFacts, BinaryFacts

MEMBERS = Membership(suite_id=7, number=3)
FINGERPRINT = "1 2"
FACTS = BaseFacts(
    KnownSources(
        [(4, "bar", "2:1~rc1-1", 0), (5, "foo", "1-1", 1)],
        [
            SourceKind("any all", has_tilde=True, tail="-1", continued=""),
            SourceKind("any", has_tilde=False, tail="-1", continued="+b1"),
        ],
    ),
    BinaryFacts(
        {"foo": "foo-data depends on foo (= 1-1)"},
        {"bar": "bar depends on bar-data (= 1-1), which may be the version of the binaries"},
        {"foo": {"1-1": ("1-1+b1", "1-1+b2"), "1-0": ("1-0+b1",)}},
    ),
)


SIZES = Sizes(
    [
        ("any all", SourceFacts("foo", "libs", 1 << 33, 7, is_heavy=True, has_any_part=True)),
        ("all", SourceFacts("bar", "doc", 0, 0, is_heavy=False, has_any_part=False)),
    ],
    {("foo", "amd64"): 1 << 34, ("foo", "all"): 3},
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "graphs"


def test_kept_facts_are_found_by_others(root: Path) -> None:
    LocalFactFiles(root).put(MEMBERS, FINGERPRINT, FACTS)

    assert LocalFactFiles(root).find(MEMBERS, FINGERPRINT) == FACTS


def test_facts_of_a_base_without_sources_are_found_too(root: Path) -> None:
    nothing = BaseFacts(KnownSources([], []), BinaryFacts({}, {}, {}))
    LocalFactFiles(root).put(MEMBERS, FINGERPRINT, nothing)

    assert LocalFactFiles(root).find(MEMBERS, FINGERPRINT) == nothing


def test_kept_sizes_are_found_by_others_beside_the_facts(root: Path) -> None:
    LocalFactFiles(root).put(MEMBERS, FINGERPRINT, FACTS)
    LocalFactFiles(root).put_sizes(MEMBERS, FINGERPRINT, SIZES)

    files = LocalFactFiles(root)
    assert files.find_sizes(MEMBERS, FINGERPRINT) == SIZES
    assert files.find(MEMBERS, FINGERPRINT) == FACTS
    assert files.find_sizes(MEMBERS, "1 3") is None
    assert files.find_sizes(replace(MEMBERS, number=4), FINGERPRINT) is None


def test_sizes_of_a_base_without_packages_are_found_too(root: Path) -> None:
    LocalFactFiles(root).put_sizes(MEMBERS, FINGERPRINT, Sizes([], {}))

    assert LocalFactFiles(root).find_sizes(MEMBERS, FINGERPRINT) == Sizes([], {})


@pytest.mark.parametrize(
    ("members", "fingerprint"),
    [
        (replace(MEMBERS, number=4), FINGERPRINT),
        (replace(MEMBERS, suite_id=70), FINGERPRINT),
        (MEMBERS, "1 3"),
    ],
)
def test_facts_of_others_are_not_found(root: Path, members: Membership, fingerprint: str) -> None:
    LocalFactFiles(root).put(MEMBERS, FINGERPRINT, FACTS)

    assert LocalFactFiles(root).find(members, fingerprint) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 2, "fingerprint": "1 2"}'])
def test_a_torn_file_is_as_good_as_none(root: Path, text: str) -> None:
    files = LocalFactFiles(root)
    files.put(MEMBERS, FINGERPRINT, FACTS)
    [place] = root.iterdir()
    place.write_text(text)

    assert files.find(MEMBERS, FINGERPRINT) is None


def test_older_ones_of_the_suite_go(root: Path) -> None:
    files = LocalFactFiles(root)
    for number in range(1, NUMBERS_KEPT_MAX + 3):
        files.put(replace(MEMBERS, number=number), FINGERPRINT, FACTS)

    assert files.numbers(MEMBERS.suite_id) == [5, 4, 3]


def test_forgotten_suites_have_none_and_others_keep_theirs(root: Path) -> None:
    files = LocalFactFiles(root)
    other = replace(MEMBERS, suite_id=8)
    files.put(MEMBERS, FINGERPRINT, FACTS)
    files.put_sizes(MEMBERS, FINGERPRINT, SIZES)
    files.put(other, FINGERPRINT, FACTS)

    files.forget([MEMBERS.suite_id])

    assert files.find(MEMBERS, FINGERPRINT) is None
    assert files.find_sizes(MEMBERS, FINGERPRINT) is None
    assert files.find(other, FINGERPRINT) == FACTS


def test_a_place_that_cannot_be_written_keeps_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "graphs").write_text("a file")
    files = LocalFactFiles(tmp_path / "graphs")

    files.put(MEMBERS, FINGERPRINT, FACTS)

    assert files.find(MEMBERS, FINGERPRINT) is None
    assert files.numbers(MEMBERS.suite_id) == []
