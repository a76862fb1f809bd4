"""Comparing what two archives show: source and binary versions, architectures, bytes.

A side is what an archive showed at one snapshot or publication. Of several versions of one name
the highest counts, as it does for apt.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from vostok.debian.version import Version

SHA256_DIGITS_SHOWN = 12


class Group(StrEnum):
    """How two sides differ in a package; each difference is in exactly one group."""

    ONLY_LEFT = "only-left"
    ONLY_RIGHT = "only-right"
    HIGHER_LEFT = "higher-left"
    HIGHER_RIGHT = "higher-right"
    OTHER_BYTES = "other-bytes"


_MIRRORED = {
    Group.ONLY_LEFT: Group.ONLY_RIGHT,
    Group.ONLY_RIGHT: Group.ONLY_LEFT,
    Group.HIGHER_LEFT: Group.HIGHER_RIGHT,
    Group.HIGHER_RIGHT: Group.HIGHER_LEFT,
    Group.OTHER_BYTES: Group.OTHER_BYTES,
}


class PackageKind(StrEnum):
    """What is compared."""

    SOURCE = "source"
    BINARY = "binary"


class ShownSource(NamedTuple):
    """The current version of a source on one side.

    Attributes:
        sha256: of the .dsc, which holds the digests of the other files.
    """

    version: str
    sha256: str


class ShownBinary(NamedTuple):
    """A binary as one architecture's index of one side lists it.

    Attributes:
        architecture: of the package: that of the index, or `all`.
    """

    version: str
    sha256: str
    architecture: str
    source: str


class BinaryKey(NamedTuple):
    """What a binary is found by: its name in one architecture's index, udebs apart."""

    name: str
    index_architecture: str
    is_installer: bool = False


class SourceDifference(NamedTuple):
    """A source in which two sides differ; at least one side has it."""

    name: str
    group: Group
    left: ShownSource | None
    right: ShownSource | None

    @property
    def mirrored(self) -> "SourceDifference":
        """The same with the sides exchanged."""
        return SourceDifference(
            name=self.name, group=_MIRRORED[self.group], left=self.right, right=self.left
        )


