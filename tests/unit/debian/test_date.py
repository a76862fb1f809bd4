"""Dates of Release files and changelogs."""

import subprocess
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vostok.debian.date import parse_date, render_changelog_date, render_release_date
from vostok.errors import InvalidInputError

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - the strategy adds the zone
    timezones=OFFSETS,
).map(lambda moment: moment.replace(microsecond=0))


@given(MOMENTS)
def test_a_changelog_date_is_read_back_with_its_offset(moment: datetime) -> None:
    parsed = parse_date(render_changelog_date(moment))

    assert parsed == moment
    assert parsed.utcoffset() == moment.utcoffset()


@given(MOMENTS)
def test_a_release_date_is_read_back_in_utc(moment: datetime) -> None:
    text = render_release_date(moment)

    assert text.endswith(" UTC")
    assert parse_date(text) == moment


@pytest.mark.debian
@settings(max_examples=30, deadline=None)
@given(MOMENTS)
def test_a_changelog_date_is_the_one_that_date_prints(moment: datetime) -> None:
    command = ["date", "--utc", "--rfc-email", f"--date=@{int(moment.timestamp())}"]
    result = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60, env={"LC_ALL": "C"}
    )

    assert render_changelog_date(moment.astimezone(UTC)) == result.stdout.strip()


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 10 Jun 2023 08:53:33 UTC",
        "Sat, 10 Jun 2023 08:53:33 GMT",
        "Sat, 10 Jun 2023 08:53:33 +0000",
        "Sat, 10 Jun 2023 10:53:33 +0200",
        "10 Jun 2023 07:23:33 -0130",
        " Sat, 10 Jun 2023 08:53:33 UTC ",
    ],
)
def test_the_zone_may_be_a_name_or_an_offset(text: str) -> None:
    assert parse_date(text) == datetime(2023, 6, 10, 8, 53, 33, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2023-06-10T08:53:33Z", "Sat, 10 Jun 2023 08:53:33", "1686387213"),
        *(
            "Sat, 31 Feb 2023 08:53:33 UTC",
            "Sat, 10 Jun 2023 25:00:00 UTC",
            "Sat, 10 jun 2023 1:1:1 Z",
        ),
        *("Sat, 10 Jun 0000 08:53:33 UTC", "Sat, 10 Jun 2023 08:53:33 +9999", "1" * 1000),
        "Sat, 10 Jun 2023 08:53:33 UTC\nSat",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a date"):
        parse_date(text)


def test_a_date_without_zone_is_not_written() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - what the test is about

    with pytest.raises(InvalidInputError, match="no time zone"):
        render_changelog_date(naive)
    with pytest.raises(InvalidInputError, match="no time zone"):
        render_release_date(naive)


def test_a_date_that_has_no_form_in_utc_is_not_written() -> None:
    earliest = datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))

    with pytest.raises(InvalidInputError, match="out of range"):
        render_release_date(earliest)
