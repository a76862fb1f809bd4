"""The revision of a thing: how it stands in all that people set of it, each part told apart."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PART_DIGITS: Final = 8
"""Of a hash, in hexadecimal: enough to see that something is not as before, told to nobody who
may gain by another value with the same one."""


class ThingKind(StrEnum):
    """What two people may edit at the same time."""

    ARCHIVE = "archive"
    ARCHIVE_LIMITS = "archive-limits"
    PERSON_LIMITS = "person-limits"
    TEAM_LIMITS = "team-limits"
    DEFAULT_LIMITS = "default-limits"
    GENERAL_RIGHTS = "general-rights"
    TEAM = "team"
    PERSON = "person"
    BUILDER = "builder"
    WEBHOOK = "webhook"
    TOOLCHAIN = "toolchain"


_WORDS: Final[Mapping[ThingKind, str]] = {
    ThingKind.ARCHIVE: "the archive {name}",
    ThingKind.ARCHIVE_LIMITS: "the quota of archive {name}",
    ThingKind.PERSON_LIMITS: "the quota of person {name}",
    ThingKind.TEAM_LIMITS: "the quota of team {name}",
    ThingKind.DEFAULT_LIMITS: "the quota of every {name}",
    ThingKind.GENERAL_RIGHTS: "what is granted on all archives",
    ThingKind.TEAM: "the team {name}",
    ThingKind.PERSON: "the person {name}",
    ThingKind.BUILDER: "the builder {name}",
    ThingKind.WEBHOOK: "webhook {number} of {name}",
    ThingKind.TOOLCHAIN: "the toolchain {name}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that people edit.

    Attributes:
        name: of the thing, of a webhook that of its archive; empty for what there is once.
        number: of a webhook.
    """

    kind: ThingKind
    name: str = ""
    number: int = 0

    def __str__(self) -> str:
        return _WORDS[self.kind].format(name=self.name, number=self.number)


def archive_thing(name: str) -> Thing:
    """An archive, with its settings, sources and rights."""
    return Thing(kind=ThingKind.ARCHIVE, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What each part of a thing is now; the order of the parts is that of their hashes."""

    parts: Mapping[str, str]

    @property
    def text(self) -> str:
        """One hash for each part, with points between them."""
        return ".".join(_digits(value) for value in self.parts.values())

    def changed_since(self, text: str) -> list[str] | None:
        """The parts that another revision had otherwise; None if it is no revision."""
        hashes: Sequence[str] = text.split(".")
        if len(hashes) != len(self.parts) or not all(map(_is_hash, hashes)):
            return None
        return [
            name
            for (name, value), known in zip(self.parts.items(), hashes, strict=True)
            if _digits(value) != known
        ]


def _digits(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:PART_DIGITS]


def _is_hash(text: str) -> bool:
    return re.fullmatch(rf"[0-9a-f]{{{PART_DIGITS}}}", text) is not None
