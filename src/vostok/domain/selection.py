"""Which sources of a parent are taken: names and globs for now, the language grows."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from vostok.errors import InvalidInputError

EXPRESSION_LENGTH_MAX = 2_000_000
ALL = "all"
PATTERN = re.compile(r"[a-z0-9*?\[][a-z0-9+.*?\[\]!-]*")


def parse_selection(expression: str) -> tuple[str, ...]:
    """The patterns of an expression in their order, without repeats.

    Raises:
        InvalidInputError: the expression is empty, too long, or one pattern is malformed.
    """
    if len(expression) > EXPRESSION_LENGTH_MAX:
        raise InvalidInputError(
            f"the selection has {len(expression)} characters, over {EXPRESSION_LENGTH_MAX}"
        )
    places: dict[str, int] = {}
    for match in re.finditer(r"[^,\s]+", expression):
        places.setdefault(match.group(), match.start())
    if not places:
        raise InvalidInputError(
            "the selection is empty", hint="name sources (hello,tree), globs (lib*) or all"
        )
    for pattern, place in places.items():
        if not PATTERN.fullmatch(pattern):
            raise InvalidInputError(
                f"{pattern[:80]!r} at character {place + 1} is not a name",
                hint="names are lower case: hello, lib*, python3-[a-f]*",
            )
    return tuple(places)


def is_everything(expression: str) -> bool:
    """Whether the expression takes every source there is, now and after each sync."""
    return ALL in parse_selection(expression)


def selected_names(expression: str, names: Iterable[str]) -> frozenset[str]:
    """The names that the expression takes. O(names) for each glob.

    Raises:
        InvalidInputError: a plain name or a glob takes nothing; the message names every such one.
    """
    patterns = parse_selection(expression)
    known = frozenset(names)
    if ALL in patterns:
        return known
    taken: set[str] = set()
    unmatched: list[str] = []
    for pattern in patterns:
        hits = _matches(pattern, known)
        taken |= hits
        if not hits:
            unmatched.append(pattern)
    if unmatched:
        shown = ", ".join(unmatched[:10]) + (" …" if len(unmatched) > 10 else "")  # noqa: PLR2004 - a readable line
        raise InvalidInputError(
            f"the selection names no source here: {shown}",
            hint=_suggestion(unmatched[0], known),
        )
    return frozenset(taken)


def _matches(pattern: str, known: frozenset[str]) -> frozenset[str]:
    if not re.search(r"[*?\[]", pattern):
        return frozenset({pattern} & known)
    return frozenset(name for name in known if fnmatchcase(name, pattern))


def _suggestion(wanted: str, known: frozenset[str]) -> str:
    close = sorted(name for name in known if name.startswith(wanted[:4]))[:5]
    if close:
        return f"names that begin alike: {', '.join(close)}"
    return "a binary package's name is not always its source's: check with apt-cache showsrc"
