"""Searches through everything by name: what is asked, and what is found."""

from dataclasses import dataclass
from typing import Final, NamedTuple

SEARCH_CHARACTERS_MAX: Final = 100
FOUND_MAX: Final = 25
"""Of each kind; who sees more than these has to say more."""


class FoundArchive(NamedTuple):
    """An archive whose name has the text."""

    name: str
    kind: str
    state: str


class FoundSource(NamedTuple):
    """A source whose name has the text, in one suite that has it now."""

    name: str
    version: str
    archive: str
    suite: str
    component: str
    is_derived: bool
    """Whether the archive is a derived one, which takes it from a parent or has it of its own."""


class FoundBuild(NamedTuple):
    """The newest record of a source on one architecture of an archive."""

    archive: str
    source: str
    version: str
    rebuild_no: int
    architecture: str
    state: str
    campaign: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found: of each kind exact names first, then those that begin with the text.

    Attributes:
        text: what was looked for, as it is compared: names have no capitals.
        more: the kinds of which there may be more than are shown.
    """

    text: str
    archives: tuple[FoundArchive, ...] = ()
    sources: tuple[FoundSource, ...] = ()
    builds: tuple[FoundBuild, ...] = ()
    more: frozenset[str] = frozenset()


def normalised(text: str) -> str:
    """What is looked for: no spaces around it, no capitals, no longer than the bound."""
    return text.strip().lower()[:SEARCH_CHARACTERS_MAX]
