"""The revision of an archive: how it stands in all that people set, each part told apart."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

PART_DIGITS: Final = 8
"""Of a hash, in hexadecimal: enough to see that something is not as before, told to nobody who
may gain by another value with the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What each part of an archive is now; the order of the parts is that of their hashes."""

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
