"""Pieces of the list of what a derived suite takes, chosen and cut by the database."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.adapters.database.stage import Stage
from tests.builders import NOW, new_source

from vostok.domain.archive import Suite
from vostok.domain.derivation import Removal
from vostok.domain.package import Membership, NewSource
from vostok.domain.source_list import SourceList

NAMES = ["gcc_like", "hello", "libalpha", "libbeta", "zlib"]


def in_section(source: NewSource, section: str, *, is_last: bool) -> NewSource:
    """The source with the field in the middle of its paragraph, or at its very end."""
    line = f"Section: {section}\n"
    first, _, rest = source.stanza.partition("\n")
    stanza = f"{source.stanza}{line}".rstrip("\n") if is_last else f"{first}\n{line}{rest}"
    return replace(source, stanza=stanza)


@pytest.fixture
def suite(stage: Stage) -> Suite:
    """Derived from a snapshot with five sources and one that is only an extra; it takes all."""
    stage.take_snapshot(
        [
            in_section(new_source("gcc_like"), "devel", is_last=True),
            in_section(new_source("hello"), "libs-extra", is_last=False),
            in_section(new_source("libalpha"), "libs", is_last=True),
            in_section(new_source("libbeta", component="contrib"), "main/libs", is_last=False),
            new_source("zlib"),
            new_source("older", is_extra=True),
        ]
    )
    return derived_again(stage, is_all=True)


def derived_again(stage: Stage, *, is_all: bool, number: int = 2) -> Suite:
    with stage.write() as transaction:
        suite = transaction.archives.suite(stage.suite.id)
        assert suite.derivation is not None
        transaction.derivations.add(
            suite.id,
            replace(
                suite.derivation,
                number=number,
                is_all=is_all,
                at=NOW,
                base=Membership(suite_id=stage.parent_suite.id, number=2),
            ),
        )
        return transaction.archives.suite(suite.id)


def names(stage: Stage, suite: Suite, asked: SourceList) -> Sequence[str]:
    with stage.read() as transaction:
        found = transaction.source_lists.taken(suite, asked)
        if not asked.after and asked.limit is None:
            assert transaction.source_lists.count_taken(suite, asked) == len(found)
        return [source.name for source in found]


def whole(**asked: str) -> SourceList:
    return SourceList(limit=None, **asked)  # type: ignore[arg-type]  # names of fields that are text


def test_everything_is_listed_once_by_name_and_no_extra_source(stage: Stage, suite: Suite) -> None:
    assert names(stage, suite, whole()) == NAMES


def test_pieces_put_together_are_the_whole_list(stage: Stage, suite: Suite) -> None:
    first = names(stage, suite, SourceList(limit=2))
    second = names(stage, suite, SourceList(limit=2, after=first[-1]))
    third = names(stage, suite, SourceList(limit=2, after=second[-1]))

    assert [*first, *second, *third] == NAMES
    assert names(stage, suite, SourceList(limit=2, before=third[0])) == second
    assert names(stage, suite, SourceList(limit=3, before=second[1])) == NAMES[:3]
    assert names(stage, suite, SourceList(limit=2, before=first[0])) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LIB", ["libalpha", "libbeta", "zlib"]),
        ("c_l", ["gcc_like"]),
        ("%", []),
        ("_", ["gcc_like"]),
    ],
)
def test_a_part_of_a_name_is_found_as_it_is_written(
    stage: Stage, suite: Suite, text: str, found: list[str]
) -> None:
    assert names(stage, suite, whole(text=text)) == found


def test_a_section_is_found_with_a_component_before_it_and_at_the_end_of_the_paragraph(
    stage: Stage, suite: Suite
) -> None:
    assert names(stage, suite, whole(section="libs")) == ["libalpha", "libbeta"]


def test_a_component_has_its_own_sources(stage: Stage, suite: Suite) -> None:
    assert names(stage, suite, whole(component="contrib")) == ["libbeta"]


def test_of_an_archive_that_takes_all_only_the_removed_ones_are_left_out(
    stage: Stage, suite: Suite
) -> None:
    gone = [Removal(source="hello", base_version="2.10-3", removed_by="ann")]
    with stage.write() as transaction:
        transaction.derivations.set_removals(suite.id, 2, gone)

    assert names(stage, suite, whole()) == [name for name in NAMES if name != "hello"]


def test_of_an_archive_with_a_selection_the_named_ones_are_listed(
    stage: Stage, suite: Suite
) -> None:
    selecting = derived_again(stage, is_all=False, number=suite.derivation.number + 1)  # type: ignore[union-attr]  # the fixture derived it
    with stage.write() as transaction:
        transaction.derivations.set_taken(suite.id, 3, {"zlib": "name", "hello": "name"})

    assert names(stage, selecting, whole()) == ["hello", "zlib"]


@pytest.mark.parametrize("further", [0, 1_500])
def test_of_some_names_those_that_a_selection_takes_are_found(
    stage: Stage, suite: Suite, further: int
) -> None:
    asked = ["hello", "libalpha", *(f"absent{number}" for number in range(further))]
    derived_again(stage, is_all=False, number=3)
    with stage.write() as transaction:
        transaction.derivations.set_taken(suite.id, 3, {"zlib": "name", "hello": "name"})

    with stage.read() as transaction:
        found = transaction.derivations.taken_names(suite.id, 3, among=asked)
        earlier = transaction.derivations.taken_names(suite.id, 2, among=asked)
        none = transaction.derivations.taken_names(suite.id, 3, among=[])

    assert (sorted(found), sorted(earlier), sorted(none)) == (["hello"], [], [])