class BinaryDifference(NamedTuple):
    """A binary in which two sides differ alike in the indices of some architectures.

    Attributes:
        architectures: of the indices, sorted. A package of one architecture has one; an `all`
            package stands in many and is one difference as long as it is the same in each.
    """

    name: str
    group: Group
    architectures: tuple[str, ...]
    left: ShownBinary | None
    right: ShownBinary | None

    @property
    def sources(self) -> frozenset[str]:
        """Names of the sources that it is made from, on either side."""
        return frozenset(shown.source for shown in (self.left, self.right) if shown is not None)

    @property
    def mirrored(self) -> "BinaryDifference":
        """The same with the sides exchanged."""
        return BinaryDifference(
            name=self.name,
            group=_MIRRORED[self.group],
            architectures=self.architectures,
            left=self.right,
            right=self.left,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All differences between two sides, each kind by name."""

    sources: tuple[SourceDifference, ...]
    binaries: tuple[BinaryDifference, ...]

    @property
    def is_equal(self) -> bool:
        """Whether the two sides show the same."""
        return not self.sources and not self.binaries

    @property
    def mirrored(self) -> "Comparison":
        """The comparison of the two sides the other way round."""
        return Comparison(
            sources=tuple(difference.mirrored for difference in self.sources),
            binaries=tuple(difference.mirrored for difference in self.binaries),
        )


def compared_sources(
    left: Mapping[str, ShownSource], right: Mapping[str, ShownSource]
) -> tuple[SourceDifference, ...]:
    """The sources in which two sides differ, by name. O(left + right)."""
    return tuple(
        SourceDifference(name=name, group=group, left=left.get(name), right=right.get(name))
        for name in sorted(left.keys() | right.keys())
        if (group := _group(left.get(name), right.get(name), _order)) is not None
    )


def compared_binaries(
    left: Mapping[BinaryKey, ShownBinary], right: Mapping[BinaryKey, ShownBinary]
) -> tuple[BinaryDifference, ...]:
    """The binaries in which two sides differ, by name. O(left + right)."""
    places: dict[str, list[_Place]] = {}
    for key in (*left, *(key for key in right if key not in left)):
        one, other = left.get(key), right.get(key)
        if one == other:
            continue
        of_name = places.setdefault(key.name, [])
        for place in of_name:
            if place[1:] == (key.is_installer, one, other):
                place[0].append(key.index_architecture)
                break
        else:
            of_name.append(([key.index_architecture], key.is_installer, one, other))
    return tuple(_differences(places))


_Place = tuple[list[str], bool, ShownBinary | None, ShownBinary | None]
"""In the indices of which architectures it is so, whether of udebs, and what the sides show."""


def _differences(places: Mapping[str, list[_Place]]) -> Iterator[BinaryDifference]:
    order = cache(_order)  # most binaries of a source have its two versions
    for name in sorted(places):
        of_name = places[name]
        for architectures, *_ in of_name:
            architectures.sort()
        of_name.sort(key=lambda place: (place[0][0], place[1]))
        for architectures, _, one, other in of_name:
            if (group := _group(one, other, order)) is not None:
                yield BinaryDifference(name, group, tuple(architectures), one, other)


def _group(
    left: ShownSource | ShownBinary | None,
    right: ShownSource | ShownBinary | None,
    order_of: Callable[[str, str], int],
) -> Group | None:
    """How two packages differ; None if they do not.

    Versions are equal as dpkg has it (`1.0` and `1.0-0`); equal versions of equal bytes are the
    same package, whatever their stanzas say.
    """
    if left is None or right is None:
        if left is right:
            return None
        return Group.ONLY_RIGHT if left is None else Group.ONLY_LEFT
    if left.version != right.version:
        order = order_of(left.version, right.version)
        if order:
            return Group.HIGHER_LEFT if order > 0 else Group.HIGHER_RIGHT
    return None if left.sha256 == right.sha256 else Group.OTHER_BYTES


def _order(one: str, other: str) -> int:
    """Above 0 if the first version is higher, 0 if they are equal as dpkg has it."""
    left, right = Version.parse(one), Version.parse(other)
    return (left > right) - (left < right)


def is_higher(version: str, known: str) -> bool:
    """Whether a version takes the place of another one of the same name."""
    return version != known and _order(version, known) > 0


def group_counts(
    differences: Iterable[SourceDifference | BinaryDifference],
) -> dict[Group, int]:
    """How many differences are in each group; every group is there."""
    counts = Counter(difference.group for difference in differences)
    return {group: counts[group] for group in Group}


def architecture_counts(
    differences: Iterable[BinaryDifference], architectures: Sequence[str]
) -> dict[str, dict[Group, int]]:
    """How many differences are in each group in each architecture's index."""
    counts = Counter(
        (architecture, difference.group)
        for difference in differences
        for architecture in difference.architectures
    )
    return {
        architecture: {group: counts[architecture, group] for group in Group}
        for architecture in architectures
    }


def sentence_of(difference: SourceDifference | BinaryDifference, *, left: str, right: str) -> str:
    """What differs, for people.

    Args:
        difference: to describe.
        left: how the left side is called: `debian/sid@1`.
        right: how the right side is called.
    """
    where = ""
    if isinstance(difference, BinaryDifference):
        where = f" on {', '.join(difference.architectures)}"
    one, other = difference.left, difference.right
    if one is None or other is None:
        there, side = (one, left) if one is not None else (other, right)
        version = "" if there is None else there.version
        return f"{difference.name} {version}{where} is only in {side}"
    if difference.group is Group.OTHER_BYTES:
        return (
            f"{difference.name} {one.version}{where} has other bytes: SHA-256 "
            f"{one.sha256[:SHA256_DIGITS_SHOWN]}… in {left}, "
            f"{other.sha256[:SHA256_DIGITS_SHOWN]}… in {right}"
        )
    higher = left if difference.group is Group.HIGHER_LEFT else right
    return (
        f"{difference.name}{where} is {one.version} in {left}, {other.version} in {right}; "
        f"higher in {higher}"
    )
