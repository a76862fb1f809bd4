"""Names that people choose: which are refused, and that none can leave its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import hostile_texts

from vostok.domain.archive import (
    NAME_LENGTH_MAX,
    RESERVED_NAMES,
    TAG_LENGTH_MAX,
    check_archive_name,
    check_suite_name,
    check_tag,
    tag_of,
)
from vostok.errors import InvalidInputError

SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+.-")


@pytest.mark.parametrize("name", ["trial", "gcc-11", "9lives", "a.b+c", "x" * NAME_LENGTH_MAX])
def test_an_archive_may_have_a_name_of_debian_s_characters(name: str) -> None:
    assert check_archive_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "-x", "+x", "a/b", "../etc", "Trial", "a b", "a\n", "a\0", "a%2fb", "ä",
        "trial.json", "x" * (NAME_LENGTH_MAX + 1),
    ],
)  # fmt: skip
def test_another_name_for_an_archive_is_refused_with_a_hint(name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be the name of an archive") as caught:
        check_archive_name(name)

    assert caught.value.hint is not None
    assert len(str(caught.value)) < 2 * NAME_LENGTH_MAX + 60


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_a_name_that_would_hide_an_address_is_reserved(name: str) -> None:
    with pytest.raises(InvalidInputError, match=f"{name}.* is reserved"):
        check_archive_name(name)


@given(hostile_texts("trial", "gcc-11"))
def test_no_accepted_archive_name_can_leave_a_directory_or_a_line(name: str) -> None:
    try:
        accepted = check_archive_name(name)
    except InvalidInputError:
        return

    assert set(accepted) <= SAFE
    assert accepted[0].isalnum()


@pytest.mark.parametrize("name", ["bookworm", "sid", "bookworm-updates", "bookworm/updates"])
def test_suites_as_mirrors_have_them_are_accepted(name: str) -> None:
    assert check_suite_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "/", "bookworm/", "/bookworm", "..", "../x", "a/..", "a/../b", "a/b/c", "a..b", "a b",
     "a\n", "x" * (NAME_LENGTH_MAX + 1)],
)  # fmt: skip
def test_a_suite_whose_path_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be the name of a suite"):
        check_suite_name(name)


@given(hostile_texts("bookworm", "bookworm/updates"))
def test_no_accepted_suite_leaves_the_directory_dists(name: str) -> None:
    try:
        accepted = check_suite_name(name)
    except InvalidInputError:
        return

    assert set(accepted) <= SAFE | {"/"}
    assert not accepted.startswith("/")
    assert ".." not in accepted


@pytest.mark.parametrize(
    ("name", "tag"), [("trial", "trial"), ("gcc-11", "gcc"), ("9+.-", ""), ("a1b2", "ab")]
)
def test_the_tag_of_a_name_is_its_letters(name: str, tag: str) -> None:
    assert tag_of(name) == tag


def test_the_tag_of_the_longest_name_can_mark_versions() -> None:
    assert check_tag(tag_of("x" * NAME_LENGTH_MAX)) == "x" * TAG_LENGTH_MAX


@pytest.mark.parametrize(
    "tag", ["", "gcc1", "a-b", "Exp", "ä", "a~", "a b", "a\n", "x" * (TAG_LENGTH_MAX + 1)]
)
def test_a_tag_of_anything_but_letters_is_refused(tag: str) -> None:
    with pytest.raises(InvalidInputError, match="1 to 32 letters a-z"):
        check_tag(tag)


@given(st.text(max_size=40))
def test_every_accepted_tag_is_lower_case_letters_only(tag: str) -> None:
    try:
        accepted = check_tag(tag)
    except InvalidInputError:
        return

    assert accepted.isascii()
    assert accepted.isalpha()
    assert accepted == accepted.lower()
