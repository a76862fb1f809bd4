"""The dates of Release files and changelogs (RFC 5322), independent of any locale."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from vostok.debian.excerpt import excerpt
from vostok.errors import InvalidInputError

DATE_CHARACTERS_MAX: Final = 64

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_DATE: Final = re.compile(
    rf"(?:(?:{'|'.join(_WEEKDAYS)}), +)?"
    rf"(?P<day>[0-9]{{1,2}}) (?P<month>{'|'.join(_MONTHS)}) (?P<year>[0-9]{{4}}) "
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) "
    r"(?:UTC|GMT|Z|(?P<sign>[+-])(?P<hours>[0-9]{2})(?P<minutes>[0-9]{2}))"
)


def parse_date(text: str) -> datetime:
    """The moment that a date of a Release file, `.changes` or changelog says, with its offset.

    Raises:
        InvalidInputError: it is not such a date, or a day that no calendar has.
    """
    match = _DATE.fullmatch(text.strip()) if len(text) <= DATE_CHARACTERS_MAX else None
    if not match:
        raise _not_a_date(text)
    zone = UTC
    numbers = {name: int(match[name]) for name in ("day", "year", "hour", "minute", "second")}
    try:
        if match["sign"]:
            offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
            zone = timezone(-offset if match["sign"] == "-" else offset)
        return datetime(month=_MONTHS.index(match["month"]) + 1, tzinfo=zone, **numbers)
    except ValueError as fault:
        raise _not_a_date(text) from fault


def render_changelog_date(moment: datetime) -> str:
    """A moment as a changelog's trailer has it: `Fri, 01 Jan 2026 00:00:00 +0000`.

    Raises:
        InvalidInputError: the moment has no time zone, or one of fractions of minutes.
    """
    offset = moment.utcoffset()
    if offset is None or offset % timedelta(minutes=1):
        raise InvalidInputError(f"the date {moment} has no time zone of whole minutes")
    minutes = offset // timedelta(minutes=1)
    sign = "-" if minutes < 0 else "+"
    hours, minutes = divmod(abs(minutes), 60)
    return f"{_clock_text(moment)} {sign}{hours:02}{minutes:02}"


def render_release_date(moment: datetime) -> str:
    """A moment as a Release file has it: `Fri, 01 Jan 2026 00:00:00 UTC`.

    Raises:
        InvalidInputError: the moment has no time zone.
    """
    if moment.utcoffset() is None:
        raise InvalidInputError(f"the date {moment} has no time zone")
    try:
        return f"{_clock_text(moment.astimezone(UTC))} UTC"
    except OverflowError as fault:
        raise InvalidInputError(f"the date {moment} is out of range") from fault


def _clock_text(moment: datetime) -> str:
    weekday, month = _WEEKDAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{weekday}, {moment.day:02} {month} {moment.year:04} {moment:%H:%M:%S}"


def _not_a_date(text: str) -> InvalidInputError:
    return InvalidInputError(
        f"{excerpt(text)} is not a date", hint="write it like: Fri, 01 Jan 2026 00:00:00 +0000"
    )
