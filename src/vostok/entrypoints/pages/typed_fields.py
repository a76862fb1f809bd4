"""Fields of a form that are read one by one: what is wrong with each is told beside it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final, TypeVar

from vostok.domain.campaign import REASON_LENGTH_MAX
from vostok.domain.selection.parser import parse_selection
from vostok.errors import InvalidInputError, VostokError

WORDS_MAX: Final = 1_000
"""Of one field, as the lists of the API."""
NAME_CHARACTERS_MAX: Final = 200
LOOK: Final = "look"
"""What forms are sent with while they are filled in: it is answered by reading alone, so that
whoever types keeps nobody from writing."""

Found = TypeVar("Found")
Faults = Mapping[str, VostokError]
"""Field -> what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedTexts:
    """What the fields of a form hold, as it was typed; each form has its own, with their names."""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """All that is not empty, for an address or a form that sends it on."""
        return [
            (field.name, text)
            for field in fields(self)
            for text in _texts(getattr(self, field.name))
            if text
        ]


def check_texts(*texts: str) -> None:
    """Nothing, if a database can keep the texts.

    Raises:
        InvalidInputError: one of them holds a null character.
    """
    if any("\x00" in text for text in texts):
        raise InvalidInputError("the form holds a null character, which no database keeps")


def check_selection(selection: str) -> None:
    """Nothing, if sources are named.

    Raises:
        InvalidInputError: none are, or the expression is malformed.
    """
    if not selection:
        raise InvalidInputError("name the sources, or all of them: all")
    parse_selection(selection)


def check_reason(reason: str) -> None:
    """Nothing, if a reason is given.

    Raises:
        InvalidInputError: none is, or it is too long.
    """
    if not reason or len(reason) > REASON_LENGTH_MAX:
        raise InvalidInputError(f"say why, in 1 to {REASON_LENGTH_MAX} characters")


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


class FieldChecks:
    """Reads fields one by one and remembers what is wrong with each."""

    def __init__(self) -> None:
        self.faults: dict[str, InvalidInputError] = {}

    def check(self, name: str, make: Callable[[], Found]) -> Found | None:
        """What a field stands for, or None if it is wrong."""
        try:
            return make()
        except InvalidInputError as error:
            self.faults[name] = error
            return None

    def each(self, name: str, words: Iterable[str], check: Callable[[str], object]) -> list[str]:
        """The words of a field, each once; the first that cannot be is the field's fault."""
        found = list(dict.fromkeys(words))

        def judge() -> None:
            if len(found) > WORDS_MAX:
                raise InvalidInputError(
                    f"there are {len(found)} words, at most {WORDS_MAX} can be"
                )
            for word in found:
                _check_length(word)
                check(word)

        self.check(name, judge)
        return found

    def pairs(self, name: str, text: str, *, example: str) -> dict[str, str]:
        """The `A=B` lines of a field, by A; empty if one of them is not such a line."""

        def read() -> dict[str, str]:
            found = {}
            for line in lines_of(text)[: WORDS_MAX + 1]:
                key, sign, value = line.partition("=")
                if not sign or not key.strip():
                    raise InvalidInputError(
                        f"{line[:NAME_CHARACTERS_MAX]!r} is not a line like {example}"
                    )
                if key.strip() in found:
                    raise InvalidInputError(f"{key.strip()[:NAME_CHARACTERS_MAX]} stands twice")
                found[key.strip()] = value.strip()
            if len(found) > WORDS_MAX:
                raise InvalidInputError(f"there are more than {WORDS_MAX} lines")
            return found

        return self.check(name, read) or {}


def words_of(text: str) -> list[str]:
    """The words of a field: between them are blanks, commas or new lines."""
    return text.replace(",", " ").split()


def lines_of(text: str) -> list[str]:
    """The lines of a field that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _check_length(word: str) -> None:
    if len(word) > NAME_CHARACTERS_MAX:
        raise InvalidInputError(f"{word[:40]!r}… is longer than {NAME_CHARACTERS_MAX} characters")
