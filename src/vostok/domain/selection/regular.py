"""Regular expressions from elsewhere, in RE2's syntax: matched in linear time, whatever they are.

A pattern with which Python's own `re` would run for years (`(a*)*b`) costs here as much as any
other, so neither syntax nor input needs to be restricted.

Source: <https://github.com/google/re2/wiki/Syntax>.
"""

import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache
from typing import Any, Final

import re2

from vostok.debian.excerpt import excerpt
from vostok.errors import InvalidInputError

REGULAR_CHARACTERS_MAX: Final = 1_000
REGULAR_BYTES_MAX: Final = 8 << 20
"""Memory of one compiled expression, which bounds what repetitions may add up to."""

_OPTIONS: Final = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = REGULAR_BYTES_MAX


def check_regular(text: str) -> None:
    """Refuse what is no regular expression.

    Raises:
        InvalidInputError: it is none, or is too large.
    """
    regular(text)


@lru_cache(maxsize=256)
def regular(text: str) -> Callable[[str], bool]:
    """Whether a text has a part that matches the expression.

    Raises:
        InvalidInputError: it is no regular expression, or is too large.
    """
    compiled = _compiled(text)
    return lambda value: compiled.search(value) is not None


@lru_cache(maxsize=256)
def regular_start(text: str) -> Callable[[str], bool]:
    """Whether a text begins with what matches the expression.

    Raises:
        InvalidInputError: it is no regular expression, or is too large.
    """
    compiled = _compiled(text)
    return lambda value: compiled.match(value) is not None


def _compiled(text: str) -> Any:  # noqa: ANN401 - the library has no types
    if len(text) > REGULAR_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a regular expression of {len(text)} characters is over {REGULAR_CHARACTERS_MAX}",
            hint="a shorter one, or several joined with «or»",
        )
    try:
        return re2.compile(text, _OPTIONS)
    except re2.error as error:
        raise InvalidInputError(
            f"{excerpt(text)} is no regular expression: {_said(error)}",
            hint="the syntax is RE2's: like POSIX's extended one, without back-references",
        ) from None


@lru_cache(maxsize=1024)
def glob(text: str) -> Callable[[str], object]:
    """Whether a whole text is what a glob of the shell stands for: `*`, `?`, `[a-f]`, `[!x]`."""
    return re.compile(translate(text)).match


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
