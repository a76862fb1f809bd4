"""Foreign text in messages."""

from hypothesis import given
from hypothesis import strategies as st

from vostok.debian.excerpt import EXCERPT_CHARACTERS_MAX, excerpt


@given(st.text(), st.integers(-10, 1000))
def test_an_excerpt_is_one_short_printable_line(text: str, at: int) -> None:
    quoted = excerpt(text, at)

    assert quoted.isprintable()
    assert len(quoted) <= EXCERPT_CHARACTERS_MAX * len(r"\U0010ffff") + len("…''…")


def test_a_short_text_stands_whole() -> None:
    assert excerpt("a\nb") == r"'a\nb'"


def test_a_long_text_is_cut_around_the_fault() -> None:
    text = "a" * 1000 + "FAULT" + "b" * 1000

    quoted = excerpt(text, at=1000)

    assert quoted.startswith("…'aaa")
    assert "FAULT" in quoted
    assert quoted.endswith("bbb'…")
