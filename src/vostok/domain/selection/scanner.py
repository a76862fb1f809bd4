"""Reads a selection's text from left to right: what stands at a place, and what is wrong there."""

import re
from typing import Final, NoReturn

from vostok.debian.excerpt import excerpt
from vostok.debian.version import Version
from vostok.domain.selection.faults import FAULTS_MAX, Fault
from vostok.domain.selection.syntax import Pattern, VersionIs
from vostok.errors import InvalidInputError

PATTERN_CHARACTERS_MAX: Final = 1_000

_GAP: Final = re.compile(r"\s*")
_SEPARATOR: Final = re.compile(r"[\s,]*")
_CHUNK: Final = re.compile(r"[^\s,()]+|[()]")
_NAME: Final = re.compile(r"[a-z0-9*?\[][a-z0-9+.*?\[\]!-]*")
_VALUE: Final = re.compile(r"[^\s,()\"'][^\s,()]*")
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"|\'((?:[^\']|\'\')*)\'')
_CONDITION: Final = re.compile(r"\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s()]*)\s*\)?")
_BEGINS_CONDITION: Final = re.compile(r"\s*\(\s*[<>=]")


class FaultError(Exception):
    """What stands here cannot be read; it has been noted, and reading goes on behind it."""


class TooManyFaultsError(Exception):
    """Enough is wrong: reading on would help nobody."""


class Scanner:
    """A text and a place in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.faults: list[Fault] = []

    # Places -------------------------------------------------------------------------------

    def skip_gap(self) -> None:
        """Go to the next character that is no white space."""
        self.at = self._end(_GAP)

    def skip_separators(self) -> None:
        """Go over white space and a comma; one more, with nothing before it, is noted."""
        end = self._end(_SEPARATOR)
        commas = [at for at in range(self.at, end) if self.text[at] == ","]
        self.at = end
        for at in commas[1:]:
            self.note("nothing stands between two commas", at=at)

    def is_at_end(self) -> bool:
        """Whether all is read."""
        return self.at >= len(self.text)

    def is_at(self, mark: str) -> bool:
        """Whether this stands here."""
        return self.text.startswith(mark, self.at)

    def take(self, mark: str) -> bool:
        """Whether this stands here, or behind white space; if so it is read."""
        end = self._end(_GAP)
        if not self.text.startswith(mark, end):
            return False
        self.at = end + len(mark)
        return True

    def take_match(self, form: re.Pattern[str]) -> re.Match[str] | None:
        """What of this form stands here; if something does it is read."""
        match = form.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def peek(self, form: re.Pattern[str]) -> re.Match[str] | None:
        """What of this form stands here; it stays unread."""
        return form.match(self.text, self.at)

    # Faults -------------------------------------------------------------------------------

    def note(self, sentence: str, hint: str = "", *, at: int | None = None) -> None:
        """Remember a fault here, or at another place.

        Raises:
            TooManyFaultsError: it is the last that is told.
        """
        place = self.at if at is None else at
        self.faults.append(Fault(at=place, sentence=sentence, hint=hint))
        if len(self.faults) >= FAULTS_MAX:
            raise TooManyFaultsError

    def fail(self, sentence: str, hint: str = "", *, at: int | None = None) -> NoReturn:
        """Remember a fault and give up what is being read.

        Raises:
            FaultError: always.
            TooManyFaultsError: it is the last that is told.
        """
        self.note(sentence, hint, at=at)
        raise FaultError

    def skip_chunk(self) -> None:
        """Go over the text up to the next white space, comma or parenthesis, or over that one."""
        if not self.take_match(_CHUNK):
            self.at += 1

    def skip_to_end_of_call(self) -> None:
        """Go behind the parenthesis that closes what is open here, or to the end. O(text)."""
        depth = 1
        while not self.is_at_end() and depth:
            if self.text[self.at] in "\"'" and self.take_match(_QUOTED):
                continue
            depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
            self.at += 1

    # Words --------------------------------------------------------------------------------

    def name(self, what: str) -> Pattern:
        """The name, glob or quoted text that stands here.

        Raises:
            FaultError: there is none.
        """
        return self._pattern(_NAME, what, "names are lower case: hello, lib*, python3-[a-f]*")

    def value(self, what: str) -> Pattern:
        """The bare or quoted text that stands here.

        Raises:
            FaultError: there is none.
        """
        return self._pattern(_VALUE, what, 'put white space, commas and parentheses in "…"')

    def condition(self) -> VersionIs:
        """The version condition in parentheses that stands here.

        Raises:
            FaultError: there is none.
        """
        self.skip_gap()
        start = self.at
        match = self.take_match(_CONDITION)
        if not match:
            self.fail("a version condition is missing", "write it like (>= 2.0)", at=start)
        if match[1] in ("<", ">"):
            self.fail(
                f"{match[1]} is no relation of versions",
                f"write {match[1]}{match[1]} for strictly, {match[1]}= for or equal",
                at=match.start(1),
            )
        if not match[0].endswith(")"):
            self.fail("a parenthesis is not closed", at=start)
        try:
            return VersionIs(operator=match[1], version=Version.parse(match[2]))
        except InvalidInputError as error:
            self.fail(str(error), error.hint or "", at=match.start(2))

    def begins_condition(self) -> bool:
        """Whether a version condition stands here, or behind white space."""
        return self.peek(_BEGINS_CONDITION) is not None

    def _pattern(self, form: re.Pattern[str], what: str, hint: str) -> Pattern:
        start = self.at
        if quoted := self.take_match(_QUOTED):
            mark = quoted[0][0]
            text = (quoted[1] if quoted[1] is not None else quoted[2]).replace(mark * 2, mark)
            return self._bounded(text, start, is_quoted=True)
        if self.text[start : start + 1] in ('"', "'"):
            self.at = len(self.text)
            self.fail("a quotation mark is not closed", at=start)
        chunk = self.peek(_CHUNK)
        if chunk is None or chunk[0] in "()":
            self.fail(f"{what} is missing", hint)
        match = self.take_match(form)
        if match is None or self.at != chunk.end():
            self.at = chunk.end()
            self.fail(f"{excerpt(chunk[0])} is not {what}", hint, at=start)
        return self._bounded(match[0], start)

    def _bounded(self, text: str, at: int, *, is_quoted: bool = False) -> Pattern:
        if not text or len(text) > PATTERN_CHARACTERS_MAX:
            self.fail(
                f"a text of {len(text)} characters is not of 1 to {PATTERN_CHARACTERS_MAX}", at=at
            )
        return Pattern(text=text, is_quoted=is_quoted, at=at)

    def _end(self, form: re.Pattern[str]) -> int:
        match = form.match(self.text, self.at)
        return match.end() if match else self.at
