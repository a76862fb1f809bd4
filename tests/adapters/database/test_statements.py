"""How many statements mass work takes: it must not grow with the archive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from tests.adapters.database.stage import Stage, add_campaign, add_derived, snapshot_of
from tests.builders import NOW, index_file, new_binary, new_build, new_source

from vostok.adapters.database import SqlTransaction
from vostok.domain.build import Fate
from vostok.domain.package import DeltaKind

ROWS = 500
STATEMENTS_MAX = 40
NAMES = [f"package{number}" for number in range(ROWS)]
SOURCES = [new_source(name) for name in NAMES]
BINARIES = [new_binary(name) for name in NAMES]


@contextmanager
def counted(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    sa.event.listen(engine, "before_cursor_execute", count)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", count)


def take_snapshot(transaction: SqlTransaction, stage: Stage) -> None:
    parent = transaction.archives.suite(stage.parent_suite.id)
    snapshot_of(transaction, parent, SOURCES, BINARIES)


def add_deltas(transaction: SqlTransaction, stage: Stage) -> None:
    transaction.deltas.add(
        stage.suite.id, kind=DeltaKind.REBUILD, sources=SOURCES, binaries=BINARIES
    )


def show_deltas(transaction: SqlTransaction, stage: Stage) -> None:
    transaction.deltas.cut_edition(stage.suite.id, NOW)
    waiting = transaction.deltas.unpublished_binaries(stage.suite.id)
    transaction.deltas.publish(stage.suite.id, 1, [binary.delta_id for binary in waiting])


def request_builds(transaction: SqlTransaction, stage: Stage) -> None:
    sources = transaction.deltas.own_sources(stage.suite.id)
    campaign = add_campaign(transaction, stage.archive.id)
    transaction.campaigns.take_rebuild_numbers(stage.archive.id, dict.fromkeys(NAMES, 1))
    transaction.builds.add(
        stage.archive.id,
        stage.suite.id,
        campaign.id,
        [new_build(source.id, source.name) for source in sources],
        score=0,
        actor="andrea",
        at=NOW,
    )
    builds = transaction.builds.of_campaign(campaign.id)
    transaction.builds.set_fate((build.id for build in builds), Fate.WITHDRAWN)
    assert len(builds) == ROWS


def publish(transaction: SqlTransaction, stage: Stage) -> None:
    transaction.publications.add(
        stage.suite.id,
        1,
        at=NOW,
        reason="a test",
        sources=ROWS,
        binaries=ROWS,
        indices=[index_file(name) for name in NAMES],
        pool=[index_file(name) for name in NAMES],
    )


def make_chroot(transaction: SqlTransaction, stage: Stage) -> None:
    own = transaction.deltas.unpublished_binaries(stage.suite.id)
    transaction.chroots.register(
        stage.archive.id,
        architecture="amd64",
        recipe="mmdebstrap buildd 1",
        packages=[(binary.name, binary.version, binary.architecture) for binary in own],
        base=stage.base,
        own=own,
        at=NOW,
    )
    assert transaction.chroots.valid_keys(stage.archive.id, "amd64", own)


def delete(transaction: SqlTransaction, stage: Stage) -> None:
    files = transaction.deletion.files_of(stage.archive.id)
    transaction.deletion.delete_rows(stage.archive.id, stage.archive.name)
    transaction.deletion.still_needed(files)
    assert len(files) > ROWS


@pytest.mark.parametrize(
    "work",
    [
        pytest.param([take_snapshot], id="import"),
        pytest.param([take_snapshot, take_snapshot], id="import again"),
        pytest.param([add_deltas], id="own packages"),
        pytest.param([add_deltas, show_deltas], id="edition and publication"),
        pytest.param([add_deltas, request_builds], id="campaign"),
        pytest.param([publish], id="publication"),
        pytest.param([add_deltas, make_chroot], id="chroot"),
        pytest.param([add_deltas, delete], id="deletion"),
    ],
)
def test_mass_work_takes_a_few_statements(
    stage: Stage, work: list[Callable[[SqlTransaction, Stage], None]]
) -> None:
    *preparations, last = work
    with stage.write() as transaction:
        for prepare in preparations:
            prepare(transaction, stage)

        with counted(stage.database.engine) as statements:
            last(transaction, stage)

    assert 0 < len(statements) <= STATEMENTS_MAX


def test_what_a_claim_asks_does_not_grow_with_the_queue(stage: Stage) -> None:
    with stage.write() as transaction:
        add_derived(transaction, "other", stage.parent_suite)
        add_deltas(transaction, stage)
        request_builds(transaction, stage)

        with counted(stage.database.engine) as statements:
            transaction.builds.next_to_build(["amd64"])
            transaction.builds.running(stage.archive.id)

    assert len(statements) == 2
