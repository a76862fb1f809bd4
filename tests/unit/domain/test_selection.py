"""Which sources a selection takes, and what it says of what it does not understand."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import hostile_texts, package_names

from vostok.domain.selection import EXPRESSION_LENGTH_MAX, parse_selection, selected_names
from vostok.errors import InvalidInputError

NAMES = ("hello", "tree", "libfoo", "libbar", "python3-a", "python3-z", "g++-11")


@pytest.mark.parametrize(
    ("expression", "taken"),
    [
        ("hello", {"hello"}),
        ("hello,tree", {"hello", "tree"}),
        (" hello\n,\ttree,\n", {"hello", "tree"}),
        ("hello hello", {"hello"}),
        ("lib*", {"libfoo", "libbar"}),
        ("python3-[a-f]*", {"python3-a"}),
        ("?ree", {"tree"}),
        ("g++-11", {"g++-11"}),
        ("[!l]*o", {"hello"}),
        ("lib*,hello,libfoo", {"libfoo", "libbar", "hello"}),
        ("all", set(NAMES)),
        ("hello,all", set(NAMES)),
        ("*", set(NAMES)),
    ],
)
def test_a_selection_takes_what_its_names_and_globs_name(expression: str, taken: set[str]) -> None:
    assert selected_names(expression, NAMES) == taken


@given(st.lists(package_names(), min_size=1, max_size=20, unique=True), st.data())
def test_a_list_of_names_takes_exactly_those(names: list[str], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.sampled_from(names), min_size=1))
    separator = data.draw(st.sampled_from([",", " ", "\n", ", "]))

    taken = selected_names(separator.join(wanted), [*names, "all-of-them"])

    assert taken == (set(wanted) if "all" not in wanted else {*names, "all-of-them"})


@pytest.mark.parametrize("expression", ["", " ", ",", " ,\n,"])
def test_an_empty_selection_is_refused_with_an_example(expression: str) -> None:
    with pytest.raises(InvalidInputError, match="the selection is empty") as caught:
        parse_selection(expression)

    assert "hello,tree" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("expression", "value", "position"),
    [
        ("Hello", "'Hello'", 1),
        ("hello, Tree", "'Tree'", 8),
        ("hello,../etc", "'../etc'", 7),
        ("hello,a/b", "'a/b'", 7),
        ("libfoo-x,-x", "'-x'", 10),
        ("a;rm", "'a;rm'", 1),
    ],
)
def test_a_malformed_pattern_is_named_with_its_place(
    expression: str, value: str, position: int
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_selection(expression)

    assert str(caught.value) == f"{value} at character {position} is not a name"


def test_every_pattern_that_takes_nothing_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"names no source here: zzz, nope\*$"):
        selected_names("hello,zzz,nope*", NAMES)


def test_of_many_such_patterns_the_first_ten_are_named() -> None:
    wanted = [f"no{letter}" for letter in string.ascii_lowercase]

    with pytest.raises(InvalidInputError, match=r"noa, .*noj …$"):
        selected_names(",".join(wanted), NAMES)


def test_names_that_begin_alike_are_suggested() -> None:
    with pytest.raises(InvalidInputError) as caught:
        selected_names("libfo", NAMES)

    assert caught.value.hint == "names that begin alike: libfoo"


def test_a_name_like_none_gets_the_hint_that_it_may_be_a_binary_s() -> None:
    with pytest.raises(InvalidInputError) as caught:
        selected_names("zzz", NAMES)

    assert "binary package's name" in str(caught.value.hint)


def test_an_unbalanced_bracket_takes_nothing_and_says_so() -> None:
    with pytest.raises(InvalidInputError, match=r"names no source here: \[hel"):
        selected_names("[hel", NAMES)


def test_a_selection_over_its_bound_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidInputError, match=f"over {EXPRESSION_LENGTH_MAX}"):
        parse_selection("a" * (EXPRESSION_LENGTH_MAX + 1))


@given(hostile_texts("hello,lib*", "all", "@file"))
def test_any_text_gives_a_subset_or_a_refusal(expression: str) -> None:
    try:
        taken = selected_names(expression, NAMES)
    except InvalidInputError:
        return

    assert taken <= set(NAMES)
