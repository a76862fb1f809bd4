"""Rebuild versions against dpkg: above what is there, below everything that may follow it."""

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vostok.debian.version import Version
from vostok.domain.rebuild_version.issuing import check_raised, issue_version
from vostok.domain.rebuild_version.present import Present, rebuild_base
from vostok.domain.rebuild_version.schemes import Marking, Purpose
from vostok.errors import ConflictError, InvalidInputError

DPKG_EXAMPLES = 40
"""A few thousand comparisons by dpkg itself; the rest are by `Version`, which is tested on it."""

EPOCHS = st.sampled_from(["", "", "1:", "4:"])
UPSTREAMS = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(~rc[0-9]|\+git2023|\+dfsg[0-9]?|[a-c])?",
                          fullmatch=True)  # fmt: skip
REVISIONS = st.sampled_from(
    ["", "-0", "-1", "-3", "-10", "-1.1", "-0.2", "-3~bpo12", "-1~exp1", "-2+deb12u1", "-1ubuntu2",
     "-3build1", "-1+nmu1"],
)  # fmt: skip
TAGS = st.sampled_from(["a", "exp", "trial", "z", "zzz"])
NUMBERS = st.integers(1, 120)
SUCCESSOR_TAILS = (
    "build1", "ubuntu1", ".1", "+nmu1", "+deb12u1", "+deb13u1", "+b1", "+b12", "a", "+dfsg1",
)  # fmt: skip


def sources() -> st.SearchStrategy[str]:
    """Versions as Debian's sources have them: epochs, tildes, native ones among them."""
    return st.tuples(EPOCHS, UPSTREAMS, REVISIONS).map("".join)


def rebuild_version(
    base: str, *, tag: str, rebuild_no: int, binaries: tuple[str, ...] = ()
) -> str:
    """The version that the safe scheme issues for a binary-only rebuild."""
    present = Present(source_version=base, binary_versions=binaries)
    issued = issue_version(Purpose.BINARY_ONLY, Marking(tag=tag), present, rebuild_no=rebuild_no)
    return issued.version


def is_lower(one: str, other: str) -> bool:
    command = ["dpkg", "--compare-versions", one, "lt", other]
    return subprocess.run(command, check=False, timeout=10).returncode == 0


def successors(source: str, base: str) -> list[str]:
    """What may follow: local changes, NMUs, security updates and binNMUs of the same source."""
    found = [f"{source}{tail}" for tail in SUCCESSOR_TAILS if not tail.startswith("+b")]
    tail = Version.parse(base).binnmu_tail
    number = int(tail.removeprefix("+b") or "0")
    found += [f"{source}+b{number + 1}", f"{source}+b{number + 10}"]
    upstream, hyphen, revision = source.rpartition("-")
    if hyphen and revision.isdecimal():
        found.append(f"{upstream}-{int(revision) + 1}")
    if tail:  # a local change of a source does not follow its own binNMU: dpkg orders it below
        found = [version for version in found if Version.parse(version) > Version.parse(base)]
    return found


@pytest.mark.debian
@settings(max_examples=DPKG_EXAMPLES, deadline=None)
@given(sources(), st.sampled_from(["", "+b1", "+b2", "+b9", "+b11"]), TAGS, NUMBERS)
@example("1.2-3", "", "exp", 1)
@example("1.2-3", "+b2", "exp", 1)
@example("2.0", "", "exp", 9)
@example("4:1.203", "+b9", "z", 1)
def test_a_rebuild_is_above_its_base_and_below_all_that_may_follow(
    source: str, tail: str, tag: str, number: int
) -> None:
    base = rebuild_base(source, [f"{source}{tail}"])

    rebuilt = rebuild_version(source, tag=tag, rebuild_no=number, binaries=(f"{source}{tail}",))

    assert is_lower(base, rebuilt)
    for successor in successors(source, base):
        assert is_lower(rebuilt, successor), successor


