"""What decides how sources are rebuilt, of some names and of whole suites."""

from dataclasses import replace

import pytest
from tests.adapters.database.stage import Stage
from tests.builders import new_binary, new_source

from vostok.adapters.database import rebuildable
from vostok.domain.package import Membership, NewBinary

NAMES = ["foo", "bar", "data", "none"]


@pytest.fixture(params=["of some names", "of the whole suite"])
def full(request: pytest.FixtureRequest, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """`foo` was rebuilt by a binNMU, `bar` has versions of its own, `data` makes `all` only."""
    if request.param == "of the whole suite":
        monkeypatch.setattr(rebuildable, "NAMES_PER_QUERY_MAX", 0)
    stage.take_snapshot(
        [
            new_source("foo", "1-1", architecture="any all"),
            new_source("bar", "1-1"),
            new_source("data", "2", architecture="all"),
            new_source("other", "1-1"),
            new_source("old", is_extra=True),
        ],
        [
            new_binary("foo", "1-1+b2", source="foo", source_version="1-1"),
            wanting_foo(new_binary("foo-doc", "1-1", architecture="all", source="foo")),
            new_binary("foo-data", "1-1", architecture="all", source="foo"),
            new_binary("bar", "4:12", source="bar", source_version="1-1"),
            wanting_foo(new_binary("data", "2", architecture="all")),
            new_binary("other", "1-1+b1", source="other", source_version="1-1"),
        ],
    )  # fmt: skip
    return stage


def wanting_foo(binary: NewBinary) -> NewBinary:
    return replace(binary, stanza=f"{binary.stanza}Depends: foo (= 1-1)\n")


def now(stage: Stage) -> Membership:
    return Membership(suite_id=stage.parent_suite.id, number=2)


def test_sources_come_by_name_without_their_paragraphs(full: Stage) -> None:
    with full.read() as transaction:
        found = transaction.rebuildable.current_sources(now(full), [*NAMES, "old"])

    assert [tuple(row)[1:] for row in found] == [
        ("bar", "1-1", "any"),
        ("data", "2", "all"),
        ("foo", "1-1", "any all"),
    ]


def test_only_versions_that_go_on_where_the_source_s_ends_are_listed(full: Stage) -> None:
    with full.read() as transaction:
        found = transaction.rebuildable.continued_versions(now(full), NAMES)

    assert [tuple(row) for row in found] == [("foo", "1-1", "1-1+b2")]


def test_a_binnmu_is_listed_for_the_architecture_that_has_it(full: Stage) -> None:
    with full.read() as transaction:
        there = transaction.rebuildable.continued_versions(now(full), NAMES, "amd64")
        elsewhere = transaction.rebuildable.continued_versions(now(full), NAMES, "arm64")

    assert [tuple(row) for row in there] == [("foo", "1-1", "1-1+b2")]
    assert elsewhere == []


def test_packages_of_mixed_sources_come_with_their_paragraph_if_that_is_exact(
    full: Stage,
) -> None:
    with full.read() as transaction:
        found = sorted(transaction.rebuildable.mixed_packages(now(full), NAMES))

    [binary, data, doc] = found
    assert tuple(binary) == ("foo", "foo", "1-1+b2", "amd64", None)
    assert tuple(data) == ("foo", "foo-data", "1-1", "all", None)
    assert tuple(doc)[:4] == ("foo", "foo-doc", "1-1", "all")
    assert "\nDepends: foo (= 1-1)\n" in str(doc[4])


def test_packages_of_sources_of_one_part_are_not_listed(stage: Stage) -> None:
    stage.take_snapshot(
        [new_source("bar", "1-1"), new_source("data", "2", architecture="all")],
        [wanting_foo(new_binary("bar", "1-1")), new_binary("data", "2", architecture="all")],
    )

    with stage.read() as transaction:
        found = transaction.rebuildable.mixed_packages(now(stage), NAMES)

    assert found == []
