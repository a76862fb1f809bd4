"""Stanzas: the paragraphs of fields that Debian's control files are made of (Policy 5.1)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

import apt_pkg

from vostok.debian.excerpt import excerpt
from vostok.errors import InvalidInputError

STANZA_CHARACTERS_MAX: Final = 32 * 1024 * 1024
FIELDS_MAX: Final = 1000
TEXT_CHARACTERS_MAX: Final = 1024 * 1024 * 1024
"""Of a whole file of stanzas; Debian's largest Packages file has 60 million characters."""

STANZAS_MAX: Final = 2_000_000

_BLANKS: Final = " \t\n"
_WHITE: Final = " \t\n\r\v\f"
"""What apt strips of a value."""
_NAME: Final = re.compile(r"[!\"$-,.-9;-~][!-9;-~]*")
_FIELD: Final = re.compile(
    r"(?P<name>[!\"$-,.-9;-~][!-9;-~]*):[ \t]*(?P<value>[^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)"
)
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BLANK_LINE: Final = re.compile(r"^[ \t]+$", re.MULTILINE)


class Stanza(Mapping[str, str]):
    """The fields of one stanza, in their order.

    Looked up without regard to case; iterated in the case they were written in. A value of several
    lines keeps the first column of its further lines (a space), so it can be rendered again.
    """

    __slots__ = ("_fields", "_names")

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        """Take the fields.

        Raises:
            InvalidInputError: a field is there twice, or there are too many.
        """
        self._fields: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for name, value in fields:
            if name.lower() in self._names:
                raise InvalidInputError(f"field {excerpt(name)} is there twice in one stanza")
            if len(self._names) == FIELDS_MAX:
                raise InvalidInputError(f"a stanza has more than {FIELDS_MAX} fields")
            self._names[name.lower()] = name
            self._fields[name] = value

    def __getitem__(self, name: str) -> str:
        return self._fields[self._names[name.lower()]]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Stanza({list(self._fields.items())!r})"


def index_fields(paragraph: bytes) -> Mapping[str, str]:
    """The fields of one paragraph of a foreign index, by apt's own parser.

    Not as strict as `parse_stanza`, but ten times as fast: what apt takes is taken, unless apt and
    another reader could take it for two different things.

    Args:
        paragraph: its lines with their ends, without the empty line behind them.

    Raises:
        InvalidInputError: it is not UTF-8, has control characters, is none, or repeats a field.
    """
    if b"\0" in paragraph or b"\r" in paragraph:
        at = re.search(rb"[\0\r]", paragraph)
        near = excerpt(paragraph.decode(errors="replace"), at.start() if at else 0)
        raise InvalidInputError(f"it has a control character near {near}")
    try:
        text = paragraph.decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"it is not UTF-8: {error}") from None
    try:
        section = apt_pkg.TagSection(text + "\n")
    except ValueError:
        raise InvalidInputError(f"it is no paragraph of fields: {excerpt(text)}") from None
    names = section.keys()
    if len(set(map(str.lower, names))) != len(names):
        raise InvalidInputError("it has a field twice")
    return section


def parse_stanza(text: str) -> Stanza:
    """The first stanza of a text.

    Raises:
        InvalidInputError: there is none, or `parse_stanzas` refuses it.
    """
    for stanza in parse_stanzas(text):
        return stanza
    raise InvalidInputError("there is no stanza in the text: it is empty")


def only_stanza(text: str) -> Stanza:
    """The one stanza of a text.

    Raises:
        InvalidInputError: there is none, or there are several, or `parse_stanzas` refuses it.
    """
    found = list(islice(parse_stanzas(text), 2))
    if len(found) != 1:
        raise InvalidInputError(
            "there is more than one stanza in the text"
            if found
            else "there is no stanza in the text: it is empty"
        )
    return found[0]


def parse_stanzas(text: str) -> Iterator[Stanza]:
    """The stanzas of a text, one after the other.

    Stricter than apt and dpkg where the two differ, so that no text means one thing here and
    another there: lines of white space only, comments, repeated fields, carriage returns and other
    control characters are refused.

    Raises:
        InvalidInputError: something that is not a field, or a bound is passed.
    """
    if len(text) > TEXT_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a text of {len(text)} characters is over the bound of {TEXT_CHARACTERS_MAX}"
        )
    for stanzas_count, (start, end) in enumerate(_paragraphs(text)):
        if stanzas_count == STANZAS_MAX:
            raise InvalidInputError(f"a text has more than {STANZAS_MAX} stanzas")
        yield _parse_paragraph(text[start:end])


