"""Searches by name through all archives."""

from collections.abc import Collection
from dataclasses import replace

import pytest
from tests.adapters.database.stage import Stage
from tests.builders import NOW, new_build, new_source

from vostok.domain.derivation import Removal
from vostok.domain.package import Membership

LIMIT = 10


@pytest.fixture
def searched(stage: Stage) -> Stage:
    """An image with four sources, and `trial`, which takes all of them."""
    names = ("gcc_like", "libgcc", "gcc", "gcc-13")
    stage.take_snapshot([new_source(name) for name in names])
    with stage.write() as transaction:
        suite = transaction.archives.suite(stage.suite.id)
        assert suite.derivation is not None
        base = Membership(suite_id=stage.parent_suite.id, number=2)
        transaction.derivations.add(
            suite.id, replace(suite.derivation, number=2, is_all=True, at=NOW, base=base)
        )
    return stage


def sources(
    stage: Stage, text: str, hidden: Collection[str] = (), limit: int = LIMIT
) -> list[tuple[str, str]]:
    with stage.read() as transaction:
        found = transaction.searches.sources(text, hidden, limit)
    return [(source.name, source.archive) for source in found]


def test_the_exact_name_comes_first_then_those_that_begin_with_it(searched: Stage) -> None:
    assert sources(searched, "gcc", hidden=["trial"]) == [
        ("gcc", "debian"), ("gcc-13", "debian"), ("gcc_like", "debian"), ("libgcc", "debian"),
    ]  # fmt: skip


def test_each_archive_that_has_it_is_told(searched: Stage) -> None:
    assert sources(searched, "libgcc") == [("libgcc", "debian"), ("libgcc", "trial")]


def test_signs_of_patterns_are_letters_like_others(searched: Stage) -> None:
    assert sources(searched, "c_l", hidden=["trial"]) == [("gcc_like", "debian")]
    assert sources(searched, "%") == []


def test_what_was_removed_is_not_found_there_any_more(searched: Stage) -> None:
    with searched.write() as transaction:
        suite = transaction.archives.suite(searched.suite.id)
        assert suite.derivation is not None
        transaction.derivations.add(suite.id, replace(suite.derivation, number=3))
        transaction.derivations.set_removals(
            suite.id, 3, [Removal(source="gcc-13", base_version="1.0-1", removed_by="ann")]
        )

    assert sources(searched, "gcc-13") == [("gcc-13", "debian")]


def test_a_change_of_its_own_stands_for_the_parents(searched: Stage) -> None:
    searched.add_source("gcc")
    searched.add_source("mine")

    with searched.read() as transaction:
        found = transaction.searches.sources("gcc", ["debian"], 1)

    assert [(source.name, source.is_derived) for source in found] == [("gcc", True)]
    assert len([each for each in sources(searched, "gcc") if each == ("gcc", "trial")]) == 1
    assert sources(searched, "mine") == [("mine", "trial")]


def test_what_only_a_hidden_archive_has_takes_nobodys_place(searched: Stage) -> None:
    searched.add_source("gcc-0-secret")

    assert sources(searched, "gcc-", hidden=["trial"], limit=1) == [("gcc-13", "debian")]


def test_archives_and_the_newest_builds_are_found(searched: Stage) -> None:
    searched.request(new_build(searched.hello_id, rebuild_no=1))
    with searched.read() as transaction:
        archives = transaction.searches.archives("tri", (), LIMIT)
        [build] = transaction.searches.builds("ell", (), LIMIT)
        hidden = (
            transaction.searches.archives("tri", ["trial"], LIMIT),
            transaction.searches.builds("ell", ["trial"], LIMIT),
        )

    assert [(archive.name, archive.kind) for archive in archives] == [("trial", "derived")]
    assert (build.archive, build.source, build.rebuild_no, build.campaign) == (
        "trial", "hello", 1, 1,
    )  # fmt: skip
    assert hidden == ([], [])
