"""Which package of which parent is shown."""

from collections import defaultdict
from dataclasses import replace
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from vostok.debian.version import Version
from vostok.domain.composition import Layer, composed
from vostok.domain.package import BinaryMember, SourceMember

IDS = count(1)


def source(name: str, version: str, *, is_extra: bool = False) -> SourceMember:
    return SourceMember(next(IDS), name, version, "any", "main", is_extra)


def binary(
    name: str, version: str, *, architecture: str = "amd64", of: str = "", index: str = "amd64"
) -> BinaryMember:
    return BinaryMember(
        next(IDS), name, version, architecture, of or name, version, "0" * 64, "main", index
    )


def layer(rank: int, *packages: SourceMember | BinaryMember) -> Layer:
    return Layer(
        rank=rank,
        sources=[package for package in packages if isinstance(package, SourceMember)],
        binaries=[package for package in packages if isinstance(package, BinaryMember)],
    )


def test_among_parents_of_one_rank_the_highest_version_wins() -> None:
    main, security = binary("hello", "2.10-3"), binary("hello", "2.10-3+deb12u1")

    _, one = composed([layer(1, main), layer(1, security)], architectures=["amd64"])
    _, other = composed([layer(1, security), layer(1, main)], architectures=["amd64"])

    assert one == other == [security]


def test_a_stronger_rank_wins_over_a_higher_version() -> None:
    own, debian = binary("cc", "1"), binary("cc", "12")
    ours, theirs = source("cc", "1"), source("cc", "12")

    sources, binaries = composed(
        [layer(2, debian, theirs), layer(1, own, ours)], architectures=["amd64"]
    )

    assert binaries == [own]
    assert sources == [ours, theirs._replace(is_extra=True)]


def test_an_all_package_is_chosen_in_each_index_by_itself() -> None:
    new = binary("data", "2", architecture="all")
    old = binary("data", "1", architecture="all", index="arm64")

    _, binaries = composed([layer(1, new), layer(1, old)], architectures=["amd64", "arm64"])

    assert {(b.index_architecture, b.version) for b in binaries} == {
        ("amd64", "2"),
        ("arm64", "1"),
    }


def test_installer_packages_are_a_world_of_their_own() -> None:
    deb = binary("di", "1")
    udeb = binary("di", "2")._replace(component="main/debian-installer")

    _, binaries = composed([layer(1, deb, udeb)], architectures=["amd64"])

    assert binaries == [deb, udeb]


def test_a_layer_can_be_narrowed_to_sources_and_what_they_build() -> None:
    gcc, cpp, libc = source("gcc", "1"), binary("cpp", "1", of="gcc"), binary("libc6", "1")
    whole = layer(1, gcc, cpp, libc)

    assert whole.only(frozenset({"gcc"})) == layer(1, gcc, cpp)
    assert whole.without(frozenset({"gcc"})) == replace(layer(1, libc), left_out=[gcc])


def test_several_versions_of_one_parent_stay_together() -> None:
    old, new = binary("libc6", "1", of="glibc"), binary("libc6", "2", of="glibc")
    ours, theirs = binary("cc", "1"), binary("cc", "2")

    _, binaries = composed([layer(1, old, ours, new), layer(1, theirs)], architectures=["amd64"])

    assert binaries == [old, new, theirs]


def test_of_several_versions_the_highest_one_stands_against_another_parent() -> None:
    old, new, between = binary("cc", "1"), binary("cc", "3"), binary("cc", "2")

    _, one = composed([layer(1, old, new), layer(1, between)], architectures=["amd64"])
    _, other = composed([layer(1, between), layer(1, old, new)], architectures=["amd64"])

    assert one == other == [old, new]


def test_a_source_that_two_parents_have_in_the_same_version_comes_once() -> None:
    main, security = source("hello", "2.10-3"), source("hello", "2.10-3")

    sources, _ = composed([layer(1, main), layer(1, security)], architectures=["amd64"])

    assert sources == [main]


def test_what_is_left_out_stays_as_an_extra_source_for_what_was_built_using_it() -> None:
    gcc, libc = source("gcc", "1"), source("glibc", "1")

    sources, _ = composed(
        [layer(1, gcc, libc).without(frozenset({"gcc"}))], architectures=["amd64"]
    )

    assert sources == [libc, gcc._replace(is_extra=True)]


VERSIONS = st.sampled_from(["1", "1+b1", "2~rc1", "2", "10"])
PACKAGES = st.lists(st.tuples(st.sampled_from("abc"), VERSIONS), max_size=8)


@given(worlds=st.lists(st.tuples(st.integers(1, 3), PACKAGES), max_size=4))
def test_one_source_of_each_name_is_current_and_it_is_the_strongest(
    worlds: list[tuple[int, list[tuple[str, str]]]],
) -> None:
    layers = [layer(rank, *(source(n, v) for n, v in packages)) for rank, packages in worlds]

    sources, _ = composed(layers, architectures=["amd64"])

    offered: dict[str, list[tuple[int, Version]]] = defaultdict(list)
    for rank, packages in worlds:
        for name, version in packages:
            offered[name].append((-rank, Version.parse(version)))
    current = [s for s in sources if not s.is_extra]
    assert sorted(s.name for s in current) == sorted(offered)
    for found in current:
        assert Version.parse(found.version) == max(offered[found.name])[1]
    offered_versions = [(s.name, s.version) for one in layers for s in one.sources]
    assert sorted((s.name, s.version) for s in sources) == sorted(set(offered_versions))


BINARIES = st.lists(
    st.tuples(
        st.sampled_from("abc"), VERSIONS, st.sampled_from("xyz"), st.sampled_from(["main", "udeb"])
    ),
    max_size=12,
)
SOURCES = st.lists(
    st.tuples(st.sampled_from("xyz"), VERSIONS, st.booleans()),
    max_size=8,
    unique_by=(lambda s: s[:2], lambda s: s[0] if not s[2] else s),
)


@given(offered=BINARIES, sources=SOURCES, left_out=st.frozensets(st.sampled_from("xyz")))
def test_one_parent_without_some_sources_is_the_whole_but_for_what_belongs_to_them(
    offered: list[tuple[str, str, str, str]],
    sources: list[tuple[str, str, bool]],
    left_out: frozenset[str],
) -> None:
    udebs = "main/debian-installer"
    whole = layer(
        1,
        *(source(name, version, is_extra=is_extra) for name, version, is_extra in sources),
        *(
            binary(name, version, of=of)._replace(component=udebs if kind == "udeb" else kind)
            for name, version, of, kind in offered
        ),
    )

    kept, binaries = composed([whole.without(left_out)], architectures=["amd64"])

    assert sorted(binaries) == sorted(b for b in whole.binaries if b.source_name not in left_out)
    assert [s for s in sorted(kept) if s.name not in left_out] == sorted(
        s for s in whole.sources if s.name not in left_out
    )
    assert all(s.is_extra for s in kept if s.name in left_out)
