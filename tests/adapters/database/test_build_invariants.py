"""I1, I2 and I3 on both databases: any order of requests, moves and attempts, stale ones too."""

from collections import Counter, defaultdict
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from tests.adapters.database.stage import Stage, add_attempt, add_campaign, add_derived
from tests.builders import NOW, new_build

from vostok.adapters.database import schema
from vostok.domain.build import LIVE_STATES, TRANSITIONS, Attempt, Build, BuildState, Fate
from vostok.errors import ConflictError

SOURCES = ("hello", "world")
SLOTS = ("amd64", "arm64")
ONWARD = [
    BuildState.BUILDING, BuildState.UPLOADING, BuildState.BUILT, BuildState.FAILED,
    BuildState.NEEDS_BUILD, BuildState.CANCELLED, BuildState.CANCELLING,
]  # fmt: skip


class BuildRecords(RuleBasedStateMachine):
    """The records of one archive, beside a model of what they must be."""

    values = Bundle("values")
    """Every value of a record that was ever read; most of them are stale."""

    stage: Stage

    @initialize()
    def derive(self) -> None:
        """A new archive: the database is shared by all examples."""
        with self.stage.write() as transaction:
            name = f"archive-{len(transaction.archives.all())}"
            archive, suite = add_derived(transaction, name, self.stage.parent_suite)
        self.now = replace(self.stage, archive=archive, suite=suite)
        self.source_ids = {"hello": self.now.hello_id, "world": self.now.add_source("world")}
        self.records: dict[int, Build] = {}
        self.attempts: dict[int, list[Attempt]] = defaultdict(list)
        self.numbers: dict[str, list[int]] = defaultdict(list)

    @rule(
        target=values,
        source=st.sampled_from(SOURCES),
        architectures=st.sets(st.sampled_from(SLOTS), min_size=1),
    )
    def request(self, source: str, architectures: set[str]) -> object:
        """Ask for a rebuild, with the number that the counter names next."""
        wanted = sorted(architectures)
        is_live = any(self.is_live(source, architecture) for architecture in wanted)
        try:
            added = self.add(source, wanted)
        except ConflictError:
            assert is_live
            return multiple()
        assert not is_live
        assert len(added) == len(wanted)
        self.records |= {build.id: build for build in added}
        return multiple(*added)

    def add(self, source: str, architectures: list[str]) -> list[Build]:
        """The records of a new campaign; nothing is left if one is refused."""
        archive, suite = self.now.archive, self.now.suite
        with self.now.write() as transaction:
            number = transaction.campaigns.last_rebuild_numbers(archive.id).get(source, 0) + 1
            transaction.campaigns.take_rebuild_numbers(archive.id, {source: number})
            campaign = add_campaign(transaction, archive.id)
            wanted = [
                new_build(
                    self.source_ids[source],
                    source,
                    architecture=architecture,
                    rebuild_no=number,
                )
                for architecture in architectures
            ]
            transaction.builds.add(
                archive.id,
                suite.id,
                campaign.id,
                wanted,
                score=0,
                actor="andrea",
                at=NOW,
                why="requested",
            )
            added = transaction.builds.of_campaign(campaign.id)
        assert number > max(self.numbers[source], default=0)  # I3
        self.numbers[source].append(number)
        return added

    @rule(target=values, value=values, after=st.sampled_from(ONWARD))
    def move(self, value: Build, after: BuildState) -> object:
        """Move a record, from a value that may be stale."""
        is_current = self.is_current(value)
        is_allowed = after in TRANSITIONS[value.state]
        is_taken = (
            after in LIVE_STATES
            and value.state not in LIVE_STATES
            and self.is_live(value.source, value.architecture)
        )
        try:
            moved = self.now.move(value, after)
        except ConflictError:
            assert not (is_current and is_allowed and not is_taken)
            return multiple()
        assert is_current
        assert is_allowed
        assert not is_taken
        self.records[value.id] = moved
        return moved

    @rule(target=values, value=values)
    def attempt(self, value: Build) -> object:
        """Begin an attempt, from a value that may be stale."""
        can_begin = self.is_current(value) and value.state is BuildState.NEEDS_BUILD
        try:
            with self.now.write() as transaction:
                begun = add_attempt(transaction, value)
        except ConflictError:
            assert not can_begin
            return multiple()
        assert can_begin
        assert begun.number == value.attempt + 1
        self.attempts[value.id].append(begun)
        self.records[value.id] = self.now.build(value.id)
        return self.records[value.id]

    @rule(value=values)
    def forget(self, value: Build) -> None:
        """Take an ended record away, as a later clean-up may."""
        current = self.records.get(value.id)
        if current is None or current.state in LIVE_STATES | {BuildState.BUILT}:
            return
        with self.now.write() as transaction:
            for table in (schema.event, schema.attempt):
                transaction.connection.execute(table.delete().where(table.c.build_id == value.id))
            builds = schema.build
            transaction.connection.execute(builds.delete().where(builds.c.id == value.id))
        del self.records[value.id]
        self.attempts.pop(value.id, None)

    @rule(value=values, fate=st.sampled_from(Fate))
    def set_fate(self, value: Build, fate: Fate) -> None:
        """Note what became of the binaries: the one thing of a built record that may change."""
        with self.now.write() as transaction:
            transaction.builds.set_fate({value.id: "said"}, fate, actor="vostok", at=NOW)
        if value.id in self.records:
            self.records[value.id] = self.records[value.id]._replace(fate=fate)

    @invariant()
    def records_are_what_the_model_says(self) -> None:
        """I1 among it: nothing but the model's own steps has changed a record or an attempt."""
        with self.now.read() as transaction:
            found = transaction.builds.unfinished(self.now.archive.id)
            slots = Counter((build.source, build.architecture) for build in found)
            stored = {
                build.id: build
                for source in SOURCES
                for architecture in SLOTS
                for build in transaction.builds.of_slot(self.now.archive.id, source, architecture)
            }
            attempts = transaction.builds.attempts(self.records)
        assert stored == self.records
        assert attempts == {key: tries for key, tries in self.attempts.items() if tries}
        assert max(slots.values(), default=0) <= 1  # I2

    def is_current(self, value: Build) -> bool:
        """Whether a value is of the record's state and attempt."""
        current = self.records.get(value.id)
        return current is not None and (current.state, current.attempt) == (
            value.state,
            value.attempt,
        )

    def is_live(self, source: str, architecture: str) -> bool:
        """Whether a slot has an unfinished build."""
        return any(
            (build.source, build.architecture) == (source, architecture)
            and build.state in LIVE_STATES
            for build in self.records.values()
        )


