"""Built-Using read from many paragraphs at once, against the parser of single ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.debian.built_using import list_built_using, sources_built_using
from vostok.debian.relations import parse_relations
from vostok.debian.stanza import parse_stanza, render_stanza

FIELDS = ("Built-Using", "Static-Built-Using")
ITEM = st.builds(
    "{} (= {})".format,
    st.from_regex(r"[a-z][a-z0-9+.-]{1,8}", fullmatch=True),
    st.from_regex(r"(1:)?[0-9]{1,3}(-[0-9])?", fullmatch=True),
)
VALUE = st.lists(ITEM, max_size=4).map(", ".join)
PARAGRAPH = st.fixed_dictionaries(
    {"Package": st.just("x"), "Description": st.just("Built-Using: nothing (= 1)")},
    optional={field: VALUE.filter(bool) for field in FIELDS},
)


@given(st.lists(PARAGRAPH, max_size=5))
def test_all_fields_of_all_paragraphs_are_read_and_nothing_else(
    paragraphs: list[dict[str, str]],
) -> None:
    text = "\n".join(render_stanza(list(paragraph.items())) for paragraph in paragraphs)

    found = sources_built_using(list_built_using(text.encode()))

    assert found == {
        (relation.name, str(relation.version))
        for paragraph in paragraphs
        for field in FIELDS
        for group in parse_relations(
            parse_stanza(render_stanza(list(paragraph.items()))).get(field, "")
        )
        for relation in group
    }


@pytest.mark.parametrize(
    "text",
    [
        "Built-Using: a (= 1),\n b (= 2)\nX: c (= 3)\n",
        "Package: x\nStatic-Built-Using:\n a (= 1),\n\tb (= 2),\n",
        "Built-Using: a (= 1)\n\nPackage: y\nBuilt-Using: b (= 2)",
    ],
)
def test_folded_fields_and_such_at_the_end_are_read_whole(text: str) -> None:
    assert list_built_using(text.encode()) == {b"a (= 1)", b"b (= 2)"}


@pytest.mark.parametrize(
    "text", ["", "XBuilt-Using: a (= 1)\n", "X: Static-Built-Using: a (= 1)\n"]
)
def test_what_only_looks_like_the_field_is_passed_over(text: str) -> None:
    assert list_built_using(text.encode()) == set()


def test_an_item_without_a_version_names_no_source() -> None:
    assert sources_built_using({b"a", b"b (= 2)"}) == {("b", "2")}
