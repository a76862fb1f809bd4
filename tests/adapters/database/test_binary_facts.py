"""What binaries say of their sources: the same whether it is read, kept, or brought up to date."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.adapters.database.stage import Stage
from tests.builders import new_binary, new_source

from vostok.adapters.database import schema
from vostok.adapters.database.connection import SqlDatabase
from vostok.adapters.fact_files import LocalFactFiles
from vostok.domain.package import Membership, NewBinary
from vostok.domain.plain_sources import SourceKind
from vostok.domain.workload import Sizes
from vostok.services.repositories.fact_cache import BaseFacts
from vostok.services.selection.binary_facts import binary_facts, facts_of_all, newest_sources
from vostok.services.selection.estimating import sizes_of

SOURCES = [new_source(name, "1-1", architecture="any all") for name in ("foo", "bar", "baz")]


def wanting(name: str, version: str, relation: str, architecture: str = "amd64") -> NewBinary:
    """A package of the source of the name's first word."""
    source = name.partition("-")[0]
    binary = new_binary(
        name, version, architecture=architecture, source=source, source_version="1-1"
    )
    return replace(binary, stanza=f"{binary.stanza}Depends: {relation}\n")


def packages(*, is_later: bool) -> list[NewBinary]:
    """Two mixed sources, of which `bar` and `baz` change; `foo` stays."""
    changing = [
        wanting("bar", "1-1+b1", "bar-data (= 1-1)"),
        wanting("bar-data", "1-1", "bar (>= 1-1)", "all"),
        wanting("baz", "1-1+b3", "baz-data"),
        wanting("baz-data", "1-1", "baz (= 1-1+b3)", "all"),
    ]
    before = [
        wanting("bar", "1-1", "bar-data (= 1-1)"),
        wanting("bar-data", "1-1", "libc6", "all"),
    ]
    staying = [
        wanting("foo", "1-1+b2", "libc6"),
        wanting("foo-data", "1-1", "foo (= 1-1+b2)", "all"),
    ]
    return [*staying, *(changing if is_later else before)]


@pytest.fixture
def changed(stage: Stage) -> Stage:
    stage.take_snapshot(SOURCES[:2], packages(is_later=False))
    stage.take_snapshot(SOURCES, packages(is_later=True))
    return stage


def members(stage: Stage, number: int) -> Membership:
    return Membership(suite_id=stage.parent_suite.id, number=number)


def kept_facts(stage: Stage, directory: Path, number: int) -> BaseFacts:
    database = SqlDatabase(stage.database.engine, facts=LocalFactFiles(directory))
    with database.read() as transaction:
        return facts_of_all(transaction, members(stage, number))


def test_facts_say_which_packages_want_each_other_and_what_was_rebuilt(changed: Stage) -> None:
    with changed.read() as transaction:
        found = facts_of_all(transaction, members(changed, 3)).binaries

    assert found.breaking == {
        "foo": "foo-data depends on foo (= 1-1+b2)",
        "baz": "baz-data depends on baz (= 1-1+b3)",
    }
    assert found.unclear == {}
    assert found.continued == {
        "foo": {"1-1": ("1-1+b2",)},
        "bar": {"1-1": ("1-1+b1",)},
        "baz": {"1-1": ("1-1+b3",)},
    }


def test_facts_name_the_sources_with_what_decides_about_their_rebuilds(changed: Stage) -> None:
    with changed.read() as transaction:
        sources, _ = facts_of_all(transaction, members(changed, 3))
        current = transaction.rebuildable.current_sources(members(changed, 3), None)

    assert [(source_id, name, version) for source_id, name, version, _ in sources.rows] == [
        (source_id, name, version) for source_id, name, version, _ in current
    ]
    assert {name: sources.kinds[kind] for _, name, _, kind in sources.rows} == {
        "bar": SourceKind("any all", has_tilde=False, tail="-1", continued="+b1"),
        "baz": SourceKind("any all", has_tilde=False, tail="-1", continued="+b3"),
        "foo": SourceKind("any all", has_tilde=False, tail="-1", continued="+b2"),
    }