def test_records_keep_i1_i2_and_i3_in_any_order_of_events(stage: Stage) -> None:
    class OnThisDatabase(BuildRecords):
        pass

    OnThisDatabase.stage = stage

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_built_record_goes_nowhere_even_for_one_who_read_it_before(stage: Stage) -> None:
    uploading, _ = stage.begin_attempt(stage.request()[0])
    uploading = stage.move(uploading, BuildState.UPLOADING)
    built = stage.move(uploading, BuildState.BUILT)
    refused = []

    for value in (built, uploading):
        for after in BuildState:
            try:
                stage.move(value, after)
            except ConflictError:
                refused.append((value.state, after))

    assert len(refused) == 2 * len(BuildState)
    assert stage.build(built.id) == built


def test_a_number_is_not_given_again_after_failure_cancel_or_deletion(stage: Stage) -> None:
    given = []
    for way in (
        (BuildState.CANCELLED,),
        (BuildState.BUILDING, BuildState.FAILED),
        (BuildState.SUPERSEDED,),
    ):
        with stage.write() as transaction:
            number = transaction.campaigns.last_rebuild_numbers(stage.archive.id).get("hello", 0)
            given.append(number + 1)
            transaction.campaigns.take_rebuild_numbers(stage.archive.id, {"hello": number + 1})
        [build] = stage.request(new_build(stage.hello_id, rebuild_no=number + 1))
        stage.move(build, *way)
        with stage.write() as transaction:
            for table in (schema.event, schema.build):
                transaction.connection.execute(table.delete())

    assert given == [1, 2, 3]
