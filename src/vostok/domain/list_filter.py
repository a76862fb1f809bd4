"""Which things of a list are wanted: by a text, by kind, by state. One way for every list."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

TEXT_CHARACTERS_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """Each thing that is said narrows the list.

    Attributes:
        text: stands in one of the words by which a thing is known, in upper or lower case.
        kinds: only things of one of them; of none: of all.
        states: only things in one of them; in none: in any.
    """

    text: str = ""
    kinds: frozenset[str] = field(default=frozenset())
    states: frozenset[str] = field(default=frozenset())

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return self != EVERYTHING

    def admits(self, words: Iterable[str | None], *, kind: str = "", state: str = "") -> bool:
        """Whether a thing is among them."""
        text = self.text.casefold()
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.states or state in self.states)
            and (not text or any(word and text in word.casefold() for word in words))
        )


EVERYTHING: Final = ListFilter()
