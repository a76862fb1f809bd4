"""Entries of debian/changelog (Policy 4.4)."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from vostok.debian.date import parse_date, render_changelog_date
from vostok.debian.excerpt import excerpt
from vostok.debian.packages import check_source_name
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

CHANGELOG_CHARACTERS_MAX: Final = 64 * 1024 * 1024
ENTRY_LINES_MAX: Final = 50_000
"""Lines of the top entry that are read."""

TEXT_LINES_MAX: Final = 100
TEXT_CHARACTERS_MAX: Final = 1000
"""Of one line of an entry that is written."""

_DISTRIBUTION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,99}")
_URGENCY: Final = re.compile(r"low|medium|high|emergency|critical")
_MAINTAINER: Final = re.compile(r"[^<>\s][^<>]{0,199} <[^<>@\s]{1,100}@[^<>@\s]{1,100}>")
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HEADING: Final = re.compile(
    r"(?P<source>[A-Za-z0-9][A-Za-z0-9+.-]*) \((?P<version>[^() \t]+)\)"
    r"(?P<distribution>(?:[ \t]+[A-Za-z0-9.+-]+)+)[ \t]*;.*"
)
_TRAILER: Final = re.compile(r" -- [^\n]* <[^<>\n]*>  ?(?P<date>[^<>\n]+)")


class ChangelogTop(NamedTuple):
    """Heading and date of a changelog's newest entry; several distributions stand as written."""

    source: str
    version: Version
    distribution: str
    date: datetime


def changelog_entry(  # noqa: PLR0913 - one argument for each part of an entry
    *,
    source: str,
    version: Version | str,
    distribution: str,
    text_lines: Sequence[str],
    maintainer: str,
    date: datetime,
    binary_only: bool,
    urgency: str = "low",
) -> str:
    """One entry, ended by an empty line, to be put before an existing changelog.

    Args:
        source: name.
        version: of the entry; for a binary-only rebuild that of the binaries.
        distribution: one.
        text_lines: each becomes an item of its own (`  * …`).
        maintainer: `Name <address>`.
        date: with a time zone. dpkg makes SOURCE_DATE_EPOCH of it.
        binary_only: mark the entry `binary-only=yes`, so that dpkg keeps the source's version.
        urgency: as in `.changes`.

    Raises:
        InvalidInputError: a part is malformed, or would be read as another part.

    Source: Policy 4.4; deb-changelog(5).
    """
    check_source_name(source)
    version = Version.parse(str(version))
    if not _DISTRIBUTION.fullmatch(distribution):
        raise InvalidInputError(f"{excerpt(distribution)} is not one distribution")
    if not _URGENCY.fullmatch(urgency):
        raise InvalidInputError(f"{excerpt(urgency)} is not an urgency")
    if not _MAINTAINER.fullmatch(maintainer) or _UNPRINTABLE.search(maintainer):
        raise InvalidInputError(f"{excerpt(maintainer)} is not a maintainer: Name <address>")
    options = f"urgency={urgency}, binary-only=yes" if binary_only else f"urgency={urgency}"
    items = "".join(f"  * {line}\n" for line in _checked_lines(text_lines))
    return (
        f"{source} ({version}) {distribution}; {options}\n\n{items}\n"
        f" -- {maintainer}  {render_changelog_date(date)}\n\n"
    )


def parse_changelog_top(text: str) -> ChangelogTop:
    """The newest entry's heading and date.

    Raises:
        InvalidInputError: the text does not begin with an entry, or the entry does not end.
    """
    if len(text) > CHANGELOG_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a changelog of {len(text)} characters is over the bound of "
            f"{CHANGELOG_CHARACTERS_MAX}"
        )
    lines = text.lstrip("\n").split("\n", ENTRY_LINES_MAX)[:ENTRY_LINES_MAX]
    heading = _HEADING.fullmatch(lines[0])
    if not heading:
        raise InvalidInputError(
            f"{excerpt(lines[0])} is not the heading of a changelog entry",
            hint="write it like: hello (2.10-3) unstable; urgency=medium",
        )
    for line in lines[1:]:
        if trailer := _TRAILER.fullmatch(line.rstrip()):
            return ChangelogTop(
                source=check_source_name(heading["source"]),
                version=Version.parse(heading["version"]),
                distribution=" ".join(heading["distribution"].split()),
                date=parse_date(trailer["date"]),
            )
        if line and not line.startswith((" ", "\t")):
            break
    raise InvalidInputError(
        f"the changelog entry {excerpt(lines[0])} has no line ' -- Name <address>  date' in its "
        f"first {ENTRY_LINES_MAX} lines"
    )


def _checked_lines(lines: Sequence[str]) -> Sequence[str]:
    if not 1 <= len(lines) <= TEXT_LINES_MAX:
        raise InvalidInputError(
            f"a changelog entry has {len(lines)} lines, not 1-{TEXT_LINES_MAX}"
        )
    for line in lines:
        if not line.strip() or len(line) > TEXT_CHARACTERS_MAX or _UNPRINTABLE.search(line):
            raise InvalidInputError(
                f"{excerpt(line)} cannot be a line of a changelog entry",
                hint=f"one printable line of at most {TEXT_CHARACTERS_MAX} characters",
            )
    return lines
