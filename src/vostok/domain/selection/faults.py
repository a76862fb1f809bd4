"""What is wrong with the text of a selection, and where: shown with a mark under the character."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vostok.errors import InvalidInputError

FAULTS_MAX: Final = 10
"""Told at once; what follows so many is rarely worth reading."""

LINE_CHARACTERS_MAX: Final = 72
_MARK: Final = "^"

SELECTION_WRONG: Final = "selection-wrong"
"""Code of what refuses a selection, so that a form can show it beside the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. `at` counts characters from 0; the sentence goes on after «at character N»."""

    at: int
    sentence: str
    hint: str = ""


def refusal(text: str, faults: Sequence[Fault]) -> InvalidInputError:
    """The error that tells all faults, each with the text around it and a mark below."""
    first = faults[0]
    sentences = [f"at character {fault.at + 1}: {fault.sentence}" for fault in faults]
    if len(faults) == 1:
        message = f"the selection is wrong {sentences[0]}"
    else:
        message = f"the selection is wrong {'; '.join(sentences)}"
    marks = "\n".join(marked(text, fault.at) for fault in faults)
    advice = first.hint or "the language is in docs/reference/selection.md"
    return InvalidInputError(message, hint=f"{advice}\n{marks}", reason=SELECTION_WRONG)


def marked(text: str, at: int) -> str:
    """Two lines: the text around a position, and a mark under it."""
    start = max(0, at - LINE_CHARACTERS_MAX // 2)
    end = min(len(text), start + LINE_CHARACTERS_MAX)
    before, after = "…" if start else "", "…" if end < len(text) else ""
    line = "".join(c if c.isprintable() else " " for c in text[start:end])
    return f"  {before}{line}{after}\n  {' ' * (len(before) + at - start)}{_MARK}"
