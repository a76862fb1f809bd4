"""Stanzas: read strictly, written so that no value becomes a field."""

import pickle
from pathlib import Path

import apt_pkg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.debian import stanza as stanza_module
from vostok.debian.stanza import (
    FIELDS_MAX,
    Stanza,
    field_of,
    fields_of,
    indented,
    list_lines,
    parse_stanza,
    parse_stanzas,
    render_stanza,
    required,
)
from vostok.errors import InvalidInputError

HELLO = """\
Package: hello
Version: 2.10-3
Files:
 0123 1 a
 4567 2 b
Description: example
 First paragraph.
 .
   Indented.
"""

FIELD_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True)
LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
VALUES = st.tuples(LINE, st.lists(LINE, max_size=3)).map(
    lambda parts: (
        parts[0].strip() + indented("\n".join(parts[1])) if parts[1] else parts[0].strip()
    )
)


def test_values_of_several_lines_are_kept_as_written() -> None:
    stanza = parse_stanza(HELLO)

    assert stanza["Description"] == "example\n First paragraph.\n .\n   Indented."
    assert stanza["Files"] == "\n 0123 1 a\n 4567 2 b"


def test_a_stanza_is_rendered_as_it_was() -> None:
    assert render_stanza(parse_stanza(HELLO)) == HELLO


def test_fields_are_found_in_any_case_and_listed_in_their_own() -> None:
    stanza = parse_stanza("PaCkAgE: hello\nx-Y: z")
    number: object = 1

    assert stanza["package"] == stanza["PACKAGE"] == "hello"
    assert "X-y" in stanza
    assert number not in stanza
    assert list(stanza) == ["PaCkAgE", "x-Y"]
    assert dict(stanza) == {"PaCkAgE": "hello", "x-Y": "z"}


def test_a_stanza_survives_pickling() -> None:
    stanza = parse_stanza(HELLO)

    assert pickle.loads(pickle.dumps(stanza)) == stanza  # noqa: S301 - our own bytes


def test_empty_lines_part_stanzas() -> None:
    stanzas = list(parse_stanzas("\n\nA: 1\n\n\n\nA: 2\nB: 3\n\nA: 4"))

    assert [stanza["A"] for stanza in stanzas] == ["1", "2", "4"]
    assert stanzas[1]["B"] == "3"


def test_the_first_stanza_of_several_is_taken() -> None:
    assert dict(parse_stanza("A: 1\n\nA: 2\n")) == {"A": "1"}


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_a_text_without_stanza_is_refused(text: str) -> None:
    assert not list(parse_stanzas(text))
    with pytest.raises(InvalidInputError, match="no stanza"):
        parse_stanza(text)


@pytest.mark.debian
@given(st.dictionaries(FIELD_NAMES, VALUES, min_size=1, max_size=5))
def test_what_is_written_is_what_apt_reads(fields: dict[str, str]) -> None:
    if len({name.lower() for name in fields}) < len(fields):
        fields = {"A": next(iter(fields.values()))}

    section = apt_pkg.TagSection(render_stanza(fields))

    expected = {name: value.strip(" \t\n") for name, value in fields.items()}
    assert {name: section[name].strip(" \t\n") for name in fields} == expected
    assert len(section.keys()) == len(fields)


@pytest.mark.debian
def test_what_is_read_is_what_apt_reads(tmp_path: Path) -> None:
    path = tmp_path / "Packages"
    path.write_text(f"{HELLO}\n{HELLO.replace('hello', 'world')}")

    with apt_pkg.TagFile(str(path)) as sections:
        expected = [{name: section[name] for name in section.keys()} for section in sections]  # noqa: SIM118 - a TagSection does not iterate

    actual = [
        {name: value.lstrip() for name, value in stanza.items()}
        for stanza in parse_stanzas(path.read_text())
    ]
    assert actual == expected


@given(st.dictionaries(FIELD_NAMES, VALUES, min_size=1, max_size=5))
def test_what_is_written_is_read_back(fields: dict[str, str]) -> None:
    if len({name.lower() for name in fields}) < len(fields):
        fields = {"A": next(iter(fields.values()))}

    stanzas = list(parse_stanzas(render_stanza(fields)))

    expected = {name: value.rstrip(" \t\n") for name, value in fields.items()}
    assert [dict(stanza) for stanza in stanzas] == [expected]


