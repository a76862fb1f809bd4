"""Publications and views: what clients see of a suite, and what builds see."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from vostok.debian.excerpt import excerpt
from vostok.domain.archive import TOOLCHAIN_COMPONENT
from vostok.domain.package import DeltaKind, ListedBinary, OwnBinary
from vostok.errors import InvalidInputError

ALL = "all"
NOT_BUILT: Final = "not-built"
"""The kind of what publications hide by the id of a binary release, own ones too."""
_WITHOUT = " without toolchain "


class BaseShown(StrEnum):
    """What a publication shows of the base of its derivation."""

    WHOLE = "whole"
    """Everything: its indices are a snapshot's own."""
    TAKEN = "taken"
    """What is of taken sources, but for what is noted as hidden."""
    NOTHING = "nothing"
    """Only what is noted file by file."""


class CountedIn(StrEnum):
    """What the numbers of packages of a suite are those of."""

    SNAPSHOT = "snapshot"
    """Of an image: what was imported."""
    PUBLICATION = "publication"
    """Of what is derived: what clients see."""
    SELECTION = "selection"
    """Of what is derived and not published yet: the sources that are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """A file below `dists/SUITE/`, or in the pool: its path and its bytes by their hash."""

    path: str
    size: int
    sha256: str


LABEL: Final = re.compile(r"[a-z0-9][a-z0-9.+-]{0,62}")


def check_label(label: str) -> None:
    """Nothing, if a kept publication may be called so.

    Raises:
        InvalidInputError: it has other characters, too many, or is a number.
    """
    if not LABEL.fullmatch(label) or label.isdigit():
        raise InvalidInputError(
            f"a publication cannot be called {excerpt(label)}",
            hint="give up to 63 lower-case letters, digits and . + -, and not digits alone",
        )


class HiddenBinary(NamedTuple):
    """A binary release that a publication does not show: its source builds it no more."""

    id: int
    name: str
    source_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What clients saw of a suite from one moment until the next publication."""

    id: int
    suite_id: int
    number: int
    derivation: int
    at: datetime
    reason: str
    sources: int
    binaries: int
    bytes: int
    kept_as: str | None = None
    """What somebody who keeps it calls it, or ""; None: it is collected when it is old."""
    kept_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What builds see: a view edition under one toolchain and one dependency mode."""

    id: int
    suite_id: int
    derivation: int
    edition: int
    toolchain_id: int | None
    dependencies: str
    """A dependency mode, alone or as `dependencies_without` has it."""
    is_indexed: bool

    @property
    def mode(self) -> str:
        """The dependency mode alone."""
        return self.dependencies.partition(_WITHOUT)[0]

    @property
    def hidden_toolchain_id(self) -> int | None:
        """The toolchain whose named packages are not shown, though they are the archive's own."""
        number = self.dependencies.partition(_WITHOUT)[2]
        return int(number) if number else None


def dependencies_without(dependencies: str, toolchain_id: int) -> str:
    """A dependency mode in which the packages that a toolchain names are the parents' again."""
    return f"{dependencies}{_WITHOUT}{toolchain_id}"


def overlaid(
    base: Iterable[ListedBinary], own: Iterable[OwnBinary], architectures: tuple[str, ...]
) -> list[ListedBinary]:
    """The base with own binaries put over it: one version per name and architecture.

    An own binary hides the base's of the same name in every index it stands in itself; one of
    architecture `all` stands in all of them. A toolchain's packages hide rebuilt ones too: else a
    rebuild of the default compilers, whose number is higher, would undo the swap. O(base + own).
    """
    entries: dict[tuple[str, str], ListedBinary] = {}
    for binary in sorted(own, key=lambda binary: binary.kind is DeltaKind.TOOLCHAIN):
        indices = architectures if binary.architecture == ALL else (binary.architecture,)
        for architecture in indices:
            if architecture in architectures:
                entries[binary.name, architecture] = binary.listed(architecture)
    kept = [
        entry
        for entry in base
        if entry.index_architecture in architectures
        and (entry.name, entry.index_architecture) not in entries
    ]
    return [*kept, *entries.values()]


def published_own(shown: Iterable[OwnBinary], *, toolchain_id: int | None) -> list[OwnBinary]:
    """Of own binaries those that clients may see: toolchain packages only of the archive's own."""
    return [
        binary
        for binary in shown
        if binary.kind is not DeltaKind.TOOLCHAIN or binary.toolchain_id == toolchain_id
    ]


def held_builds(
    pending: Mapping[int, tuple[str, int]], unfinished: Mapping[tuple[str, int], str]
) -> dict[int, str]:
    """Builds that wait with their publication, each with the sentence that names who holds them.

    Args:
        pending: build id -> (source, rebuild_no) of accepted, unpublished builds.
        unfinished: (source, rebuild_no) -> architecture of a sibling that is not accepted.
    """
    return {
        build_id: f"held by {source} on {unfinished[source, number]}, which is not built yet"
        for build_id, (source, number) in pending.items()
        if (source, number) in unfinished
    }


def sources_needed(
    binaries: Iterable[ListedBinary], built_using: Iterable[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """(name, version) of every source that must be published with these binaries (I7)."""
    named = {(binary.source_name, binary.source_version) for binary in binaries}
    return frozenset(named | set(built_using))


def is_covered(first: int, last: int, intervals: Iterable[tuple[int, int | None]]) -> bool:
    """Whether intervals (first number, first number after it or none) hold all of a range."""
    for since, until in sorted(intervals, key=lambda interval: interval[0]):
        if since > first:
            return False
        if until is None or until > last:
            return True
        first = max(first, until)
    return False


def component_for_clients(components: Iterable[str]) -> tuple[str, ...]:
    """The components of the stanza that is printed for clients: not the toolchain's."""
    return tuple(component for component in components if component != TOOLCHAIN_COMPONENT)