def test_of_sources_of_one_name_the_newest_counts() -> None:
    rows = [(1, "foo", "1-1", "any"), (2, "bar", "1-1", "any"), (3, "foo", "1-10", "all"),
            (4, "foo", "1-9", "any")]  # fmt: skip

    found = newest_sources(rows)

    assert found == [(3, "foo", "1-10", "all"), (2, "bar", "1-1", "any")]


def test_facts_brought_up_to_date_are_those_made_anew(changed: Stage, tmp_path: Path) -> None:
    first = kept_facts(changed, tmp_path / "kept", 2)
    updated = kept_facts(changed, tmp_path / "kept", 3)
    anew = kept_facts(changed, tmp_path / "empty", 3)

    assert set(first.binaries.unclear) == {"bar"}
    assert updated == anew
    assert updated.binaries.unclear == {}


def test_sizes_are_kept_and_are_those_that_the_packages_have(
    changed: Stage, tmp_path: Path
) -> None:
    def sizes() -> Sizes:
        database = SqlDatabase(changed.database.engine, facts=LocalFactFiles(tmp_path))
        with database.read() as transaction:
            return sizes_of(transaction, members(changed, 3))

    made = sizes()
    [place] = tmp_path.iterdir()
    place.write_text(place.read_text().replace('"baz"', '"baz-kept"'))

    assert {facts.name: field for field, facts in made.sources} == {
        "foo": "any all", "bar": "any all", "baz": "any all",
    }  # fmt: skip
    assert set(made.binary_bytes) >= {("foo", "amd64"), ("foo", "all"), ("baz", "all")}
    assert {facts.name for _, facts in sizes().sources} == {"foo", "bar", "baz-kept"}


def test_kept_facts_are_not_read_from_the_packages_again(changed: Stage, tmp_path: Path) -> None:
    made = kept_facts(changed, tmp_path, 3)
    [place] = tmp_path.iterdir()
    place.write_text(place.read_text().replace("foo-data depends", "foo-doc depends"))

    found = kept_facts(changed, tmp_path, 3)

    assert "foo-doc" in found.binaries.breaking["foo"]
    assert found.binaries.continued == made.binaries.continued
    assert found.sources == made.sources


def test_facts_of_some_sources_are_those_among_all(changed: Stage) -> None:
    with changed.read() as transaction:
        of_all = facts_of_all(transaction, members(changed, 3)).binaries
        of_foo = binary_facts(transaction, members(changed, 3), ["foo"])

    assert of_foo.breaking == {"foo": of_all.breaking["foo"]}
    assert of_foo.continued == {"foo": of_all.continued["foo"]}


def test_the_names_of_what_came_and_went_are_those_of_its_sources(changed: Stage) -> None:
    with changed.read() as transaction:
        found = transaction.rebuildable.changed_names(members(changed, 3), after=2)
        none = transaction.rebuildable.changed_names(members(changed, 3), after=3)

    assert found == {"bar", "baz"}
    assert none == frozenset()


def test_after_a_restore_nothing_of_the_lost_time_is_taken_for_what_came_instead(
    stage: Stage,
) -> None:
    """The same ids and numbers, given again, are of another import or of other paragraphs."""
    stage.take_snapshot(SOURCES, packages(is_later=True))

    def fingerprint() -> str:
        with stage.read() as transaction:
            return transaction.paragraphs.fingerprint(members(stage, 2))

    def given_again(table: sa.Table, **values: object) -> str:
        with stage.database.engine.connect() as connection:
            connection.execute(table.update().values(**values))
            connection.commit()
        return fingerprint()

    seen = [
        fingerprint(),
        given_again(schema.snapshot, release_sha256="f" * 64),
        given_again(schema.snapshot, at=1),
    ]
    with stage.database.engine.connect() as connection:
        for table in (schema.source_release, schema.binary_release):
            newest = sa.select(table.c.stanza_id).order_by(table.c.id.desc()).limit(1)
            connection.execute(
                schema.stanza.update()
                .where(schema.stanza.c.id == newest.scalar_subquery())
                .values(sha256=table.name.encode().ljust(32))
            )
            connection.commit()
            seen.append(fingerprint())

    assert len(set(seen)) == len(seen)
