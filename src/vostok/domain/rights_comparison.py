"""Comparing what two hold: whether one holds all that another does, and what both hold.

Where a comparison of what rights are narrowed to would need the archive, the answer is the careful
one: not as wide, and not in common.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from vostok.domain.rights import (
    EVERY_SOURCE,
    NARROWABLE,
    OF_ARCHIVES,
    OF_INSTALLATION,
    Right,
    Rights,
    SourceLimit,
)

_WILDCARDS: Final = frozenset("*?[")
Limits = tuple[SourceLimit, ...]


def is_as_wide(wide: Rights, other: Rights) -> bool:
    """Whether one holds, at least as widely, all that another was granted on archives.

    Rights on the installation count for nothing here: who holds one is covered by nobody.
    """
    if other.everywhere & OF_INSTALLATION:
        return False
    return all(
        other_held <= _held(wide, place)
        and all(
            _each_is_within(_limits(wide, right, place), _limits(other, right, place))
            for right in other_held & NARROWABLE
        )
        for place in (None, *other.by_archive)
        for other_held in (_held(other, place),)
    )


def in_common(one: Rights, other: Rights, private_archives: Iterable[str]) -> Rights:
    """What both hold on archives; nothing on the installation.

    Args:
        one: what somebody holds.
        other: what somebody else holds.
        private_archives: the names of all, of which what is not held in common hides.
    """
    held: dict[str | None, frozenset[Right]] = {}
    limits: dict[tuple[Right, str | None], Limits] = {}
    for place in (None, *sorted({*one.by_archive, *other.by_archive})):
        both = _held(one, place) & _held(other, place)
        for right in both & NARROWABLE:
            found = _narrowest(_limits(one, right, place), _limits(other, right, place))
            limits[right, place] = found
        held[place] = both - {right for right in both & NARROWABLE if not limits[right, place]}
    everywhere = held.pop(None)
    common = Rights(
        everywhere=everywhere,
        by_archive={place: rights for place, rights in held.items() if place and rights},
        limits={where: found for where, found in limits.items() if found},
    )
    return Rights(
        everywhere=common.everywhere,
        by_archive=common.by_archive,
        limits=common.limits,
        hidden=frozenset(name for name in private_archives if not common.holds_any(name)),
    )


def is_within(limit: SourceLimit, wide: SourceLimit) -> bool:
    """Whether all that one limit lets through, another does for sure."""
    return (
        wide.component in {None, limit.component}
        and wide.selection in {None, limit.selection}
        and (
            not wide.sources
            or (
                bool(limit.sources)
                and all(
                    any(_is_pattern_within(pattern, other) for other in wide.sources)
                    for pattern in limit.sources
                )
            )
        )
    )


def _is_pattern_within(pattern: str, wide: str) -> bool:
    """Whether every name that matches one pattern matches another, as far as is seen easily."""
    if pattern == wide:
        return True
    if not _WILDCARDS & set(pattern):
        return fnmatchcase(pattern, wide)
    beginning = wide.removesuffix("*")
    return wide != beginning and not _WILDCARDS & set(beginning) and pattern.startswith(beginning)


def _held(rights: Rights, place: str | None) -> frozenset[Right]:
    """All rights on an archive, or with None on all, those that follow from others too."""
    held = rights.everywhere
    if place is not None:
        held |= rights.by_archive.get(place, frozenset())
    held &= OF_ARCHIVES
    if Right.ADMINISTER in held:
        return OF_ARCHIVES
    return held | {Right.VIEW} if held else held


def _limits(rights: Rights, right: Right, place: str | None) -> Limits:
    """What a right is narrowed to there; each is enough, and without one it is not held."""
    if Right.ADMINISTER in _held(rights, place):
        return (EVERY_SOURCE,)
    everywhere = rights.limits.get((right, None), ())
    return everywhere if place is None else (*everywhere, *rights.limits.get((right, place), ()))


def _each_is_within(wide: Limits, limits: Limits) -> bool:
    return all(any(is_within(limit, other) for other in wide) for limit in limits)


def _narrowest(one: Limits, other: Limits) -> Limits:
    """Of each pair the one that lies within the other; pairs that only overlap are left out."""
    found = [
        left if is_within(left, right) else right
        for left in one
        for right in other
        if is_within(left, right) or is_within(right, left)
    ]
    return tuple(dict.fromkeys(found))
