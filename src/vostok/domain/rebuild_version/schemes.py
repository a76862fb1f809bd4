"""How archives mark the versions that they make, and what each scheme makes of a version.

A capital letter sorts before every lower-case one and before `+`, so that
`1.2-3` < `1.2-3Xexp1` < `1.2-3build1` < `1.2-3ubuntu1` < `1.2-3+b1` < `1.2-4`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from vostok.errors import InvalidInputError

VENDOR_LENGTH_MAX = 32
LETTERS = "XWVUTSRQPONMLKJIHGFEDCBA"
"""Of safe suffixes: `X`, and lower ones for archives derived from archives of this kind."""


_UBUNTUS = frozenset({"ubuntu", "build"})


class VersionScheme(StrEnum):
    """How an archive makes the versions of its rebuilds."""

    SAFE = "safe"
    """`1.2-3Xexp1`: below everything that may follow."""
    BINNMU = "binnmu"
    """`1.2-3+b1`: only over parents that are declared to make none."""
    UBUNTU = "ubuntu"
    """`1.2-3build1`, and `1.2-3ubuntu2` over an own `1.2-3ubuntu1`."""
    VENDOR = "vendor"
    """`1.2-3acme1`."""
    SAME = "same"
    """The version stays, and nobody ever gets the binaries: for trials only."""


class Purpose(StrEnum):
    """What a new version is for."""

    BINARY_ONLY = "binary-only"
    """Binaries built again from the same source."""
    NO_CHANGE = "no-change"
    """A source that differs by one changelog entry."""
    CHANGED = "changed"
    """A source with a fix of this archive's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """How one archive marks its versions."""

    scheme: VersionScheme = VersionScheme.SAFE
    tag: str
    """Lower-case letters of the archive."""
    vendor: str = ""
    """The word of the scheme `vendor`."""
    letter: str = LETTERS[0]
    """The capital before the tag; see `safe_letter`."""

    @property
    def word(self) -> str:
        """What changed sources are marked with, before the number."""
        match self.scheme:
            case VersionScheme.UBUNTU:
                return "ubuntu"
            case VersionScheme.VENDOR:
                return self.vendor
            case VersionScheme.SAFE | VersionScheme.BINNMU | VersionScheme.SAME:
                return self.letter + self.tag

    @property
    def over_binnmu(self) -> str:
        """The same over a base with a `+bN`: above every `+bN`, below `+deb12u1` and `.1`.

        `+c0exp`; `+c0Wzed` in an archive derived from that, below its parent's next fix.
        """
        return f"+c0{self.word.removeprefix(LETTERS[0])}"


def check_vendor(scheme: VersionScheme, vendor: str) -> str:
    """The vendor's word, if the scheme wants one and versions can carry it.

    Raises:
        InvalidInputError: it is missing, not wanted, or not 2 to 32 letters a-z.
    """
    if scheme is not VersionScheme.VENDOR:
        if vendor:
            raise InvalidInputError(
                f"the scheme {scheme} has no vendor's word",
                hint="only this one has: --scheme vendor --vendor WORD",
            )
        return vendor
    if not re.fullmatch(rf"[a-z]{{2,{VENDOR_LENGTH_MAX}}}", vendor):
        raise InvalidInputError(
            f"the vendor's word {vendor[:VENDOR_LENGTH_MAX]!r} is not 2 to {VENDOR_LENGTH_MAX} "
            "letters a-z",
            hint="name one: --scheme vendor --vendor WORD",
        )
    if vendor in _UBUNTUS:
        raise InvalidInputError(
            f"the vendor's word {vendor} is Ubuntu's: its next versions would have the same names",
            hint="to version as Ubuntu does: --scheme ubuntu",
        )
    return vendor


def safe_letter(tag: str, above: Iterable[str]) -> str:
    """The highest capital with which a tag's suffix stays below some others.

    `Xzed1` would be above `Xexp1`, the next rebuild of a parent that has the tag `exp`: an
    archive derived from it writes `Wzed1`.

    Args:
        tag: of the archive.
        above: letter and tag of each archive that it is derived from, through any number.

    Raises:
        InvalidInputError: so many archives stand over each other that no letter is left.
    """
    others = tuple(above)
    for letter in LETTERS:
        if all(letter + tag < other for other in others):
            return letter
    raise InvalidInputError(
        f"more than {len(LETTERS)} derived archives stand over each other",
        hint="derive from one that is nearer to the first",
    )


def counted(known: Iterable[str], form: str) -> int:
    """The next number of a form: one above the highest that versions have, or 1."""
    pattern = _number_after(form)
    return 1 + max((int(m[1]) for text in known if (m := pattern.match(text))), default=0)


def incremented(version: str) -> str:
    """The version with the number at its end one higher: `1ubuntu1.9` becomes `1ubuntu1.10`."""
    digits = len(version) - len(version.rstrip("0123456789"))
    stem, number = version[: len(version) - digits], version[len(version) - digits :]
    return f"{stem}{int(number or '0') + 1}"


@lru_cache(maxsize=1_000)
def _number_after(form: str) -> re.Pattern[str]:
    return re.compile(re.escape(form) + r"([0-9]{1,9})(?![0-9])")
