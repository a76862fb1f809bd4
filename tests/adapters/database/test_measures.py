"""Sizes of packages and times of builds: what estimates are made from."""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import pytest
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.adapters.database.stage import Stage, add_derived
from tests.builders import later, new_binary, new_build, new_source, sha256_of

from vostok.adapters.database import SqlDatabase, SqlTransaction
from vostok.adapters.database.migration import MIGRATIONS
from vostok.domain.build import AttemptFile, BuildState
from vostok.domain.dependencies.building import empty_graph
from vostok.domain.dependencies.graph import DependencyGraph, MadeGraph
from vostok.domain.estimate import Measured
from vostok.domain.package import Membership
from vostok.domain.workload import Actual
from vostok.errors import NotFoundError
from vostok.services.repositories.graph_cache import GraphKey


def built(stage: Stage, seconds: float, *, files: int = 0, outcome: str = "built") -> int:
    """A build of hello that took so long and returned so many bytes; its campaign's id."""
    [build] = stage.request(new_build(stage.hello_id, rebuild_no=_next_number(stage)))
    build, attempt = stage.begin_attempt(build)
    with stage.write() as transaction:
        if files:
            file = AttemptFile(name="hello.deb", size=files, sha256=sha256_of("hello"))
            transaction.builds.put_file(attempt.id, file)
        transaction.builds.set_log_bytes(attempt.id, round(seconds) * 10)
        transaction.builds.finish_attempt(attempt.id, outcome=outcome, at=later(seconds))
    if outcome == "built":
        stage.move(build, BuildState.UPLOADING, BuildState.BUILT)
    else:
        stage.move(build, BuildState.FAILED)
    assert build.campaign_id is not None
    return build.campaign_id


def cut_edition(transaction: SqlTransaction, stage: Stage) -> int:
    return transaction.deltas.cut_edition(stage.suite.id, later(1))


def _next_number(stage: Stage) -> int:
    with stage.read() as transaction:
        return 1 + len(transaction.builds.of_source(stage.archive.id, "hello"))


def test_the_history_of_a_source_is_the_median_of_its_successes(stage: Stage) -> None:
    for seconds in (10, 30, 500):
        built(stage, seconds, files=round(seconds))
    built(stage, 9_000, outcome="failed")

    with stage.read() as transaction:
        history = transaction.measures.history()

    assert history == {("hello", "amd64"): Measured(seconds=30, log_bytes=300, file_bytes=30)}


def test_running_builds_are_no_history(stage: Stage) -> None:
    stage.begin_attempt(stage.request()[0])

    with stage.read() as transaction:
        assert transaction.measures.history() == {}


def test_what_a_campaign_took_counts_failed_attempts_too(stage: Stage) -> None:
    built(stage, 70, files=7)
    campaign_id = built(stage, 50, outcome="failed")

    with stage.read() as transaction:
        actual = transaction.measures.actual(campaign_id)

    assert actual == Actual(
        attempts=1, machine_seconds=50, elapsed_seconds=50, log_bytes=500, pool_bytes=0
    )


def test_what_a_campaign_took_counts_a_file_that_was_sent_again_once(stage: Stage) -> None:
    [build] = stage.request()
    build, attempt = stage.begin_attempt(build)
    with stage.write() as transaction:
        for name, size in (("hello.deb", 7), ("hello.buildinfo", 300), ("hello.deb", 9)):
            file = AttemptFile(name=name, size=size, sha256=sha256_of(name))
            transaction.builds.put_file(attempt.id, file)
        transaction.builds.finish_attempt(attempt.id, outcome="built", at=later(5))
    assert build.campaign_id is not None

    with stage.read() as transaction:
        actual = transaction.measures.actual(build.campaign_id)

    assert actual.pool_bytes == 309