@given(st.text(max_size=30), st.text(st.sampled_from("a:\n \t.#-\r\0"), max_size=30))
def test_no_value_becomes_a_field_or_a_stanza(name: str, value: str) -> None:
    try:
        text = render_stanza({"First": "1", name: value, "Last": "3"})
    except InvalidInputError:
        return

    (stanza,) = parse_stanzas(text)
    assert list(stanza) == ["First", name, "Last"]
    assert stanza["Last"] == "3"


@pytest.mark.parametrize(
    "value",
    [
        "a\nEvil: yes",
        "a\n\nPackage: evil",
        "a\n#comment",
        "a\r\nEvil: yes",
        "a\0b",
        "a\x0bb",
        "\ud800",
    ],
)
def test_a_value_that_would_begin_another_field_is_not_written(value: str) -> None:
    with pytest.raises(InvalidInputError, match="Description"):
        render_stanza({"Description": value})


def test_an_empty_further_line_is_written_as_a_dot() -> None:
    assert render_stanza({"A": "b\n\n c\n"}) == "A: b\n .\n c\n"


def test_a_further_line_of_white_space_is_written_as_a_dot() -> None:
    assert render_stanza({"A": "b\n \t\n c"}) == "A: b\n .\n c\n"


def test_a_value_that_begins_on_the_second_line_leaves_the_first_empty() -> None:
    assert render_stanza({"Files": "\n a\n b"}) == "Files:\n a\n b\n"


@pytest.mark.parametrize("name", ["", "#A", "-A", "A B", "A:", "Ä", "A\n", " A"])
def test_what_is_no_field_name_is_not_written(name: str) -> None:
    with pytest.raises(InvalidInputError, match="not the name of a field"):
        render_stanza({name: "value"})


def test_text_becomes_further_lines() -> None:
    assert indented("\na\n\n  b\n") == "\n a\n .\n   b"


def test_a_list_is_its_lines_that_hold_something() -> None:
    assert list_lines("\n a b\n\tc \n \n") == ["a b", "c"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A: 1\nA: 2", "'A' is there twice"),
        ("A: 1\na: 2", "'a' is there twice"),
        (" A: 1", "not a field near ' A: 1'"),
        ("no colon here", "not a field"),
        ("# comment\nA: 1", "not a field"),
        ("-A: 1", "not a field"),
        ("A B: 1", "not a field"),
        ("A: 1\n \nB: 2", "white space only"),
        ("A: 1\r\nB: 2", "control character"),
        ("A: \x00", "control character"),
        ("A: \ud800", "control character"),
        (": 1", "not a field"),
    ],
)
def test_what_parsers_would_read_differently_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_stanza(text)


def test_a_line_separator_that_only_unicode_knows_parts_nothing() -> None:
    stanza = parse_stanza("A: 1\u2028B: 2\x85C: 3")

    assert list(stanza) == ["A"]


def test_a_stanza_of_too_many_fields_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=str(FIELDS_MAX)):
        parse_stanza("".join(f"F{number}: x\n" for number in range(FIELDS_MAX + 1)))


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        ("TEXT_CHARACTERS_MAX", "A: 1\n\nA: 2\n"),
        ("STANZA_CHARACTERS_MAX", "A: 1\n\nA: 234567\n"),
        ("STANZAS_MAX", "A: 1\n\nA: 2\n\nA: 3\n\nA: 4\n\nA: 5\n\nA: 6\n\nA: 7\n"),
    ],
)
def test_a_text_over_a_bound_is_refused(
    bound: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stanza_module, bound, 6)

    with pytest.raises(InvalidInputError, match=r"\b6\b"):
        list(parse_stanzas(text))


def test_a_missing_or_empty_field_is_named() -> None:
    stanza = Stanza([("Empty", "")])

    for name in ("Empty", "Missing"):
        with pytest.raises(InvalidInputError, match=f"the .dsc has no field {name}"):
            required(stanza, name, of="the .dsc")


SPELLINGS = st.sampled_from(["Section", "section", "SECTION", "Sections", "Binary", "Xb-Section"])


@given(
    fields=st.lists(st.tuples(SPELLINGS, VALUES), min_size=1, max_size=5),
    space=st.sampled_from(["", "\xa0", " \xa0\t"]),
    end=st.sampled_from(["", "\n"]),
)
def test_one_field_is_found_as_apt_finds_it(
    fields: list[tuple[str, str]], space: str, end: str
) -> None:
    once = {name.lower(): (name, value) for name, value in fields}.values()
    text = (
        "\n".join(["Package: hello", *(f"{name}: {value}{space}" for name, value in once)]) + end
    )

    for name in ("Section", "Binary", "Package", "Xb-Section", "Missing"):
        assert field_of(text, name) == fields_of(text, [name])[0]
