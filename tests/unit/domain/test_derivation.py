"""How parents are written, and what can be derived from what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.derivation import (
    PARENTS_MAX,
    DerivationMode,
    ParentRequest,
    Unbuilt,
    check_mode,
    check_parents,
    parse_parent,
)
from vostok.errors import InvalidInputError

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("text", "parent"),
    [
        ("debian/bookworm", ParentRequest(archive="debian", suite="bookworm")),
        ("debian", ParentRequest(archive="debian", suite="")),
        ("debian:2:only=gcc-*", ParentRequest(archive="debian", suite="", rank=2, only="gcc-*")),
        ("debian/bookworm/updates", ParentRequest(archive="debian", suite="bookworm/updates")),
        ("debian/sid:2", ParentRequest(archive="debian", suite="sid", rank=2)),
        (
            "debian/sid:2:only=gcc-*",
            ParentRequest(archive="debian", suite="sid", rank=2, only="gcc-*"),
        ),
        (
            "debian/sid:only=name:x or not a:b",
            ParentRequest(archive="debian", suite="sid", only="name:x or not a:b"),
        ),
    ],
)
def test_a_parent_is_a_place_with_rank_and_expression(text: str, parent: ParentRequest) -> None:
    assert parse_parent(text) == parent


@given(
    parent=st.builds(
        ParentRequest,
        archive=WORDS,
        suite=WORDS | st.just(""),
        rank=st.integers(1, 99),
        only=WORDS | st.just(""),
    )
)
def test_a_parent_is_read_as_it_is_written(parent: ParentRequest) -> None:
    assert parse_parent(str(parent)) == parent


@pytest.mark.parametrize("text", ["", "/bookworm", "debian/", "/", "debian/:2", ":2"])
def test_a_parent_without_its_archive_or_with_half_a_place_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"is not ARCHIVE\[/SUITE\]"):
        parse_parent(text)


@pytest.mark.parametrize("rest", ["0", "100", "x", "2:", "only=", "2:except=x", "-1"])
def test_what_follows_a_parent_is_rank_and_only(rest: str) -> None:
    with pytest.raises(InvalidInputError, match="behind the parent debian/sid") as caught:
        parse_parent(f"debian/sid:{rest}")

    assert "debian/sid:2:only=gcc-*" in str(caught.value.hint)


def test_parents_are_named_once_each_and_not_too_many() -> None:
    one = ParentRequest(archive="debian", suite="sid")
    many = [ParentRequest(archive="debian", suite=f"s{n}") for n in range(PARENTS_MAX + 1)]

    check_parents([one])
    with pytest.raises(InvalidInputError, match="debian/sid comes twice"):
        check_parents([one, ParentRequest(archive="debian", suite="sid", rank=2)])
    with pytest.raises(InvalidInputError, match="0 parents were named"):
        check_parents([])
    with pytest.raises(InvalidInputError, match="21 parents were named"):
        check_parents(many)


def test_a_light_archive_shows_what_it_does_not_build() -> None:
    check_mode(DerivationMode.LIGHT, Unbuilt.PARENT)
    check_mode(DerivationMode.FULL, Unbuilt.NONE)
    with pytest.raises(InvalidInputError, match="light archive"):
        check_mode(DerivationMode.LIGHT, Unbuilt.NONE)
