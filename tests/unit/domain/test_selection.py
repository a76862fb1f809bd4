"""How selections are written, and what is said of what cannot be read."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import hostile_texts, package_names, versions

from vostok.domain.selection.evaluation import evaluate
from vostok.domain.selection.facts import Facts, is_everything
from vostok.domain.selection.faults import FAULTS_MAX
from vostok.domain.selection.parser import (
    EXPRESSION_LENGTH_MAX,
    GLOBS_MAX,
    NESTING_MAX,
    PREDICATES_MAX,
    WALKS_MAX,
    parse_selection,
)
from vostok.domain.selection.syntax import (
    KEYWORDS,
    AllOf,
    AnyOf,
    Closure,
    Compared,
    Comparison,
    Dependent,
    Essential,
    Everything,
    Expression,
    FieldIs,
    Listed,
    Listing,
    Named,
    Not,
    Option,
    Part,
    Pattern,
    Subject,
    VersionIs,
    render,
)
from vostok.errors import InvalidInputError

NAMES = ("hello", "tree", "libfoo", "libbar", "python3-a", "python3-z", "g++-11")


def selected_names(text: str, names: tuple[str, ...] | list[str] = NAMES) -> frozenset[str]:
    return frozenset(evaluate(parse_selection(text), Facts(names=frozenset(names)), text=text))


def name(text: str) -> Named:
    return Named(pattern=Pattern(text=text))


def faults_of(text: str) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        parse_selection(text)
    return caught.value


# Lists of names and globs -----------------------------------------------------------------


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
        ("hello or tree", {"hello", "tree"}),
        ("lib* and *bar", {"libbar"}),
        ("lib* and not libbar", {"libfoo"}),
        ("not (lib* or python3-*)", {"hello", "tree", "g++-11"}),
        ("not not hello", {"hello"}),
        ("hello, lib* and *bar, tree", {"hello", "libbar", "tree"}),
        ("(hello tree) and t*", {"tree"}),
        ('"hello"', {"hello"}),
        ("'g++-11'", {"g++-11"}),
    ],
)
def test_a_selection_takes_what_its_names_and_globs_name(expression: str, taken: set[str]) -> None:
    assert selected_names(expression) == taken


@given(st.lists(package_names(), min_size=1, max_size=20, unique=True), st.data())
def test_a_list_of_names_takes_exactly_those(names: list[str], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.sampled_from(names), min_size=1))
    separator = data.draw(st.sampled_from([",", " ", "\n", ", ", " or "]))
    written = [f'"{one}"' if one in KEYWORDS else one for one in wanted]

    taken = selected_names(separator.join(written), [*names, "all-of-them"])

    assert taken == set(wanted)


def test_a_glob_between_quotation_marks_is_a_name() -> None:
    with pytest.raises(InvalidInputError, match=r"names no source here: lib\*"):
        selected_names('"lib*"')


@pytest.mark.parametrize("word", sorted(KEYWORDS - {"src", "implicit", "installed"}))
def test_a_source_called_like_a_keyword_is_selected_between_quotation_marks(word: str) -> None:
    assert selected_names(f'"{word}"', [*NAMES, word]) == {word}


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("all", True),
        ("hello, all", True),
        ("(all)", True),
        ("all and all", True),
        ("all and hello", False),
        ("not all", False),
        ("*", False),
        ('"all"', False),
    ],
)
def test_only_all_takes_what_comes_later_too(expression: str, answer: bool) -> None:  # noqa: FBT001 - a table
    assert is_everything(parse_selection(expression)) is answer


# The tree ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("hello (>= 2.10)", "hello (>= 2.10)"),
        ("hello(>=2.10)", "hello (>= 2.10)"),
        ("version(<< 1~rc1)", "version(<< 1~rc1)"),
        ("section=libs", "section = libs"),
        ("section!=libs", "section != libs"),
        ("maintainer~foo", "maintainer ~ foo"),
        ('maintainer !~ "a b"', 'maintainer !~ "a b"'),
        ("essential tree", "essential or tree"),
        ("field( Homepage )", "field(Homepage)"),
        ("field(Build-Depends,source)~gtk", "field(Build-Depends, source) ~ gtk"),
        ("closure(hello, tree)", "closure(hello or tree)"),
        ("closure(hello, implicit)", "closure(hello, implicit)"),
        (
            "closure(hello, tree, installed, implicit)",
            "closure(hello or tree, implicit, installed)",
        ),
        ("closure(not essential and lib*)", "closure(not essential and lib*)"),
        ("needs( src:gcc-12 , installed )", "needs(src:gcc-12, installed)"),
        ("build-depends(debhelper*, implicit)", "build-depends(debhelper*, implicit)"),
        ("a and (b, c)", "a and (b or c)"),
        (", a,\nb, (c,)", "a or b or c"),
        ("a and b, c", "a and b or c"),
        ("provides(x) builds(y) task(z)", "provides(x) or builds(y) or task(z)"),
    ],
)
def test_spacing_and_commas_do_not_matter(text: str, expression: str) -> None:
    assert render(parse_selection(text)) == expression


def patterns(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Pattern]:
    bare = texts.map(lambda text: Pattern(text=text, is_quoted=text in KEYWORDS))
    marks = st.text(
        st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8
    )
    return bare | marks.map(lambda text: Pattern(text=text, is_quoted=True))


def names_or_globs() -> st.SearchStrategy[Pattern]:
    globs = st.sampled_from(["lib*", "?ree", "[a-f]*", "[!l]*", "*"])
    return patterns(package_names() | globs)


def conditions() -> st.SearchStrategy[VersionIs]:
    return st.builds(
        VersionIs, operator=st.sampled_from(["<<", "<=", "=", ">=", ">>"]), version=versions()
    )


def leaves() -> st.SearchStrategy[Expression]:
    values = patterns(st.sampled_from(["libs", "non-free/*", "^a.b$", "x=y", "a@b", "1.0~rc"]))
    regular = patterns(st.sampled_from(["libs", "^a.b$", "[a-z]+x?"])).filter(
        lambda pattern: not pattern.is_quoted or pattern.text.isalnum()
    )
    compared = st.one_of(
        st.tuples(st.sampled_from([Comparison.EQUALS, Comparison.DIFFERS]), values),
        st.tuples(st.sampled_from([Comparison.MATCHES, Comparison.MATCHES_NOT]), regular),
    )
    fields = st.sampled_from(["Homepage", "X-Foo", "Build-Depends"])
    options = st.frozensets(st.sampled_from(Option))
    return st.one_of(
        st.just(Everything()),
        st.just(Essential()),
        st.builds(Named, pattern=names_or_globs(), version=st.none() | conditions()),
        conditions(),
        st.builds(
            lambda subject, how: Compared(subject=subject, comparison=how[0], value=how[1]),
            st.sampled_from(Subject),
            compared,
        ),
        st.builds(FieldIs, name=fields, part=st.sampled_from(Part)),
        st.builds(
            lambda name, part, how: FieldIs(name=name, part=part, comparison=how[0], value=how[1]),
            fields,
            st.sampled_from(Part),
            compared,
        ),
        st.builds(Listed, listing=st.sampled_from(Listing), pattern=names_or_globs()),
        st.builds(
            Dependent,
            pattern=names_or_globs(),
            of_source=st.booleans(),
            is_transitive=st.just(value=True),
            options=options,
        ),
        st.builds(
            Dependent,
            pattern=names_or_globs(),
            of_source=st.booleans(),
            options=st.frozensets(st.just(Option.IMPLICIT)),
        ),
    )


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    some = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        st.builds(Not, inner=inner),
        st.builds(Closure, inner=inner, options=st.frozensets(st.sampled_from(Option))),
        some.map(lambda terms: AllOf(terms=terms)),
        some.map(lambda terms: AnyOf(terms=terms)),
    )


def expressions() -> st.SearchStrategy[Expression]:
    return st.recursive(leaves(), _larger, max_leaves=12)


@given(expressions())
def test_the_text_of_an_expression_means_that_expression(expression: Expression) -> None:
    text = render(expression)

    assert parse_selection(text) == expression


# Faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize("expression", ["", " ", ",", " ,\n,"])
def test_an_empty_selection_is_refused_with_an_example(expression: str) -> None:
    fault = faults_of(expression)

    assert "the selection is empty" in str(fault)
    assert "hello,tree" in str(fault.hint)


@pytest.mark.parametrize(
    ("expression", "position", "sentence"),
    [
        ("Hello", 1, "'Hello' is not a name"),
        ("hello, Tree", 8, "'Tree' is not a name"),
        ("hello,../etc", 7, "'../etc' is not a name"),
        ("hello,a/b", 7, "'a/b' is not a name"),
        ("libfoo-x,-x", 10, "'-x' is not a name"),
        ("a;rm", 1, "'a;rm' is not a name"),
        ("section libs", 1, "section is not compared with anything"),
        ("section = ", 11, "a value is missing"),
        ("hello and", 7, "nothing stands after and"),
        ("and hello", 1, "nothing stands before and"),
        ("or hello", 1, "nothing stands before or"),
        ("hello or", 7, "nothing stands after or"),
        ("not", 4, "a name is missing"),
        ("(hello", 1, "a parenthesis is not closed"),
        ("hello,, tree", 7, "nothing stands between two commas"),
        (" , ,hello", 4, "nothing stands between two commas"),
        ("closure(a,,b)", 11, "nothing stands between two commas"),
        ("hello)", 6, "a parenthesis is closed that was not opened"),
        ("a ()", 3, "nothing stands between the parentheses"),
        ("closure()", 9, "a selection is missing"),
        ("closure", 1, "closure lacks its parentheses"),
        ("needs()", 7, "a package is missing"),
        ("needs(a", 8, "the parenthesis of needs is not closed here"),
        ("needs(a, b)", 10, "'b' is no option here"),
        ("build-depends(a, installed)", 18, "'installed' is no option here"),
        ("hello (> 2)", 8, "> is no relation of versions"),
        ("hello (>= -1)", 11, "'-1' is not a version"),
        ("hello (>= 2", 7, "a parenthesis is not closed"),
        ("field() = x", 7, "the name of a field is missing"),
        ("field(X, suite)", 10, "'suite' is neither source nor binary"),
        ('section ~ "(a"', 11, "'(a' is no regular expression: missing ): (a"),
        ('"abc', 1, "a quotation mark is not closed"),
    ],
)
def test_a_fault_is_told_with_its_character_and_marked_below(
    expression: str, position: int, sentence: str
) -> None:
    fault = faults_of(expression)

    told = str(fault)
    *_, text, mark = str(fault.hint).splitlines()
    assert told.startswith(f"the selection is wrong at character {position}: {sentence}")
    if told.count("at character") == 1:
        assert text == f"  {expression}"
        assert mark == f"  {' ' * (position - 1)}^"


def test_all_faults_are_told_at_once() -> None:
    fault = faults_of("Hello, tree and, section libs, needs(), hello (> 1)")

    places = [1, 13, 18, 38, 48]
    assert [f"character {place}:" in str(fault) for place in places] == [True] * len(places)
    assert str(fault.hint).count("^") == len(places)


def test_of_very_many_faults_the_first_are_told() -> None:
    fault = faults_of(",".join(["X"] * 100))

    assert str(fault).count("at character") == FAULTS_MAX


def test_a_fault_far_inside_is_shown_with_the_text_around_it() -> None:
    fault = faults_of("a," * 500 + "Wrong" + ",b" * 500)

    *_, text, mark = str(fault.hint).splitlines()
    assert text[mark.index("^") :].startswith("Wrong")
    assert len(text) < 80


def examples() -> list[str]:
    """What the first column of the page's first table shows as written."""
    page = Path(__file__).parents[3] / "docs" / "reference" / "selection.md"
    table = page.read_text().split("## In short")[1].split("`not` binds")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [text for cell in cells for text in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize(
    "text", [text for text in examples() if text not in {"( )", "!=", "~", "!~"}]
)
def test_what_the_page_shows_can_be_written(text: str) -> None:
    sample = text.replace("@FILE", "(hello)").replace("@-", "(hello)")

    assert parse_selection(sample.replace("A", "a").replace("B", "b")) is not None


# What selects nothing ---------------------------------------------------------------------


def test_every_pattern_that_takes_nothing_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"names no source here: zzz, nope\*$") as caught:
        selected_names("hello,zzz,nope*")

    assert "  hello,zzz,nope*\n        ^" in str(caught.value.hint)