@given(sources(), st.integers(0, 30), TAGS, NUMBERS)
def test_the_same_holds_in_our_own_order(source: str, binnmu: int, tag: str, number: int) -> None:
    binaries = (f"{source}+b{binnmu}",) if binnmu else ()
    base = rebuild_base(source, binaries)

    rebuilt = Version.parse(rebuild_version(source, tag=tag, rebuild_no=number, binaries=binaries))

    assert Version.parse(base) < rebuilt
    assert all(rebuilt < Version.parse(later) for later in successors(source, base))


@pytest.mark.debian
@settings(max_examples=DPKG_EXAMPLES, deadline=None)
@given(sources(), TAGS, st.integers(1, 1000))
@example("1.2-3", "exp", 9)
@example("1.2-3", "exp", 99)
def test_each_rebuild_is_above_the_one_before(source: str, tag: str, number: int) -> None:
    first = rebuild_version(source, tag=tag, rebuild_no=number)
    second = rebuild_version(source, tag=tag, rebuild_no=number + 1)

    assert is_lower(first, second)


@given(TAGS, NUMBERS, TAGS, NUMBERS)
def test_no_two_rebuilds_of_a_version_share_a_name(
    tag: str, number: int, other_tag: str, other_number: int
) -> None:
    one = rebuild_version("1.2-3", tag=tag, rebuild_no=number)
    other = rebuild_version("1.2-3", tag=other_tag, rebuild_no=other_number)

    assert (one == other) == ((tag, number) == (other_tag, other_number))


@pytest.mark.parametrize(
    ("source", "binaries", "base"),
    [
        ("1.2-3", [], "1.2-3"),
        ("1.2-3", ["1.2-3"], "1.2-3"),
        ("1.2-3", ["1.2-3+b2"], "1.2-3+b2"),
        ("1.2-3", ["1.2-3", "1.2-3+b9", "1.2-3+b10", "1.2-3+b2"], "1.2-3+b10"),
        ("2.0", ["2.0+b1"], "2.0+b1"),
        ("1:1.0", ["1:1.0+b1"], "1:1.0+b1"),
        # versions of their own do not count
        ("1.203", ["4:12.2.0-3"], "1.203"),
        ("1.203", ["4:12.2.0-3+b1"], "1.203"),
        ("1.2-3", ["1.2-30+b1"], "1.2-3"),
        ("1.2-3", ["1.2-3+deb12u1+b1"], "1.2-3"),
        # but a rebuild is one where they end with the source's
        ("2", ["2.40+2"], "2"),
        ("2", ["2.40+2+b1"], "2+b1"),
        ("12", ["12.2.0-13cross1"], "12"),
        # rebuilds of a parent that is a derived archive do
        ("1.2-3", ["1.2-3Xother4"], "1.2-3Xother4"),
        ("1.2-3", ["1.2-3+b2Xother4", "1.2-3+b2"], "1.2-3+b2Xother4"),
        ("1.2-3", ["1.2-3+b0"], "1.2-3"),
    ],
)
def test_the_base_is_the_source_s_version_with_the_highest_binnmu_tail(
    source: str, binaries: list[str], base: str
) -> None:
    assert rebuild_base(source, binaries) == base


@given(sources(), st.lists(sources(), max_size=5))
def test_the_base_is_the_source_s_version_or_one_of_its_binaries_letter_by_letter(
    source: str, others: list[str]
) -> None:
    base = rebuild_base(source, others)

    assert base == source or any(other.endswith(base) for other in others)


def test_a_version_above_the_published_one_is_accepted() -> None:
    check_raised("hello", published="1.2-3", built="1.2-3Xexp1")


@pytest.mark.parametrize("built", ["1.2-3Xexp1", "1.2-3", "1.2", "0:1.2-3Xexp1"])
def test_one_that_is_not_above_is_refused_with_both(built: str) -> None:
    with pytest.raises(ConflictError) as caught:
        check_raised("hello", published="1.2-3Xexp1", built=built)

    assert str(caught.value) == (
        f"version not raised: hello {built} is not above the published 1.2-3Xexp1"
    )
    assert caught.value.hint is not None


def test_a_base_that_is_no_version_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        rebuild_base("not a version", ["not a version+b1"])
