"""References to what an archive showed: `ARCHIVE[/SUITE][@NUMBER or DATE]`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time

from vostok.domain.archive import check_archive_name, check_suite_name
from vostok.errors import InvalidInputError

REFERENCE_LENGTH_MAX = 200
NUMBER_MAX = (1 << 31) - 1

_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One snapshot of an external suite, or one publication of a derived one.

    Attributes:
        suite: name or codename; None: the archive's first.
        number: of the snapshot or publication; None: the newest, or that of `at`.
        at: the newest at that moment is meant.
    """

    archive: str
    suite: str | None = None
    number: int | None = None
    at: datetime | None = None


def parse_reference(text: str) -> Reference:
    """The reference that a text is.

    `@2026-11-27` is the newest of that day in UTC, `@2026-11-27T10:30` that of the moment.

    Raises:
        InvalidInputError: it is of no such form.
    """
    if len(text) > REFERENCE_LENGTH_MAX:
        raise InvalidInputError(
            f"a reference of {len(text)} characters is over {REFERENCE_LENGTH_MAX}",
            hint="for example debian/bookworm, trial@3, trial@2026-11-27",
        )
    place, at, moment = text.partition("@")
    archive, slash, suite = place.partition("/")
    if not archive or (slash and not suite) or (at and not moment):
        raise InvalidInputError(
            f"{text!r} is not ARCHIVE[/SUITE][@NUMBER or @DATE]",
            hint="for example: trial, debian/sid, debian/sid@3 or debian/sid@2026-11-27",
        )
    check_archive_name(archive)
    if suite:
        check_suite_name(suite)
    is_number = _NUMBER.fullmatch(moment) is not None and int(moment) <= NUMBER_MAX
    return Reference(
        archive=archive,
        suite=suite or None,
        number=int(moment) if is_number else None,
        at=None if is_number or not moment else _moment(moment),
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if _DATE.fullmatch(text):
            found = datetime.combine(found.date(), time.max)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInputError(
            f"{text!r} behind the @ is neither a number nor a date",
            hint="for example: debian/sid@3, debian/sid@2026-11-27, debian/sid@2026-11-27T10:30",
        ) from None