def test_of_many_such_patterns_the_first_ten_are_named() -> None:
    wanted = [f"no{letter}" for letter in string.ascii_lowercase]

    with pytest.raises(InvalidInputError, match=r"noa, .*noj …$"):
        selected_names(",".join(one for one in wanted if one not in KEYWORDS))


def test_names_that_begin_alike_are_suggested() -> None:
    with pytest.raises(InvalidInputError) as caught:
        selected_names("libfo")

    assert str(caught.value.hint).startswith("names that begin alike: libfoo\n")


def test_a_name_like_none_gets_the_hint_that_it_may_be_a_binary_s() -> None:
    with pytest.raises(InvalidInputError) as caught:
        selected_names("zzz")

    assert "try builds(zzz)" in str(caught.value.hint)


def test_a_stored_selection_passes_over_what_left_the_archive() -> None:
    expression = parse_selection("hello, zzz, nope*")

    taken = evaluate(expression, Facts(names=frozenset(NAMES)), is_strict=False)

    assert set(taken) == {"hello"}


def test_an_unbalanced_bracket_takes_nothing_and_says_so() -> None:
    with pytest.raises(InvalidInputError, match=r"names no source here: \[hel"):
        selected_names("[hel")


# Bounds -----------------------------------------------------------------------------------


def test_a_selection_over_its_bound_is_refused_before_it_is_read() -> None:
    assert f"over {EXPRESSION_LENGTH_MAX}" in str(faults_of("a" * 10_000_000))


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("(" * 1000 + "a" + ")" * 1000, f"nested deeper than {NESTING_MAX}"),
        ("not " * 1000 + "a", f"nested deeper than {NESTING_MAX}"),
        ("closure(" * 1000 + "a" + ")" * 1000, f"more than {WALKS_MAX} walks"),
        ("a*," * (GLOBS_MAX + 1), f"more than {GLOBS_MAX} globs"),
        ("all," * (PREDICATES_MAX + 1), f"more than {PREDICATES_MAX} predicates"),
        ("section = x," * (PREDICATES_MAX + 1), f"more than {PREDICATES_MAX} predicates"),
        ("not a," * (PREDICATES_MAX + 1), f"more than {PREDICATES_MAX} predicates"),
        ("needs(a)," * (WALKS_MAX + 1), f"more than {WALKS_MAX} walks"),
        ("a" * 1001, "a text of 1001 characters is not of 1 to 1000"),
    ],
)
def test_what_would_cost_too_much_is_refused(expression: str, sentence: str) -> None:
    assert sentence in str(faults_of(expression))


@pytest.mark.parametrize(
    "expression",
    ["(" * 1_900_000, '"' * 1_900_001, "a(" * 900_000, "(>= " * 400_000, "@," * 900_000],
)
def test_a_long_hostile_text_is_refused_in_time_that_grows_with_its_length(
    expression: str,
) -> None:
    fault = faults_of(expression)  # a quadratic reading would take hours

    assert "at character" in str(fault)


def test_a_regular_expression_that_would_run_for_years_elsewhere_is_answered() -> None:
    facts = Facts(names=frozenset({"a"}), source_fields={"x": {"a": "a" * 5000 + "c"}})

    taken = evaluate(parse_selection('field(X, source) ~ "^(a*)*b$"'), facts)

    assert taken == {}


@given(hostile_texts("hello,lib*", "all", "@file", "closure(a, implicit)", 'section ~ "x"'))
def test_any_text_gives_a_subset_or_a_refusal(expression: str) -> None:
    try:
        taken = selected_names(expression)
    except (InvalidInputError, KeyError):  # KeyError: it asked for a field, and none is known
        return

    assert taken <= set(NAMES)
