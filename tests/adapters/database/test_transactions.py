"""Transactions: all or nothing, one moment, and each in its turn where it matters."""

import threading
from functools import partial

import pytest
from tests.adapters.database.race import SECONDS_MAX, outcomes_at_once
from tests.adapters.database.stage import Stage, add_campaign, add_derived, snapshot_of
from tests.builders import NOW, index_file, new_binary, new_build, new_source

from vostok.adapters.database import SqlTransaction
from vostok.domain.build import Build, BuildState
from vostok.domain.job import JobKind
from vostok.domain.package import DeltaKind
from vostok.errors import ConflictError

WAIT_SECONDS = 0.3
"""How long something is watched that must not happen; the tests do not depend on it to pass."""


class Aborted(Exception):  # noqa: N818 - not an error: the test's way out of a transaction
    """Raised in the midst of a transaction."""


def write_everywhere(transaction: SqlTransaction, stage: Stage) -> None:
    archive, suite = add_derived(transaction, "half", stage.parent_suite)
    campaign = add_campaign(transaction, archive.id)
    transaction.campaigns.take_rebuild_numbers(archive.id, {"hello": 1})
    transaction.builds.add(
        archive.id, suite.id, campaign.id, [new_build(stage.hello_id)],
        score=0, actor="andrea", at=NOW, why="requested",
    )  # fmt: skip
    transaction.deltas.add(
        suite.id,
        kind=DeltaKind.REBUILD,
        sources=[new_source("foo")],
        binaries=[new_binary("foo")],
    )
    transaction.deltas.cut_edition(suite.id, NOW)
    transaction.publications.add(
        suite.id, 1, derivation=1, at=NOW, reason="a test", sources=0, binaries=0,
        indices=[index_file()], pool=[index_file("pool/x")],
    )  # fmt: skip
    transaction.publications.ensure_view(
        suite.id, derivation=1, edition=1, toolchain_id=None, dependencies="own", at=NOW
    )
    transaction.jobs.add(
        "j1", JobKind.PUBLISH, archive="half", arguments={}, requested_by="andrea", at=NOW
    )
    parent = transaction.archives.suite(stage.parent_suite.id)
    snapshot_of(transaction, parent, [new_source("bar")], [])
    transaction.deletion.delete_rows(stage.archive.id, stage.archive.name)


def abort_after_writing_everywhere(stage: Stage) -> None:
    with stage.write() as transaction:
        write_everywhere(transaction, stage)
        raise Aborted


def test_a_transaction_that_ends_in_an_exception_leaves_nothing(stage: Stage) -> None:
    before = stage.all_rows()

    with pytest.raises(Aborted):
        abort_after_writing_everywhere(stage)

    assert stage.all_rows() == before


def test_the_next_transaction_on_the_same_connection_starts_clean(stage: Stage) -> None:
    with pytest.raises(Aborted):
        abort_after_writing_everywhere(stage)

    with stage.write() as transaction:
        write_everywhere(transaction, stage)

    with stage.read() as transaction:
        assert [archive.name for archive in transaction.archives.all()] == ["debian", "half"]


def test_a_reading_transaction_sees_one_moment(stage: Stage) -> None:
    with stage.read() as transaction:
        before = transaction.archives.all()
        [build] = stage.request()
        with stage.write() as writing:
            add_derived(writing, "new", stage.parent_suite)

        assert transaction.archives.all() == before
        assert transaction.builds.unfinished(stage.archive.id) == []

    with stage.read() as transaction:
        assert len(transaction.archives.all()) == len(before) + 1
        assert transaction.builds.unfinished(stage.archive.id) == [build]


def test_a_writing_transaction_is_not_seen_before_its_end(stage: Stage) -> None:
    with stage.write() as writing:
        add_derived(writing, "new", stage.parent_suite)
        with stage.read() as transaction:
            found_before = transaction.archives.find("new")
    with stage.read() as transaction:
        found_after = transaction.archives.find("new")

    assert found_before is None
    assert found_after is not None


def test_what_is_accepted_later_is_newer_whoever_began_first(stage: Stage) -> None:
    second = threading.Thread(target=lambda: stage.add_binaries(new_binary("hello", "2")))
    with stage.write() as transaction:
        transaction.deltas.add(
            stage.suite.id,
            kind=DeltaKind.REBUILD,
            sources=[],
            binaries=[new_binary("hello", "1")],
        )
        second.start()
        second.join(WAIT_SECONDS)
        is_waiting = second.is_alive()
    second.join()

    edition = stage.cut_edition()

    assert is_waiting
    with stage.read() as transaction:
        [shown] = transaction.deltas.binaries_in_edition(stage.suite.id, edition, None)
    assert shown.version == "2"


