"""What stands over what in a published set, what is held, and which sources must come along."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import listed_binary, own_binary

from vostok.domain.package import DeltaKind, ListedBinary, OwnBinary
from vostok.domain.publication import (
    component_for_clients,
    held_builds,
    is_covered,
    overlaid,
    published_own,
    sources_needed,
)

ARCHITECTURES = ("amd64", "arm64")


def based(name: str, *, index: str = "amd64", version: str = "1-1") -> ListedBinary:
    return listed_binary(name, version, index_architecture=index)


def entries(found: list[ListedBinary]) -> set[tuple[str, str, bool]]:
    """(name, index, whether it was made here) of each."""
    return {(b.name, b.index_architecture, b.id != 0) for b in found}


def test_an_own_binary_hides_the_base_s_of_its_name_on_its_architecture_alone() -> None:
    base = [based("hello"), based("hello", index="arm64"), based("tree")]

    found = overlaid(base, [own_binary("hello", "1-1Xt1")], ARCHITECTURES)

    assert entries(found) == {
        ("hello", "amd64", True),
        ("hello", "arm64", False),
        ("tree", "amd64", False),
    }


def test_an_own_binary_for_all_stands_in_every_index() -> None:
    base = [based("data"), based("data", index="arm64")]

    found = overlaid(base, [own_binary("data", "1-1Xt1", architecture="all")], ARCHITECTURES)

    assert entries(found) == {
        ("data", "amd64", True),
        ("data", "arm64", True),
    }


def test_what_is_for_another_architecture_is_left_out() -> None:
    found = overlaid(
        [based("hello", index="i386")], [own_binary("tree", architecture="i386")], ARCHITECTURES
    )

    assert found == []


def test_a_new_binary_stands_beside_the_base() -> None:
    found = overlaid([based("hello")], [own_binary("hello-dbgsym")], ARCHITECTURES)

    assert {binary.name for binary in found} == {"hello", "hello-dbgsym"}


def test_the_compiler_of_a_toolchain_hides_a_rebuilt_one_of_the_same_name() -> None:
    swapped = own_binary(
        "gcc", "4:12.2.0-3Xt1", kind=DeltaKind.TOOLCHAIN, toolchain_id=1, binary_id=1
    )
    rebuilt = own_binary("gcc", "4:12.2.0-3Xt2", binary_id=2)

    for own in ([swapped, rebuilt], [rebuilt, swapped]):
        found = overlaid([based("gcc")], own, ARCHITECTURES)

        assert [binary.id for binary in found] == [swapped.binary_id]


OWN = st.lists(
    st.builds(
        own_binary,
        st.sampled_from(["hello", "tree", "gcc"]),
        architecture=st.sampled_from(["amd64", "arm64", "i386"]),
        toolchain_id=st.sampled_from([None, 1]),
    ),
    unique_by=lambda binary: (binary.name, binary.architecture, binary.toolchain_id),
    max_size=6,
)
BASE = st.lists(
    st.builds(
        based, st.sampled_from(["hello", "tree", "zoo"]), index=st.sampled_from(ARCHITECTURES)
    ),
    unique_by=lambda binary: (binary.name, binary.index_architecture),
    max_size=6,
)


@given(BASE, OWN)
def test_no_name_comes_twice_on_an_architecture_and_none_is_lost(
    base: list[ListedBinary], own: list[OwnBinary]
) -> None:
    own = [as_kind(binary) for binary in own]

    found = overlaid(base, own, ARCHITECTURES)

    keys = [(binary.name, binary.index_architecture) for binary in found]
    assert len(keys) == len(set(keys))
    assert set(keys) == {(b.name, b.index_architecture) for b in base} | {
        (b.name, b.architecture) for b in own if b.architecture in ARCHITECTURES
    }


def as_kind(binary: OwnBinary) -> OwnBinary:
    kind = DeltaKind.REBUILD if binary.toolchain_id is None else DeltaKind.TOOLCHAIN
    return replace(binary, kind=kind)


def test_clients_see_the_archive_s_own_toolchain_and_no_other() -> None:
    rebuilt = own_binary("hello")
    mine = own_binary("gcc", kind=DeltaKind.TOOLCHAIN, toolchain_id=1)
    other = own_binary("gcc", kind=DeltaKind.TOOLCHAIN, toolchain_id=2)

    assert published_own([rebuilt, mine, other], toolchain_id=1) == [rebuilt, mine]
    assert published_own([rebuilt, mine, other], toolchain_id=None) == [rebuilt]


def test_a_build_with_an_unaccepted_sibling_is_held_and_says_who_holds_it() -> None:
    held = held_builds({1: ("hello", 2), 2: ("tree", 1)}, {("hello", 2): "arm64"})

    assert held == {1: "held by hello on arm64, which is not built yet"}


def test_a_sibling_of_another_rebuild_holds_nothing() -> None:
    assert held_builds({1: ("hello", 2)}, {("hello", 1): "arm64"}) == {}


def test_the_sources_needed_are_those_of_the_binaries_and_those_they_were_built_using() -> None:
    hello = based("hello")._replace(source_name="hi", source_version="1-1")
    again = hello._replace(name="hello-doc")

    needed = sources_needed([hello, again], [("libfoo", "1.9-1")])

    assert needed == {("hi", "1-1"), ("libfoo", "1.9-1")}


@pytest.mark.parametrize(
    ("components", "shown"),
    [
        (("main", "debug", "toolchain"), ("main", "debug")),
        (("main", "contrib"), ("main", "contrib")),
        (("toolchain",), ()),
    ],
)
def test_the_stanza_for_clients_leaves_the_toolchain_out(
    components: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    assert component_for_clients(components) == shown


@given(
    first=st.integers(1, 8),
    more=st.integers(0, 8),
    intervals=st.lists(
        st.tuples(st.integers(1, 16), st.none() | st.integers(1, 16)).filter(
            lambda interval: interval[1] is None or interval[0] < interval[1]
        ),
        max_size=5,
    ),
)
def test_a_range_is_covered_if_each_of_its_numbers_lies_in_an_interval(
    first: int, more: int, intervals: list[tuple[int, int | None]]
) -> None:
    expected = all(
        any(since <= number and (until is None or number < until) for since, until in intervals)
        for number in range(first, first + more + 1)
    )

    assert is_covered(first, first + more, intervals) is expected
