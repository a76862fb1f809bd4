"""Comparing two sides: every package is in exactly one group, and the two sides are alike."""

import subprocess
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import version_texts

from vostok.domain.comparison import (
    BinaryKey,
    Comparison,
    Group,
    ShownBinary,
    ShownSource,
    architecture_counts,
    compared_binaries,
    compared_sources,
    group_counts,
    sentence_of,
)

Sources = Mapping[str, ShownSource]
Binaries = Mapping[BinaryKey, ShownBinary]

_NAMES = st.sampled_from(["hello", "gcc", "libfoo"])
_VERSIONS = st.sampled_from(["1.0-1", "1.0-2", "1:0.5", "1.0~rc1"]) | version_texts()
_DIGESTS = st.sampled_from(["a" * 64, "b" * 64])
SOURCES = st.dictionaries(_NAMES, st.builds(ShownSource, _VERSIONS, _DIGESTS))
BINARIES = st.dictionaries(
    st.builds(BinaryKey, _NAMES, st.sampled_from(["amd64", "arm64"]), st.booleans()),
    st.builds(ShownBinary, _VERSIONS, _DIGESTS, st.sampled_from(["all", "amd64"]), _NAMES),
)


def source(version: str = "1.0-1", sha256: str = "a" * 64) -> ShownSource:
    return ShownSource(version=version, sha256=sha256)


def binary(
    version: str = "1.0-1", sha256: str = "a" * 64, architecture: str = "amd64"
) -> ShownBinary:
    return ShownBinary(version=version, sha256=sha256, architecture=architecture, source="hello")


def compared(left: tuple[Sources, Binaries], right: tuple[Sources, Binaries]) -> Comparison:
    return Comparison(
        sources=compared_sources(left[0], right[0]), binaries=compared_binaries(left[1], right[1])
    )


@pytest.mark.parametrize(
    ("left", "right", "group"),
    [
        (source(), None, Group.ONLY_LEFT),
        (None, source(), Group.ONLY_RIGHT),
        (source("1.0-2"), source("1.0-1"), Group.HIGHER_LEFT),
        (source("1.0~rc1"), source("1.0"), Group.HIGHER_RIGHT),
        (source("1.0", "a" * 64), source("1.0", "b" * 64), Group.OTHER_BYTES),
        (source("1.0", "a" * 64), source("1.0-0", "b" * 64), Group.OTHER_BYTES),
    ],
)
def test_each_way_to_differ_is_a_group(
    left: ShownSource | None, right: ShownSource | None, group: Group
) -> None:
    one = {} if left is None else {"hello": left}
    other = {} if right is None else {"hello": right}

    [found] = compared_sources(one, other)

    assert (found.group, found.left, found.right) == (group, left, right)


def test_the_same_version_of_the_same_bytes_is_no_difference() -> None:
    assert compared_sources({"hello": source("1.0")}, {"hello": source("1.0-0")}) == ()


def test_an_all_package_that_differs_alike_in_every_index_is_one_difference() -> None:
    indices = ("amd64", "arm64")
    left = {BinaryKey("data", name): binary("1", architecture="all") for name in indices}
    right = {BinaryKey("data", name): binary("2", architecture="all") for name in indices}

    [found] = compared_binaries(left, right)

    assert found.architectures == ("amd64", "arm64")


def test_an_all_package_that_one_index_still_has_in_an_old_version_is_told_apart() -> None:
    new, old = binary("2", architecture="all"), binary("1", architecture="all")
    left = {BinaryKey("data", "amd64"): new, BinaryKey("data", "arm64"): old}
    right = {BinaryKey("data", "amd64"): new, BinaryKey("data", "arm64"): new}

    [found] = compared_binaries(left, right)

    assert (found.architectures, found.group) == (("arm64",), Group.HIGHER_RIGHT)


def test_an_installer_package_is_not_mistaken_for_one_of_the_same_name() -> None:
    deb, udeb = BinaryKey("hello", "amd64"), BinaryKey("hello", "amd64", is_installer=True)

    found = compared_binaries({deb: binary()}, {udeb: binary()})

    assert {difference.group for difference in found} == {Group.ONLY_LEFT, Group.ONLY_RIGHT}


