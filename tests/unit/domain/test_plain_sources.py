"""Plain sources are planned by kinds; what comes out is what each would get by itself."""

from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.plain_sources import PlainSources, alike_rebuilt, known_sources
from vostok.domain.rebuild_form import FormChoice, Scope, Skew
from vostok.domain.rebuild_plan import Plan, plan_rebuild
from vostok.domain.rebuild_version.present import ParentHabits
from vostok.domain.rebuild_version.schemes import Marking, VersionScheme

FIELDS = ["any", "all", "any all", "linux-any", "amd64 arm64", "amd64 all", "hurd-i386"]
TAILS = ["", "-1", "-1.1", "-2", "-0ubuntu1", "-1+deb12u1", "-1~bpo12+1", "+dfsg-3", "~rc1", "a"]
LONG = "1." + "0" * 196
STEMS = ["1", "1.2", "2:1.18.4", "1~rc1", "0~git20240101", "20240101", LONG]
SCOPE = Scope(architectures=("amd64",), enabled=("amd64", "arm64"), architecture_of_all="amd64")

versions = st.builds("{}{}".format, st.sampled_from(STEMS), st.sampled_from(TAILS)).filter(
    lambda version: len(version) <= 200
)
sources = st.lists(
    st.tuples(versions, st.sampled_from(FIELDS), st.sampled_from(["", "", "+b1", "+b12"])),
    max_size=30,
)
numbers = st.dictionaries(st.integers(0, 29).map("s{:02}".format), st.integers(1, 3))
schemes = st.sampled_from(
    [
        Marking(tag="exp"),
        Marking(tag="exp", scheme=VersionScheme.BINNMU),
        Marking(tag="exp", scheme=VersionScheme.UBUNTU),
        Marking(tag="exp", scheme=VersionScheme.VENDOR, vendor="acme"),
    ]
)
scopes = st.builds(
    lambda form, skew, asked: Scope(
        architectures=asked, enabled=("amd64", "arm64"), architecture_of_all="amd64",
        form=form, skew=skew,
    ),
    st.sampled_from(list(FormChoice)),
    st.sampled_from(list(Skew)),
    st.sampled_from([("amd64",), ("arm64",), ("amd64", "arm64")]),
)  # fmt: skip


def plain(
    found: list[tuple[str, str, str]], last_numbers: dict[str, int] | None = None
) -> PlainSources:
    rows = [
        (number, f"s{number:02}", version, field)
        for number, (version, field, _) in enumerate(found)
    ]
    continued = {
        f"s{number:02}": {version: (version + rest,)}
        for number, (version, _, rest) in enumerate(found)
        if rest
    }
    known = known_sources(rows, alike_rebuilt(continued))
    return PlainSources(known.rows, known.kinds, last_numbers or {})


@given(
    found=sources, last_numbers=numbers, scope=scopes, marking=schemes, is_partial=st.booleans()
)
def test_sources_are_planned_by_kinds_as_they_are_one_by_one(
    found: list[tuple[str, str, str]],
    last_numbers: dict[str, int],
    scope: Scope,
    marking: Marking,
    *,
    is_partial: bool,
) -> None:
    habits = ParentHabits(makes_binnmus=marking.scheme is not VersionScheme.BINNMU)
    wanted = plain(found, last_numbers)

    def planned(is_by_kinds: bool) -> Plan:  # noqa: FBT001 - of this test only
        return plan_rebuild(
            () if is_by_kinds else wanted.candidates(),
            scope,
            marking=marking,
            habits=habits,
            is_partial=is_partial,
            plain=wanted if is_by_kinds else PlainSources(),
        )

    assert planned(is_by_kinds=True) == planned(is_by_kinds=False)


def test_sources_that_differ_in_their_names_and_stems_only_are_of_one_kind() -> None:
    found = plain([("1.2-3", "any", ""), ("2:7.0.1-3", "any", ""), ("1.2-4", "any", "")])

    assert [kind for *_, kind in found.rows] == [0, 0, 1]


def test_one_of_a_kind_whose_version_would_be_too_long_is_refused_alone() -> None:
    found = plain([("1.2-3", "any", ""), (f"{LONG}-3"[2:], "any", "")])

    planned = plan_rebuild((), SCOPE, marking=Marking(tag="exp"), plain=found)

    assert [build.source for build in planned.accepted] == ["s00"]
    assert [refusal.source for refusal in planned.refused] == ["s01"]


def test_the_builds_of_candidates_and_plain_sources_are_in_the_order_of_their_names() -> None:
    found = plain([("1.2-3", "any", ""), ("1.2-3", "any", ""), ("1.2-3", "any", "")])
    [first, *_, last] = found.candidates()
    between = found.among(lambda name: name == "s01")

    planned = plan_rebuild([last, first], SCOPE, marking=Marking(tag="exp"), plain=between)

    assert [build.source for build in planned.accepted] == ["s00", "s01", "s02"]


def test_binaries_of_several_versions_are_not_alike() -> None:
    continued: dict[str, dict[str, tuple[str, ...]]] = {
        "one": {"1-1": ("1-1+b1",)},
        "several": {"1-1": ("1-1+b1", "1-1+b2")},
        "older": {"1-1": ("1-1+b1",), "1-0": ("1-0+b1",)},
        "other": {"1": ("1.2",)},
    }

    assert alike_rebuilt(continued) == {"one": ("1-1", "+b1")}
