"""References to what an archive showed: archive, suite, number or date."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.reference import Reference, parse_reference
from vostok.errors import InvalidInputError


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("trial", Reference(archive="trial")),
        ("debian/sid", Reference(archive="debian", suite="sid")),
        ("debian/sid@3", Reference(archive="debian", suite="sid", number=3)),
        ("trial@12", Reference(archive="trial", number=12)),
        (
            "debian/bookworm/updates@2",
            Reference(archive="debian", suite="bookworm/updates", number=2),
        ),
        (
            "debian/sid@2026-11-27",
            Reference(
                archive="debian",
                suite="sid",
                at=datetime(2026, 11, 27, 23, 59, 59, 999_999, UTC),
            ),
        ),
        (
            "debian@2026-11-27T10:30",
            Reference(archive="debian", at=datetime(2026, 11, 27, 10, 30, tzinfo=UTC)),
        ),
        (
            "debian@2026-11-27T10:30+02:00",
            Reference(archive="debian", at=datetime(2026, 11, 27, 8, 30, tzinfo=UTC)),
        ),
    ],
)
def test_a_reference_names_archive_suite_and_moment(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/sid",
        "debian/",
        "debian/sid@",
        "debian/sid@0",
        "debian/sid@newest",
        "debian/sid@99999999999",
        "debian/sid@2026-13-01",
        "debian/sid@0001-01-01T00:00+14:00",
        "debian/../x",
        "Debian/sid",
        "debian/sid@1@2",
        "d" * 500,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_reference(text)


@given(st.text(max_size=40))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    try:
        reference = parse_reference(text)
    except InvalidInputError:
        return

    assert reference.archive