def test_counts_name_every_group_and_every_architecture() -> None:
    left = {BinaryKey("data", "amd64"): binary(), BinaryKey("data", "arm64"): binary()}

    found = compared_binaries(left, {})

    assert group_counts(found) == {
        Group.ONLY_LEFT: 1,
        Group.ONLY_RIGHT: 0,
        Group.HIGHER_LEFT: 0,
        Group.HIGHER_RIGHT: 0,
        Group.OTHER_BYTES: 0,
    }
    counts = architecture_counts(found, ["amd64", "arm64", "armhf"])
    assert [of_groups[Group.ONLY_LEFT] for of_groups in counts.values()] == [1, 1, 0]


@pytest.mark.parametrize(
    ("left", "right", "sentence"),
    [
        (binary("1"), None, "hello 1 on amd64 is only in debian/sid@1"),
        (None, binary("1"), "hello 1 on amd64 is only in trial/sid@2"),
        (
            binary("1"),
            binary("2"),
            "hello on amd64 is 1 in debian/sid@1, 2 in trial/sid@2; higher in trial/sid@2",
        ),
        (
            binary("1", "a" * 64),
            binary("1", "b" * 64),
            (
                "hello 1 on amd64 has other bytes: SHA-256 aaaaaaaaaaaa… in debian/sid@1, "
                "bbbbbbbbbbbb… in trial/sid@2"
            ),
        ),
    ],
)
def test_each_difference_has_a_sentence(
    left: ShownBinary | None, right: ShownBinary | None, sentence: str
) -> None:
    key = BinaryKey("hello", "amd64")
    [found] = compared_binaries(
        {} if left is None else {key: left}, {} if right is None else {key: right}
    )

    assert sentence_of(found, left="debian/sid@1", right="trial/sid@2") == sentence


def test_a_source_is_described_without_architectures() -> None:
    [found] = compared_sources({"hello": source("1")}, {})

    assert sentence_of(found, left="a/sid@1", right="b/sid@1") == "hello 1 is only in a/sid@1"


@given(SOURCES, BINARIES)
def test_a_side_compared_with_itself_has_no_differences(
    sources: Sources, binaries: Binaries
) -> None:
    assert compared((sources, binaries), (sources, binaries)).is_equal


@given(st.tuples(SOURCES, BINARIES), st.tuples(SOURCES, BINARIES))
def test_exchanging_the_sides_mirrors_every_difference(
    left: tuple[Sources, Binaries], right: tuple[Sources, Binaries]
) -> None:
    assert compared(left, right).mirrored == compared(right, left)


@given(BINARIES, BINARIES)
def test_differences_and_what_is_equal_make_up_each_side(left: Binaries, right: Binaries) -> None:
    found = compared_binaries(left, right)

    places = {
        (difference.name, architecture)
        for difference in found
        for architecture in difference.architectures
    }
    for one, other, side in ((left, right, "left"), (right, left, "right")):
        told = {
            (difference.name, architecture, getattr(difference, side))
            for difference in found
            for architecture in difference.architectures
            if getattr(difference, side) is not None
        }
        same = {
            (key.name, key.index_architecture, shown)
            for key, shown in one.items()
            if key in other and is_same(shown, other[key])
        }
        everything = {(key.name, key.index_architecture, s) for key, s in one.items()}
        assert told | same == everything
    assert places <= {(key.name, key.index_architecture) for key in left.keys() | right.keys()}


def is_same(one: ShownBinary, other: ShownBinary) -> bool:
    key = BinaryKey("any", "amd64")
    return compared_binaries({key: one}, {key: other}) == ()


@pytest.mark.debian
@settings(max_examples=30)
@given(_VERSIONS, _VERSIONS)
def test_the_higher_version_is_dpkgs(left: str, right: str) -> None:
    found = compared_sources({"hello": source(left)}, {"hello": source(right)})

    groups = {difference.group for difference in found}
    for relation, group in (("gt", Group.HIGHER_LEFT), ("lt", Group.HIGHER_RIGHT)):
        told = subprocess.run(
            ["dpkg", "--compare-versions", left, relation, right], check=False, timeout=10
        )
        assert (told.returncode == 0) == (group in groups)