# Races ----------------------------------------------------------------------------------------


def claim_all(stage: Stage, builder: str) -> list[int]:
    """The builds that one builder gets until there are none."""
    claimed = []
    while (build := claim(stage, builder)) is not None:
        claimed.append(build.id)
    return claimed


def claim(stage: Stage, builder: str) -> Build | None:
    with stage.write() as transaction:
        build = transaction.builds.next_to_build(["amd64"])
        if build is None:
            return None
        view = transaction.publications.ensure_view(
            build.suite_id, derivation=1, edition=0, toolchain_id=None, dependencies="own", at=NOW
        )
        transaction.builds.add_attempt(
            build,
            builder=builder,
            edition=0,
            view_id=view.id,
            token_hash=f"{builder} {build.id}",
            view_token_hash=f"{builder} {build.id}",
            at=NOW,
        )
        current = transaction.builds.by_id(build.id)
        return transaction.builds.move(current, BuildState.BUILDING, actor=builder, at=NOW)


def test_builders_that_claim_at_once_never_get_the_same_build(stage: Stage) -> None:
    names = [f"source{number}" for number in range(12)]
    builds = stage.request(*(new_build(stage.add_source(name), name) for name in names))

    outcomes = outcomes_at_once(
        [partial(claim_all, stage, f"host-{number}") for number in range(4)]
    )

    claimed = [build_id for ids in outcomes if isinstance(ids, list) for build_id in ids]
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert sorted(claimed) == sorted(build.id for build in builds)
    with stage.read() as transaction:
        attempts = transaction.builds.attempts(claimed)
    assert {build_id: len(found) for build_id, found in attempts.items()} == dict.fromkeys(
        claimed, 1
    )


def test_a_builder_that_asks_while_another_claims_gets_the_next_build(stage: Stage) -> None:
    first, second = stage.request(
        new_build(stage.hello_id), new_build(stage.add_source("world"), "world")
    )
    claimed: list[Build | None] = []
    has_row_locks = stage.database.engine.dialect.name == "postgresql"
    other = threading.Thread(target=lambda: claimed.append(claim(stage, "host-2")))

    with stage.write() as transaction:
        handed_out = transaction.builds.next_to_build(["amd64"])
        other.start()
        other.join(SECONDS_MAX if has_row_locks else WAIT_SECONDS)
        is_waiting = other.is_alive()
        transaction.builds.move(first, BuildState.BUILDING, actor="host-1", at=NOW)
    other.join()

    assert is_waiting is not has_row_locks
    assert handed_out == first
    assert [build.id for build in claimed if build is not None] == [second.id]


def test_of_two_requests_at_once_for_a_slot_one_is_refused_whole(stage: Stage) -> None:
    world = stage.add_source("world")

    def request(number: int) -> int:
        wanted = (new_build(stage.hello_id, rebuild_no=number), new_build(world, "world"))
        return len(stage.request(*wanted))

    outcomes = outcomes_at_once([partial(request, 1), partial(request, 2)])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "int"]
    with stage.read() as transaction:
        assert len(transaction.builds.unfinished(stage.archive.id)) == 2
        assert len(transaction.campaigns.of_archive(stage.archive.id)) == 1


def test_of_two_retries_at_once_in_a_slot_one_is_refused(stage: Stage) -> None:
    cancelled = []
    for number in (1, 2):
        [build] = stage.request(new_build(stage.hello_id, rebuild_no=number))
        cancelled.append(stage.move(build, BuildState.CANCELLED))

    outcomes = outcomes_at_once(
        [partial(stage.move, build, BuildState.NEEDS_BUILD) for build in cancelled]
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Build", "ConflictError"]
    with stage.read() as transaction:
        assert len(transaction.builds.unfinished(stage.archive.id)) == 1


def test_of_two_moves_at_once_one_happens(stage: Stage) -> None:
    [build] = stage.request()
    building = stage.move(build, BuildState.BUILDING)

    outcomes = outcomes_at_once(
        [
            partial(stage.move, building, after)
            for after in (BuildState.UPLOADING, BuildState.CANCELLING, BuildState.FAILED)
        ]
    )

    won = [outcome.state for outcome in outcomes if isinstance(outcome, Build)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, ConflictError)]
    with stage.read() as transaction:
        events = transaction.builds.events(build.id)
    assert len(won) == 1
    assert len(refused) == 2
    assert stage.build(build.id).state == won[0] == events[-1].state_after
    assert len(events) == 3
