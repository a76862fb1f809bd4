"""Derivations: how a derived suite came to be what it is, each one numbered and never changed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vostok.domain.counting import counted
from vostok.domain.package import Membership
from vostok.errors import InvalidInputError

RANK_MAX = 99
PARENTS_MAX = 20


class DerivationMode(StrEnum):
    """Whether every taken source is to be rebuilt, or only what changes here."""

    FULL = "full"
    LIGHT = "light"


class Unbuilt(StrEnum):
    """What a taken source that was not built here yet shows to clients."""

    PARENT = "parent"
    NONE = "none"


class OnRemoval(StrEnum):
    """What a sync does with a source that no parent has any more."""

    DROP = "drop"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentRequest:
    """A parent as somebody asks for it.

    Attributes:
        archive: its name.
        suite: its suite's name or codename; empty: the only one that it has.
        rank: 1 is the strongest; among parents of one rank the highest version wins.
        only: a selection of the sources that are taken from it; empty: all.
    """

    archive: str
    suite: str
    rank: int = 1
    only: str = ""

    def __str__(self) -> str:
        only = f":only={self.only}" if self.only else ""
        return f"{self.place}:{self.rank}{only}"

    @property
    def place(self) -> str:
        """`ARCHIVE/SUITE`, or the archive alone if no suite is named."""
        return f"{self.archive}/{self.suite}" if self.suite else self.archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """One suite of another archive that a suite is derived from, at one moment.

    Attributes:
        number: of the suite's snapshot, or of its publication if it is derived itself.
        members: where its packages at that moment are.
        rank: 1 is the strongest.
        only: a selection of the sources that are taken from it; empty: all.
    """

    archive: str
    suite_id: int
    suite: str
    number: int
    members: Membership
    rank: int = 1
    only: str = ""

    def __str__(self) -> str:
        return f"{self.archive}/{self.suite}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What a suite was derived from and which sources it takes, from one moment on.

    Attributes:
        number: counts up from 1 within the suite.
        is_all: whether the selection takes every source there is.
        taken: how many sources are taken.
        base: the packages under the suite's own: one parent's, or composed of several.
    """

    number: int
    at: datetime
    requested_by: str
    reason: str
    selection: str
    is_all: bool
    taken: int
    mode: DerivationMode
    unbuilt: Unbuilt
    base: Membership
    parents: tuple[Parent, ...]

    @property
    def shows_whole_base(self) -> bool:
        """Whether clients see every package of the base that nothing made here hides.

        Not that of a derived parent: it has packages that the parent itself does not show.
        """
        has_image = any(parent.members.suite_id != parent.suite_id for parent in self.parents)
        return self.is_all and self.unbuilt is Unbuilt.PARENT and not has_image


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A source that stays at what an earlier derivation showed, and why."""

    source: str
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A source that was taken out of a suite locally, and the parents' version at that time."""

    source: str
    base_version: str
    removed_by: str


def parse_parent(text: str) -> ParentRequest:
    """A parent written as `ARCHIVE[/SUITE][:RANK][:only=EXPR]`; the only suite needs no name.

    Raises:
        InvalidInputError: it is not of that form; the rank is not 1 to 99.
    """
    place, _, rest = text.partition(":")
    archive, slash, suite = place.partition("/")
    if not archive or (slash and not suite):
        raise InvalidInputError(
            f"the parent {text!r} is not ARCHIVE[/SUITE][:RANK][:only=EXPR]",
            hint="for example: debian/bookworm, or debian/experimental:2:only=gcc-*",
        )
    match = re.fullmatch(
        r"(?:(?P<rank>[0-9]{1,2}))?(?:(?:^|:)only=(?P<only>.+))?", rest, re.DOTALL
    )
    if not match or not 1 <= int(match["rank"] or 1) <= RANK_MAX:
        raise InvalidInputError(
            f"{rest!r} behind the parent {place} is not [RANK][:only=EXPR]",
            hint=f"the rank is 1 to {RANK_MAX}, 1 the strongest: {place}:2:only=gcc-*",
        )
    return ParentRequest(
        archive=archive, suite=suite, rank=int(match["rank"] or 1), only=match["only"] or ""
    )


def check_mode(mode: DerivationMode, unbuilt: Unbuilt) -> None:
    """Nothing, if the two go together.

    Raises:
        InvalidInputError: a light archive would show none of what it does not build.
    """
    if mode is DerivationMode.LIGHT and unbuilt is Unbuilt.NONE:
        raise InvalidInputError(
            "a light archive shows its parents' packages; unbuilt «none» would hide them",
            hint="choose one: --mode full --unbuilt none, or --mode light",
        )


def check_parents(parents: Sequence[ParentRequest]) -> None:
    """Nothing, if these can be the parents of one suite.

    Raises:
        InvalidInputError: there is none, too many, or one comes twice.
    """
    if not 0 < len(parents) <= PARENTS_MAX:
        named = counted(len(parents), "parent was", "parents were")
        raise InvalidInputError(
            f"{named} named; 1 to {PARENTS_MAX} are possible",
            hint="name one: --parent debian/bookworm",
        )
    places = [parent.place for parent in parents]
    for place in places:
        if places.count(place) > 1:
            raise InvalidInputError(
                f"the parent {place} comes twice",
                hint="name each once; «only» takes an expression with «or»",
            )
