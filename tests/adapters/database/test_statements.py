"""What mass work costs: a few statements, and steps of the database in proportion to its rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.adapters.database.stage import (
    Stage,
    add_campaign,
    add_derived,
    derived_archive,
    snapshot_of,
)
from tests.builders import NOW, index_file, new_binary, new_build, new_source

from vostok.adapters.database import SqlDatabase, SqlTransaction, create_engine, migrate, schema
from vostok.domain.build import Fate
from vostok.domain.package import DeltaKind, Membership

ROWS = 500
STATEMENTS_MAX = 80
"""A deletion needs most: one for each table that can name an archive; webhooks have two."""
ROWS_FEW, ROWS_MANY = 200, 1_600
EXCESS_MAX = 2.0
"""Of the steps for eight times the rows over eight times the steps; with squares it is near 8."""
STEPS_PER_CALL = 100

Work = Callable[[SqlTransaction, Stage, int], None]


def names(rows: int) -> list[str]:
    return [f"package{number}" for number in range(rows)]


@contextmanager
def counted(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    sa.event.listen(engine, "before_cursor_execute", count)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", count)


@contextmanager
def counted_steps(connection: sa.Connection) -> Iterator[list[None]]:
    """One entry for so many instructions of SQLite's machine: a clock that nobody disturbs."""
    calls: list[None] = []
    raw: Any = connection.connection.dbapi_connection
    raw.set_progress_handler(lambda: calls.append(None), STEPS_PER_CALL)
    yield calls
    raw.set_progress_handler(None, 0)


def take_snapshot(transaction: SqlTransaction, stage: Stage, rows: int) -> None:
    parent = transaction.archives.suite(stage.parent_suite.id)
    snapshot_of(
        transaction,
        parent,
        [new_source(name) for name in names(rows)],
        [new_binary(name) for name in names(rows)],
    )


def add_deltas(transaction: SqlTransaction, stage: Stage, rows: int) -> None:
    transaction.deltas.add(
        stage.suite.id,
        kind=DeltaKind.REBUILD,
        sources=[new_source(name) for name in names(rows)],
        binaries=[new_binary(name) for name in names(rows)],
    )


def show_deltas(transaction: SqlTransaction, stage: Stage, rows: int) -> None:
    transaction.deltas.cut_edition(stage.suite.id, NOW)
    waiting = transaction.deltas.unpublished_binaries(stage.suite.id)
    transaction.deltas.publish(stage.suite.id, 1, [binary.delta_id for binary in waiting])
    assert len(waiting) == rows


def request_builds(transaction: SqlTransaction, stage: Stage, rows: int) -> None:
    sources = transaction.deltas.own_sources(stage.suite.id)
    campaign = add_campaign(transaction, stage.archive.id)
    transaction.campaigns.take_rebuild_numbers(stage.archive.id, dict.fromkeys(names(rows), 1))
    transaction.builds.add(
        stage.archive.id,
        stage.suite.id,
        campaign.id,
        [new_build(source.id, source.name) for source in sources],
        score=0,
        actor="andrea",
        at=NOW,
        why="requested",
    )
    builds = transaction.builds.of_campaign(campaign.id)
    transaction.builds.set_fate(
        {build.id: "withdrawn" for build in builds}, Fate.WITHDRAWN, actor="vostok", at=NOW
    )
    assert len(builds) == rows


def publish(transaction: SqlTransaction, stage: Stage, rows: int) -> None:
    transaction.publications.add(
        stage.suite.id,
        1,
        derivation=1,
        at=NOW,
        reason="a test",
        sources=rows,
        binaries=rows,
        indices=[index_file(name) for name in names(rows)],
        pool=[index_file(name) for name in names(rows)],
    )


def make_chroot(transaction: SqlTransaction, stage: Stage, rows: int) -> None:
    own = transaction.deltas.unpublished_binaries(stage.suite.id)[:rows]
    transaction.chroots.register(
        stage.archive.id,
        architecture="amd64",
        recipe="mmdebstrap buildd 1",
        packages=[(binary.name, binary.version, binary.architecture) for binary in own],
        base=stage.base,
        own=own,
        at=NOW,
    )
    assert transaction.chroots.valid_keys(stage.archive.id, "amd64", base=stage.base, own=own)


def delete(transaction: SqlTransaction, stage: Stage, rows: int) -> None:
    files = transaction.deletion.files_of(stage.archive.id)
    transaction.deletion.delete_rows(stage.archive.id, stage.archive.name)
    transaction.deletion.still_needed(files)
    assert len(files) > rows


WORK = [
    pytest.param([take_snapshot], id="import"),
    pytest.param([take_snapshot, take_snapshot], id="import again"),
    pytest.param([add_deltas], id="own packages"),
    pytest.param([add_deltas, show_deltas], id="edition and publication"),
    pytest.param([add_deltas, request_builds], id="campaign"),
    pytest.param([publish], id="publication"),
    pytest.param([add_deltas, make_chroot], id="chroot"),
    pytest.param([add_deltas, delete], id="deletion"),
]


@pytest.mark.parametrize("work", WORK)
def test_mass_work_takes_a_few_statements(stage: Stage, work: list[Work]) -> None:
    *preparations, last = work
    with stage.write() as transaction:
        for prepare in preparations:
            prepare(transaction, stage, ROWS)

        with counted(stage.database.engine) as statements:
            last(transaction, stage, ROWS)

    assert 0 < len(statements) <= STATEMENTS_MAX


