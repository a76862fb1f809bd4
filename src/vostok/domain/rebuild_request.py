"""What a request to rebuild may ask beside its selection: filters by history, tests, a score."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from vostok.debian.version import Version
from vostok.domain.build import BuildState
from vostok.errors import InvalidInputError

UNRECORDED_SHOWN_MAX = 20

NO_TESTS = "nocheck"
"""The build option and profile without which tests run (Policy 4.9.1, BuildProfileSpec)."""

ALREADY_MADE = "already-made"
"""Code of a refusal: of the source there is a no-change source."""

UNSUCCESSFUL_STATES = frozenset(
    {
        BuildState.FAILED,
        BuildState.FAILED_TO_UPLOAD,
        BuildState.BD_UNINSTALLABLE,
        BuildState.CHROOT_PROBLEM,
        BuildState.SOURCE_UNAVAILABLE,
    }
)
_BUILT_WITH = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9+.-]*)\s*(?:\(?\s*(?P<operator><<|<=|>=|>>|<|=|>)\s*"
    r"(?P<version>[^\s()]+)\s*\)?)?"
)
_COMPARISONS: Mapping[str, Callable[[Version, Version], bool]] = {
    "<<": lambda left, right: left < right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    "=": lambda left, right: left == right,
    ">=": lambda left, right: left >= right,
    ">": lambda left, right: left > right,
    ">>": lambda left, right: left > right,
}


class SourceTests(StrEnum):
    """Whether builds run the tests of their sources."""

    ON = "on"
    OFF = "off"


class Record(NamedTuple):
    """What filters look at of a build; there may be many thousands."""

    id: int
    source: str
    architecture: str
    state: str
    created_at: float
    """Seconds since 1970."""
    builder: str | None
    """Of its newest attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """By what was built before; a source must satisfy all that are given.

    Attributes:
        failed: its newest build ended without success.
        built_with: `gcc < 4:13`: its newest successful build had such a package installed.
        built_on: its newest successful or newest build was made on this builder.
        older_than: its newest successful build was asked for before this campaign, or none is.
    """

    failed: bool = False
    built_with: str | None = None
    built_on: str | None = None
    older_than: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return self == NO_FILTERS


NO_FILTERS = Filters()


def parse_built_with(text: str) -> tuple[str, Callable[[str], bool]]:
    """(package, whether a version of it is meant) of `NAME`, or `NAME OPERATOR VERSION`.

    Raises:
        InvalidInputError: it is neither.
    """
    match = _BUILT_WITH.fullmatch(text.strip())
    if match is None:
        raise InvalidInputError(
            f"{text[:100]!r} is not a package with a version condition",
            hint="for example: --built-with 'gcc < 4:13'",
        )
    if match["operator"] is None:
        return match["name"], lambda _: True
    bound, compare = Version.parse(match["version"]), _COMPARISONS[match["operator"]]
    return match["name"], lambda version: compare(Version.parse(version), bound)


def unrecorded_sources(
    records: Iterable[Record],
    recorded: Collection[int],
    *,
    taken: Collection[str],
    architectures: Collection[str],
) -> list[str]:
    """The taken sources whose newest successful build has no recorded environment, by name.

    Args:
        records: every build of the archive but controls, by rebuild_no.
        recorded: ids of the builds whose environment is known.
        taken: the sources of which to say it.
        architectures: those that the request is for.
    """
    wanted = {*architectures, "all"}
    newest = {
        (record.source, record.architecture): record.id
        for record in records
        if record.state == BuildState.BUILT and record.architecture in wanted
    }
    return sorted(
        {source for (source, _), number in newest.items() if number not in recorded}
        & frozenset(taken)
    )


def unrecorded_words(sources: Sequence[str]) -> str:
    """What is to be said of the sources that have no recorded environment, or ""."""
    if not sources:
        return ""
    named = ", ".join(sources[:UNRECORDED_SHOWN_MAX])
    more = ", …" if len(sources) > UNRECORDED_SHOWN_MAX else ""
    return f"; of {len(sources)} it is not recorded what they were built with: {named}{more}"


def matching_sources(  # noqa: PLR0913 - what filters compare
    records: Iterable[Record],
    filters: Filters,
    *,
    taken: Collection[str],
    architectures: Collection[str],
    built_with: Collection[int],
    before: datetime | None,
) -> set[str]:
    """The sources that satisfy the filters on one of the architectures, or in their `all` part.

    Args:
        records: every build of the archive but controls, by rebuild_no.
        filters: what is asked.
        taken: the sources of which to say it.
        architectures: those that the request is for.
        built_with: ids of the builds that had the package installed.
        before: when the campaign of `older_than` was asked for.
    """
    newest: dict[tuple[str, str], Record] = {}
    built: dict[tuple[str, str], Record] = {}
    wanted = {*architectures, "all"}
    for record in records:
        if record.architecture not in wanted or record.state == BuildState.PLANNED:
            continue
        slot = record.source, record.architecture
        newest[slot] = record
        if record.state == BuildState.BUILT:
            built[slot] = record
    found = set(taken)
    if filters.failed:
        found &= {r.source for r in newest.values() if r.state in UNSUCCESSFUL_STATES}
    if filters.built_with is not None:
        found &= {record.source for record in built.values() if record.id in built_with}
    if filters.built_on is not None:
        both = (*newest.values(), *built.values())
        found &= {record.source for record in both if record.builder == filters.built_on}
    if before is not None:
        found -= {r.source for r in built.values() if r.created_at >= before.timestamp()}
    return found