def test_what_attempts_brought_before_it_was_counted_is_added_up(stage: Stage) -> None:
    campaign_id = built(stage, 70, files=7)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    counting = ScriptDirectory.from_config(config).get_revision("0019").module

    with (
        stage.database.engine.execution_options(vostok_writing=True).begin() as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        counting.downgrade()
        counting.upgrade()

    with stage.read() as transaction:
        assert transaction.measures.actual(campaign_id).pool_bytes == 7


def test_a_campaign_without_attempts_took_nothing(stage: Stage) -> None:
    [build] = stage.request()

    with stage.read() as transaction:
        assert build.campaign_id is not None
        actual = transaction.measures.actual(build.campaign_id)

    assert (actual.attempts, actual.machine_seconds, actual.elapsed_seconds) == (0, 0, 0)


def test_sources_come_with_the_size_of_all_their_files(stage: Stage) -> None:
    files = [("tree_1.dsc", 700, sha256_of("a")), ("tree_1.tar.xz", 1 << 33, sha256_of("b"))]
    stage.take_snapshot(
        sources=[
            new_source("tree", "1", architecture="any all", files=files),
            new_source("none", "1", files=[]),
            new_source("extra", "1", is_extra=True),
        ]
    )

    with stage.read() as transaction:
        rows = transaction.measures.sources(Membership(suite_id=stage.parent_suite.id, number=2))
        before = transaction.measures.sources(stage.base)

    assert sorted(row[:3] for row in rows) == [
        ("none", "any", 0),
        ("tree", "any all", (1 << 33) + 700),
    ]
    assert next(row for row in rows if row.name == "tree").stanza.startswith("Package: tree")
    assert [row.name for row in before] == ["hello"]


def test_binaries_are_counted_once_however_many_indices_list_them(stage: Stage) -> None:
    common = new_binary("hello-common", architecture="all", source="hello")
    stage.take_snapshot(
        binaries=[
            new_binary(),
            new_binary("hello-common", architecture="all", source="hello"),
            new_binary(
                "hello-common", architecture="all", source="hello", index_architecture="arm64"
            ),
        ]
    )
    members = Membership(suite_id=stage.parent_suite.id, number=2)

    with stage.read() as transaction:
        sizes = transaction.measures.binary_bytes(members)

    assert sizes == {("hello", "amd64"): new_binary().size, ("hello", "all"): common.size}


def test_an_estimate_stays_with_its_campaign(stage: Stage) -> None:
    [build] = stage.request()
    assert build.campaign_id is not None

    with stage.read() as transaction:
        assert transaction.campaigns.estimate(build.campaign_id) is None
    with stage.write() as transaction:
        transaction.campaigns.set_estimate(build.campaign_id, {"hours": {"p50": 1.5}})

    with stage.read() as transaction:
        assert transaction.campaigns.estimate(build.campaign_id) == {"hours": {"p50": 1.5}}


def test_a_trial_sees_its_own_changes_and_leaves_none(stage: Stage) -> None:
    before = stage.all_rows()

    with stage.database.trial() as transaction:
        cut = cut_edition(transaction, stage)
        seen = transaction.archives.suite(stage.suite.id).edition

    assert cut == seen
    assert stage.all_rows() == before


def test_a_trial_that_fails_leaves_nothing_either(stage: Stage) -> None:
    before = stage.all_rows()

    with pytest.raises(NotFoundError), stage.database.trial() as transaction:
        transaction.toolchains.named(f"of edition {cut_edition(transaction, stage)}")

    assert stage.all_rows() == before


class KeptGraphs:
    """Implements `services.graph_cache.GraphCache` in memory."""

    def __init__(self) -> None:
        self.graphs: dict[GraphKey, MadeGraph] = {}

    def find(self, key: GraphKey) -> DependencyGraph | None:
        made = self.graphs.get(key)
        return None if made is None else made.graph

    def find_made(self, key: GraphKey) -> MadeGraph | None:
        return self.graphs.get(key)

    def numbers(self, suite_id: int, architecture: str) -> list[int]:
        return [
            key.members.number
            for key in self.graphs
            if (key.members.suite_id, key.architecture) == (suite_id, architecture)
        ]

    def making(self, _key: GraphKey) -> AbstractContextManager[None]:
        return nullcontext()

    def has(self, members: Membership, architecture: str) -> bool:
        return (members, architecture) in {(k.members, k.architecture) for k in self.graphs}

    def put(self, key: GraphKey, made: MadeGraph) -> None:
        self.graphs[key] = made

    def forget(self, suite_ids: Collection[int]) -> None:
        self.graphs = {k: g for k, g in self.graphs.items() if k.members.suite_id not in suite_ids}


def test_a_trial_keeps_graphs_of_the_suites_that_were_there_before_it(stage: Stage) -> None:
    kept = KeptGraphs()
    made = empty_graph("amd64")
    there = GraphKey(members=stage.base, architecture="amd64", fingerprint="")

    with SqlDatabase(stage.database.engine, kept).trial() as transaction:
        _, suite = add_derived(transaction, "second", stage.parent_suite)
        new = replace(there, members=Membership(suite_id=suite.id, number=1))
        transaction.graphs.put(new, made)
        transaction.graphs.put(there, made)
        found = transaction.graphs.find(new), transaction.graphs.find(there)
        transaction.graphs.forget([stage.base.suite_id])

    assert found == (None, made.graph)
    assert kept.graphs == {there: made}
