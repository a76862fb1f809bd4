"""Versions: their form by Policy, their order by dpkg."""

import copy
import pickle
import subprocess

import apt_pkg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.strategies import version_texts, versions

from vostok.debian.version import VERSION_CHARACTERS_MAX, Version, highest
from vostok.errors import InvalidInputError


@pytest.fixture(scope="module", autouse=True)
def _apt() -> None:
    apt_pkg.init_config()
    apt_pkg.init_system()


def sign(number: int) -> int:
    return (number > 0) - (number < 0)


@pytest.mark.debian
@settings(max_examples=2000, deadline=None)
@given(version_texts(), version_texts())
@example("0-11", "0~~20181009-2")
@example("1.0", "1.")
@example("1", "1-0")
@example("1", "1-0~")
@example("0", "00:0")
@example("0--0", "0-1-0")
def test_the_order_is_apts(left: str, right: str) -> None:
    expected = sign(apt_pkg.version_compare(left, right))

    actual = (Version(left) > Version(right)) - (Version(left) < Version(right))

    assert actual == expected


@pytest.mark.debian
@settings(max_examples=100, deadline=None)
@given(version_texts(), version_texts())
@example("0-11", "0~~20181009-2")
def test_the_order_is_dpkgs(left: str, right: str) -> None:
    command = ["dpkg", "--compare-versions", left, "lt", right]

    is_lower = subprocess.run(command, check=False, timeout=60).returncode == 0

    assert (Version(left) < Version(right)) == is_lower


@pytest.mark.debian
@settings(max_examples=100, deadline=None)
@given(st.text("01a.+~-:X_ ", min_size=1, max_size=6).filter(lambda text: text[0] != "-"))
@example("2147483648:1")
@example("2147483647:1")
def test_what_is_a_version_is_what_dpkg_accepts_without_complaint(text: str) -> None:
    command = ["dpkg", "--validate-version", text]
    result = subprocess.run(command, check=False, capture_output=True, timeout=60)
    # Policy has no colon but the epoch's; dpkg reads epochs with strtol and trims white space.
    is_for_dpkg = result.returncode == 0 and text.count(":") < 2 and text[:1] not in {"+", " "}
    is_for_dpkg = is_for_dpkg and not text.endswith(" ")

    try:
        Version(text)
    except InvalidInputError:
        is_version = False
    else:
        is_version = True

    assert is_version == is_for_dpkg


@given(versions(), versions())
def test_equal_versions_have_equal_hashes(left: Version, right: Version) -> None:
    assert left != right or hash(left) == hash(right)


@given(versions(), versions())
def test_any_two_versions_are_lower_equal_or_higher(left: Version, right: Version) -> None:
    assert (left < right) + (left == right) + (left > right) == 1


@given(versions())
def test_the_parts_make_the_version_again(version: Version) -> None:
    revision = "" if version.revision is None else f"-{version.revision}"

    assert version.without_epoch == version.upstream + revision
    assert Version(f"{version.epoch}:{version.without_epoch}") == version


@pytest.mark.parametrize(
    ("text", "epoch", "upstream", "revision"),
    [
        ("2.10-3", 0, "2.10", "3"),
        ("1:2.10-3+b1", 1, "2.10", "3+b1"),
        ("1-2-3", 0, "1-2", "3"),
        ("1--3", 0, "1-", "3"),
        ("20260101", 0, "20260101", None),
        ("0:1~rc1", 0, "1~rc1", None),
    ],
)
def test_the_revision_is_what_follows_the_last_hyphen(
    text: str, epoch: int, upstream: str, revision: str | None
) -> None:
    version = Version.parse(text)

    assert (version.epoch, version.upstream, version.revision) == (epoch, upstream, revision)
    assert version.is_native == (revision is None)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "1-",
            "-1",
            ":1",
            "1:",
            "a:1",
            "v1",
            "1:1:1",
            "1_0",
            "1 ",
            " 1",
            "1\n",
            "1/2",
            "1-a b",
        ),
        *("٣", "1é", "1\0", "1\ud800", "2147483648:1"),
        "1" * (VERSION_CHARACTERS_MAX + 1),
    ],
)
def test_what_policy_forbids_is_no_version(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Version.parse(text)

    assert "Policy 5.6.12" in str(caught.value.hint)


def test_a_refused_version_is_named_in_the_message() -> None:
    with pytest.raises(InvalidInputError, match=r"'1\.0_1' is not a version"):
        Version.parse("1.0_1")


@pytest.mark.parametrize(
    ("text", "tail", "without"),
    [
        ("1.2-3+b2", "+b2", "1.2-3"),
        ("1.2+b10", "+b10", "1.2"),
        ("1.2-3", "", "1.2-3"),
        ("1.2-3+b0", "", "1.2-3+b0"),
        ("1.2-3+b2Xexp1", "", "1.2-3+b2Xexp1"),
        ("1.2-3+build1", "", "1.2-3+build1"),
    ],
)
def test_the_tail_of_a_binary_only_rebuild_stands_at_the_end(
    text: str, tail: str, without: str
) -> None:
    version = Version(text)

    assert version.binnmu_tail == tail
    assert version.without_binnmu == without


def test_the_highest_is_the_one_dpkg_would_install() -> None:
    found = highest(map(Version, ["1.2-3", "1.2-3+b1", "1.2-3Xexp1", "1.2-3~bpo1"]))

    assert str(found) == "1.2-3+b1"


def test_there_is_no_highest_of_nothing() -> None:
    with pytest.raises(InvalidInputError):
        highest([])


def test_a_version_is_not_ordered_against_text() -> None:
    with pytest.raises(TypeError):
        assert Version("1") < "2"

    assert Version("1") != "1"


def test_a_version_survives_copying_and_pickling() -> None:
    version = Version("1:1.2-3")

    assert str(copy.deepcopy(version)) == str(pickle.loads(pickle.dumps(version))) == "1:1.2-3"  # noqa: S301 - our own bytes
