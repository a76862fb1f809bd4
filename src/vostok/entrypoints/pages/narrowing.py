"""Lists of pages, narrowed by what the address says: a text, kinds, states."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from starlette.requests import Request

from vostok.domain.list_filter import EVERYTHING, TEXT_CHARACTERS_MAX, ListFilter
from vostok.errors import InvalidInputError

WORD_CHARACTERS_SHOWN: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field with the words of which one is chosen, or several in the address.

    Attributes:
        name: of the field: `kind` or `state`.
        words: all that there are.
        chosen: those that are asked for; none: all are meant.
    """

    name: str
    words: Sequence[str]
    chosen: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What a list is narrowed by, and the fields that ask for it."""

    wanted: ListFilter = EVERYTHING
    choices: Sequence[Choice] = ()

    kept: Sequence[tuple[str, str]] = ()
    """What else the address says that is to be kept."""

    def of(self, name: str, value: str) -> "Narrowing":
        """The same with one more thing that the address says, if it says it."""
        return replace(self, kept=[*self.kept, (name, value)]) if value else self

    @property
    def given(self) -> list[tuple[str, str]]:
        """What an address says for the same list."""
        text = [("q", self.wanted.text)] if self.wanted.text else []
        return [*self.kept, *text] + [
            (each.name, word) for each in self.choices for word in each.chosen
        ]


def narrowing(
    request: Request, *, kind: type[StrEnum] | None = None, state: type[StrEnum] | None = None
) -> Narrowing:
    """What an address asks for.

    Args:
        request: has it in its query.
        kind: the kinds that there are.
        state: the states that there are.

    Raises:
        InvalidInputError: it names a kind or a state that there is not.
    """
    kinds, states = _choice(request, "kind", kind), _choice(request, "state", state)
    return Narrowing(
        wanted=ListFilter(
            text=request.query_params.get("q", "").strip()[:TEXT_CHARACTERS_MAX],
            kinds=frozenset(kinds.chosen),
            states=frozenset(states.chosen),
        ),
        choices=[each for each in (kinds, states) if each.words],
    )


def _choice(request: Request, name: str, words: type[StrEnum] | None) -> Choice:
    known = [] if words is None else [str(word) for word in words]
    asked = dict.fromkeys(word for word in request.query_params.getlist(name) if word)
    unknown = [word for word in asked if known and word not in known]
    if unknown:
        raise InvalidInputError(
            f"there is no {name} {unknown[0][:WORD_CHARACTERS_SHOWN]!r} in this list",
            hint=f"there are: {', '.join(known)}",
        )
    return Choice(name=name, words=known, chosen=[word for word in asked if word in known])