@pytest.mark.parametrize("work", WORK)
def test_mass_work_takes_steps_in_proportion_to_its_rows(tmp_path: Path, work: list[Work]) -> None:
    steps = {}

    for rows in (ROWS_FEW, ROWS_MANY):
        engine = create_engine(f"sqlite:///{tmp_path / f'{rows}.db'}")
        migrate(engine)
        stage = derived_archive(SqlDatabase(engine))
        *preparations, last = work
        with stage.write() as transaction:
            for prepare in preparations:
                prepare(transaction, stage, rows)
            with counted_steps(transaction.connection) as calls:
                last(transaction, stage, rows)
        steps[rows] = len(calls) * STEPS_PER_CALL
        engine.dispose()

    assert steps[ROWS_MANY] / ROWS_MANY <= EXCESS_MAX * steps[ROWS_FEW] / ROWS_FEW


def test_what_a_claim_asks_does_not_grow_with_the_queue(stage: Stage) -> None:
    with stage.write() as transaction:
        add_derived(transaction, "other", stage.parent_suite)
        add_deltas(transaction, stage, ROWS)
        request_builds(transaction, stage, ROWS)

        with counted(stage.database.engine) as statements:
            transaction.builds.next_to_build(["amd64"])
            transaction.builds.running(stage.archive.id)

    assert len(statements) == 2


def test_members_of_some_names_are_found_without_reading_the_others(tmp_path: Path) -> None:
    steps = {}

    for rows in (ROWS_FEW, ROWS_MANY):
        engine = create_engine(f"sqlite:///{tmp_path / f'{rows}.db'}")
        migrate(engine)
        stage = derived_archive(SqlDatabase(engine))
        with stage.write() as transaction:
            take_snapshot(transaction, stage, rows)
            add_deltas(transaction, stage, rows)
        number = stage.publish()
        second = Membership(suite_id=stage.parent_suite.id, number=2)
        with stage.read() as transaction, counted_steps(transaction.connection) as calls:
            assert transaction.members.sources(second, names(10))
            assert transaction.members.binaries(second, names(10))
            assert transaction.members.binaries_of_sources(second, names(10))
            assert transaction.members.own_binaries(stage.suite.id, number, names(10))
            assert transaction.members.own_binaries_of_sources(stage.suite.id, number, names(10))
        steps[rows] = len(calls)
        engine.dispose()

    assert steps[ROWS_MANY] <= EXCESS_MAX * steps[ROWS_FEW]


@pytest.mark.parametrize("kind", ["binary", "source", "nothing", "in a view"])
def test_a_file_of_the_pool_is_found_without_reading_the_others(tmp_path: Path, kind: str) -> None:
    steps = {}

    for rows in (ROWS_FEW, ROWS_MANY):
        engine = create_engine(f"sqlite:///{tmp_path / f'{rows}.db'}")
        migrate(engine)
        stage = derived_archive(SqlDatabase(engine))
        with stage.write() as transaction:
            take_snapshot(transaction, stage, rows)
            on_second = schema.derivation.update().values(base_number=2)
            transaction.connection.execute(on_second)
            view = transaction.publications.ensure_view(
                stage.suite.id, derivation=1, edition=1, toolchain_id=None, dependencies="own",
                at=NOW,
            )  # fmt: skip
        stage.publish()
        second = Membership(suite_id=stage.parent_suite.id, number=2)
        with stage.read() as transaction:
            [source] = transaction.packages.sources_named(second, names(1))
            [(name, _, _), *_] = transaction.packages.source_files(source.id)
            [entry] = transaction.listings.binaries(second, names(1))
            binary = transaction.listings.files([entry.id])[entry.id].path
            path = {"source": f"{source.directory}/{name}", "nothing": "pool/none"}.get(
                kind, binary
            )
            with counted_steps(transaction.connection) as calls:
                if kind == "in a view":
                    found = transaction.publications.find_view_pool_file(view, second, path)
                else:
                    found = transaction.publications.find_pool_file(stage.archive.id, path)
        steps[rows] = len(calls)
        engine.dispose()
        assert (found is None) is (kind == "nothing")

    assert steps[ROWS_MANY] <= EXCESS_MAX * max(steps[ROWS_FEW], 1)


def test_packages_that_share_files_are_not_compared_pair_by_pair(tmp_path: Path) -> None:
    steps = {}

    for rows in (ROWS_FEW, ROWS_MANY):
        engine = create_engine(f"sqlite:///{tmp_path / f'{rows}.db'}")
        migrate(engine)
        stage = derived_archive(SqlDatabase(engine))
        for content in ("before", "after"):
            shared = new_binary("shared", content=content)
            binaries = [
                replace(shared, name=name, stanza=f"Package: {name}\nX: {content}\n")
                for name in names(rows)
            ]
            stage.take_snapshot([], binaries)
        second, third = (Membership(suite_id=stage.parent_suite.id, number=n) for n in (2, 3))
        with stage.read() as transaction, counted_steps(transaction.connection) as calls:
            assert len(transaction.publications.rewritten(third, second)) == 1
        steps[rows] = len(calls)
        engine.dispose()

    assert steps[ROWS_MANY] / ROWS_MANY <= EXCESS_MAX * steps[ROWS_FEW] / ROWS_FEW