def fields_of(text: str, names: Iterable[str]) -> list[str]:
    """The values of some fields of one stanza; empty where it has none. Names know no case.

    Made for reading a few fields of each paragraph of an archive: ten times as fast as
    `parse_stanza`, and it finds what can be found in a text that this would refuse.
    """
    try:
        section = apt_pkg.TagSection(text if text.endswith("\n") else f"{text}\n")
    except ValueError:
        return ["" for _ in names]
    return [section.get(name, "") for name in names]


def field_of(text: str, name: str) -> str:
    """The value of one field, as `fields_of` gives it, and sooner if its name is written so.

    Made for one field of each paragraph of an archive.
    """
    start = text.find(f"\n{name}:")
    if start == -1:  # it is not there, the first one, or written in another way
        written = f"\n{text}".lower()
        return fields_of(text, [name])[0] if f"\n{name.lower()}" in written else ""
    start += len(name) + 2
    end = text.find("\n", start)
    while end != -1 and text[end + 1 : end + 2] in {" ", "\t"}:
        end = text.find("\n", end + 1)
    return text[start : None if end == -1 else end].strip(_WHITE)


def render_stanza(fields: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    r"""The text of one stanza, ended by a newline but without the empty line after it.

    Args:
        fields: values of several lines as `Stanza` has them: each further line begins with white
            space (`indented` makes it so). An empty further line is written as ` .`.

    Raises:
        InvalidInputError: a name is no field name, or a value would begin another field.
    """
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return "".join(f"{_checked_name(name)}:{_rendered_value(name, text)}" for name, text in pairs)


def indented(text: str) -> str:
    r"""A text as the further lines of a field: each after a newline and a space, empty ones ` .`.

    The result begins with a newline, so that the field's first line stays empty.
    """
    return "".join(
        f"\n {line}" if line.strip() else "\n ." for line in text.strip("\n").split("\n")
    )


def list_lines(value: str) -> list[str]:
    """The lines of a field's value that hold something, without the white space around them."""
    return [line.strip() for line in value.split("\n") if line.strip()]


def list_words(stanza: Mapping[str, str], name: str, *, words_max: int, of: str) -> list[str]:
    """The words of a field's value; none where the field is missing or empty.

    Args:
        stanza: where the field may be.
        name: of the field.
        words_max: bound on their number.
        of: what the stanza is, for the message: `the .changes file`.

    Raises:
        InvalidInputError: there are more than the bound.
    """
    words = stanza.get(name, "").split()
    if len(words) > words_max:
        raise InvalidInputError(f"field {name} of {of} has more than {words_max} words")
    return words


def required(stanza: Mapping[str, str], name: str, *, of: str) -> str:
    """The value of a field that must be there and not be empty.

    Args:
        stanza: where it must be.
        name: of the field.
        of: what the stanza is, for the message: `the .changes file`.

    Raises:
        InvalidInputError: it is not.
    """
    value = stanza.get(name, "").strip()
    if not value:
        raise InvalidInputError(f"{of} has no field {name}")
    return value


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each run of lines between empty lines; O(text)."""
    start = 0
    while start < len(text):
        if text[start] == "\n":
            start += 1
            continue
        end = text.find("\n\n", start)
        end = len(text) if end == -1 else end + 1
        if end - start > STANZA_CHARACTERS_MAX:
            raise InvalidInputError(
                f"a stanza of {end - start} characters is over the bound of "
                f"{STANZA_CHARACTERS_MAX}: {excerpt(text[start : start + 1000])}"
            )
        yield start, end
        start = end


def _parse_paragraph(text: str) -> Stanza:
    if forbidden := _FORBIDDEN.search(text):
        raise InvalidInputError(f"control character near {excerpt(text, forbidden.start())}")
    if blank := _BLANK_LINE.search(text):
        raise InvalidInputError(f"line of white space only near {excerpt(text, blank.start())}")
    return Stanza(_fields(text))


def _fields(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _FIELD.match(text, position)
        if not match:
            raise InvalidInputError(f"not a field near {excerpt(text, position)}")
        yield match["name"], match["value"].rstrip(_BLANKS)
        position = match.end()


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidInputError(f"{excerpt(name)} is not the name of a field")
    return name


def _rendered_value(name: str, value: str) -> str:
    if forbidden := _FORBIDDEN.search(value):
        raise InvalidInputError(
            f"field {name} has a control character near {excerpt(value, forbidden.start())}"
        )
    first, *further = value.rstrip(_BLANKS).split("\n")
    lines = [f" {first.strip(_BLANKS)}" if first.strip(_BLANKS) else ""]
    for line in further:
        if line.strip(_BLANKS) and line[0] not in _BLANKS:
            raise InvalidInputError(
                f"field {name} has the line {excerpt(line)}, which would begin another field",
                hint="begin each further line of a value with a space",
            )
        lines.append(line if line.strip(_BLANKS) else " .")
    return "\n".join(lines) + "\n"
