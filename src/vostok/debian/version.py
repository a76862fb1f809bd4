"""Version numbers (Policy 5.6.12) in dpkg's order."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache, total_ordering
from typing import Final, Self

from vostok.debian.excerpt import excerpt
from vostok.errors import InvalidInputError

VERSION_CHARACTERS_MAX: Final = 200
"""A version is part of file names, which end at 255 bytes."""

EPOCH_MAX: Final = 2**31 - 1
"""The largest that dpkg accepts."""

_HINT: Final = (
    "a version is [epoch:]upstream[-revision]: the upstream part starts with a digit and has only "
    "letters, digits and . + - ~, the revision only letters, digits and . + ~ (Policy 5.6.12)"
)
_VERSION: Final = re.compile(
    r"(?:(?P<epoch>[0-9]+):)?"
    r"(?P<upstream>[0-9][A-Za-z0-9.+~-]*?)"
    r"(?:-(?P<revision>[A-Za-z0-9.+~]+))?(?<!-)"
)
_BINNMU_TAIL: Final = re.compile(r"\+b[1-9][0-9]*\Z")
_PIECE: Final = re.compile(r"([^0-9]*)([0-9]*)")
_TILDE, _END_OF_TEXT = "\0", "\1"
_END: Final = _END_OF_TEXT + "\0"
"""No letters, and the number zero."""
_CHARACTER_ORDER: Final = str.maketrans("~+-.", _TILDE + "{|}")
"""Tilde before the end of the text, then letters as they are, then the rest in ASCII's order."""

_ORDERS_MAX: Final = 5_000
"""Kept: proofs compare twenty versions that differ in a part only."""

_VERSIONS_KEPT_MAX: Final = 10_000
"""The proofs for all of Debian compare 5,000, each of them four times."""


def check_version(text: str) -> str:
    """The text, if it is a version; a third of the cost of parsing it.

    Raises:
        InvalidInputError: it is none.
    """
    match = _VERSION.fullmatch(text)
    if not match or len(text) > VERSION_CHARACTERS_MAX or match["epoch"]:
        return str(Version.parse(text))
    return text


def is_version(text: str) -> bool:
    """Whether a text is a version."""
    try:
        check_version(text)
    except InvalidInputError:
        return False
    return True


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version that is well formed.

    Equality and order are dpkg's: `1.0`, `0:1.0` and `1.0-0` are equal and hash alike.
    Where the bytes of the name count (file names, fields), compare `str(version)`.

    Raises:
        InvalidInputError: the text is not a version.
    """

    text: str
    epoch: int = field(init=False, repr=False)
    upstream: str = field(init=False, repr=False)
    revision: str | None = field(init=False, repr=False)
    _order: str | None = field(init=False, repr=False)
    """Made when it is first compared: most versions of an archive never are."""

    def __post_init__(self) -> None:
        if len(self.text) > VERSION_CHARACTERS_MAX:
            raise InvalidInputError(
                f"version {excerpt(self.text)} is longer than {VERSION_CHARACTERS_MAX} characters",
                hint=_HINT,
            )
        match = _VERSION.fullmatch(self.text)
        epoch = int(match["epoch"] or "0") if match else 0
        if not match or epoch > EPOCH_MAX:
            raise InvalidInputError(f"{excerpt(self.text)} is not a version", hint=_HINT)
        upstream, revision = match["upstream"], match["revision"]
        object.__setattr__(self, "epoch", epoch)
        object.__setattr__(self, "upstream", upstream)
        object.__setattr__(self, "revision", revision)
        object.__setattr__(self, "_order", None)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The version that a text is.

        Raises:
            InvalidInputError: it is none; the hint says the form.

        Source: Policy 5.6.12, and dpkg's own limits (a digit first, an epoch below 2^31).
        """
        return cls(text)

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self.text == other.text or self._key() == other._key()

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self._key() < other._key()

    @property
    def order(self) -> str:
        """A text that sorts as the version does, for long lists; of equal versions it is equal."""
        return self._key()

    def __gt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self._key() > other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> str:
        order = self._order
        if order is None:
            epoch = _number(str(self.epoch))
            order = epoch + _order_of(self.upstream) + _order_of(self.revision or "")
            object.__setattr__(self, "_order", order)
        return order

    @property
    def is_native(self) -> bool:
        """Whether there is no Debian revision."""
        return self.revision is None

    @property
    def without_epoch(self) -> str:
        """The version as it stands in file names."""
        return self.text.partition(":")[2] if ":" in self.text else self.text

    @property
    def binnmu_tail(self) -> str:
        """The `+bN` at the end that marks a binary-only rebuild, or nothing."""
        match = _BINNMU_TAIL.search(self.text)
        return match.group() if match else ""

    @property
    def without_binnmu(self) -> str:
        """The version without its `+bN`: for a binNMU by dpkg's rule, the source's version."""
        return self.text.removesuffix(self.binnmu_tail)


def is_binnmu_tail(text: str) -> bool:
    """Whether a text is what a binary-only rebuild appends by dpkg's rule: `+bN`."""
    return _BINNMU_TAIL.fullmatch(text) is not None


def highest(versions: Iterable[Version]) -> Version:
    """The highest of one or more versions; of equal ones the first.

    Raises:
        InvalidInputError: there is none.
    """
    found = max(versions, default=None)
    if found is None:
        raise InvalidInputError("no versions to choose the highest from")
    return found


@lru_cache(maxsize=_VERSIONS_KEPT_MAX)
def kept_version(text: str) -> Version:
    """What `Version.parse` gives, kept for the next time: for those that are met again and again.

    Raises:
        InvalidInputError: the text is no version.
    """
    return Version.parse(text)


@lru_cache(maxsize=_ORDERS_MAX)
def _order_of(part: str) -> str:
    """A text that sorts as dpkg compares: letters and a number by turns, up to an end mark.

    Whatever two of these texts differ in first decides: letters end with a mark that no letter is,
    and of two numbers the shorter one is less. The end mark is an empty pair, because `~` sorts
    before the end of the text. "" and "0" are equal and both begin with an empty pair, to which a
    `~` after the zero is compared.
    """
    pairs = [
        letters.translate(_CHARACTER_ORDER) + _END_OF_TEXT + _number(digits)
        for letters, digits in _PIECE.findall(part)
    ]
    while len(pairs) > 1 and pairs[-1] == _END:
        pairs.pop()
    return "".join((*pairs, _END))


def _number(digits: str) -> str:
    """A text that sorts as the number does: how many digits count, as one character, and they."""
    counting = digits.lstrip("0")
    return chr(len(counting)) + counting
