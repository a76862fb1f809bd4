"""Syncs, selections and removals, over a parent whose snapshots the tests make up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import NOW, new_binary, new_source, sha256_of
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation
from tests.snapshots import HEAD, add_snapshot

from vostok.debian.stanza import index_fields
from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, RebuildPolicy, Suite
from vostok.domain.campaign import Campaign
from vostok.domain.derivation import OnRemoval
from vostok.domain.job import Job, JobState
from vostok.domain.package import DeltaKind, Membership
from vostok.domain.sync import Verdict
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError
from vostok.services.deriving import DeriveRequest
from vostok.services.sync_rebuilds import SyncRebuilds
from vostok.services.syncing import SyncOutcome, SyncRequest

START_VERSIONS = {"brk": "1-1", "libfoo": "1.2-3", "tree": "2-1"}


@dataclass(slots=True, kw_only=True)
class World:
    """An archive `world` whose snapshots are made up, and archives derived from it."""

    base: Installation
    archive: Archive
    suite_id: int

    def offer(self, versions: Mapping[str, str]) -> None:
        """The parent's next snapshot has these sources, each with a binary of its name."""
        with self.base.database.write() as transaction:
            add_snapshot(
                transaction,
                transaction.archives.suite(self.suite_id),
                [new_source(name, version) for name, version in versions.items()],
                [new_binary(name, version) for name, version in versions.items()],
                head=replace(HEAD, release_sha256=sha256_of(str(sorted(versions.items())))),
            )

    def derive(self, **more: object) -> None:
        wanted = DeriveRequest(**{"name": "exp", "parents": ["world/sid"], **more})  # type: ignore[arg-type]  # what each test differs in
        job = self.base.done(self.base.deriving.request(ADMINISTRATOR, wanted))
        assert job.state is JobState.SUCCEEDED, job.message

    def change(self, **what: object) -> Job:
        return self.base.done(self.base.syncing.request(ADMINISTRATOR, request(**what)))

    def plan(self, **what: object) -> SyncOutcome:
        return self.base.syncing.plan(ADMINISTRATOR, request(**what))

    def verdicts(self, **what: object) -> dict[str, Verdict]:
        return {d.source: d.verdict for d in self.plan(**what).decisions}

    def add_local(self, name: str, version: str, base: str | None, *, build: bool = True) -> None:
        """A local change, and its binary if it was built."""
        with self.base.database.write() as transaction:
            transaction.deltas.add(
                self.suite.id,
                kind=DeltaKind.LOCAL_CHANGE,
                sources=[new_source(name, version)],
                binaries=[new_binary(name, version)] if build else [],
                base_version=base,
            )

    def add_rebuild(self, name: str, version: str, suffix: str = "Xexp1") -> None:
        with self.base.database.write() as transaction:
            binary = new_binary(name, version + suffix, source_version=version)
            transaction.deltas.add(
                self.suite.id, kind=DeltaKind.REBUILD, sources=[], binaries=[binary]
            )

    @property
    def suite(self) -> Suite:
        return self.base.suite("exp")

    def shown(self) -> dict[str, str]:
        """Binary -> version in what clients see now."""
        path = "main/binary-amd64/Packages.gz"
        with self.base.database.read() as transaction:
            publication = transaction.publications.numbered(self.suite.id, self.suite.publication)
            index = transaction.publications.find_index(publication.id, path)
        assert index is not None
        stored = self.base.store.path(index.sha256)
        return {
            fields["Package"]: fields["Version"]
            for fields in map(
                index_fields,
                self.base.formats.paragraphs(stored, path),
            )
        }


def request(**what: object) -> SyncRequest:
    return SyncRequest(archive="exp", **({"moves": True} | what))  # type: ignore[arg-type]  # as above


@pytest.fixture
def world(empty: Installation) -> World:
    with empty.database.write() as transaction:
        archive = transaction.archives.add(
            name="world", kind=ArchiveKind.EXTERNAL, at=NOW, requested_by="ann"
        )
        transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
        suite = transaction.archives.add_suite(
            archive_id=archive.id,
            name="sid",
            codename="sid",
            components=["main"],
            architectures=["amd64"],
            mirror="http://mirror.example.org/world",
        )
    made = World(base=empty, archive=archive, suite_id=suite.id)
    made.offer(START_VERSIONS)
    return made


def test_a_sync_with_parents_that_stood_still_changes_nothing(world: World) -> None:
    world.derive()

    job = world.change()

    assert job.state is JobState.SUCCEEDED
    assert job.message == "exp is as its parents are: 3 unchanged"
    assert world.suite.derivation is not None
    assert world.suite.derivation.number == 1


def test_newer_versions_come_and_new_sources_too(world: World) -> None:
    world.derive()
    world.offer({"brk": "1-2", "libfoo": "1.2-3", "new": "1"})

    planned = world.verdicts()
    job = world.change()

    assert planned == {
        "brk": Verdict.UPDATED,
        "libfoo": Verdict.UNCHANGED,
        "new": Verdict.ADDED,
        "tree": Verdict.REMOVED,
    }
    assert job.state is JobState.SUCCEEDED
    assert world.shown() == {"brk": "1-2", "libfoo": "1.2-3", "new": "1"}


def test_a_plan_changes_nothing(world: World) -> None:
    world.derive()
    world.offer({"brk": "1-2"})
    before = world.suite

    outcome = world.plan()

    assert outcome.is_new
    assert world.suite == before
    with world.base.database.read() as transaction:
        assert transaction.derivations.of_suite(before.id) == [before.derivation]


def test_a_local_change_is_kept_and_needs_a_merge_once_the_parent_moved(world: World) -> None:
    world.derive()
    world.add_local("brk", "1-1ubuntu1", "1-1")
    world.base.publish("exp")
    world.offer(START_VERSIONS | {"tree": "2-2"})
    world.change()
    kept = world.shown()
    world.offer(START_VERSIONS | {"brk": "1-2"})

    job = world.change()

    assert kept == {"brk": "1-1ubuntu1", "libfoo": "1.2-3", "tree": "2-2"}
    assert job.result is not None
    assert job.result["counts"] == {"updated": 1, "unchanged": 1, "needs-merge": 1}
    assert world.shown() == {"brk": "1-1ubuntu1", "libfoo": "1.2-3", "tree": "2-1"}


def test_a_local_change_that_is_not_built_yet_shows_what_stood_there(world: World) -> None:
    world.derive()
    world.add_local("brk", "1-1ubuntu1", "1-1", build=False)
    world.offer(START_VERSIONS | {"brk": "1-2"})

    world.change()

    assert world.shown()["brk"] == "1-1"


@pytest.mark.parametrize("selection", ["mine", "m*", "brk mine"])
def test_a_source_that_only_an_upload_brought_can_be_removed(world: World, selection: str) -> None:
    world.derive()
    world.add_local("mine", "1-1", None)
    world.base.publish("exp")
    assert "mine" in world.shown()

    planned = world.plan(moves=False, remove=selection)
    job = world.change(moves=False, remove=selection)

    sentences = {d.source: d.sentence for d in planned.decisions}
    assert sentences["mine"] == "mine 1-1 goes: it is removed here"
    assert job.state is JobState.SUCCEEDED, job.message
    assert "mine" not in world.shown()
    with pytest.raises(InvalidInputError, match="mine is removed here already"):
        world.change(moves=False, remove="mine")


def test_what_was_uploaded_and_removed_stays_away_when_a_parent_brings_it(world: World) -> None:
    world.derive()
    world.add_local("mine", "1-1", None)
    world.change(moves=False, remove="mine")
    world.offer(START_VERSIONS | {"mine": "2-1"})

    (decision,) = [d for d in world.plan().decisions if d.source == "mine"]
    world.change()
    left_out = world.shown()
    world.change(moves=False, restore="mine")

    assert decision.sentence == "mine was removed here and stays so; a parent has 2-1 now"
    assert "mine" not in left_out
    assert world.shown()["mine"] == "2-1"


def test_a_local_change_over_a_parents_source_goes_with_its_removal(world: World) -> None:
    world.derive()
    world.add_local("brk", "1-1ubuntu1", "1-1")

    (decision,) = [d for d in world.plan(moves=False, remove="brk").decisions if d.source == "brk"]
    world.change(moves=False, remove="brk")

    assert decision.sentence == "brk 1-1ubuntu1 goes: it is removed here"
    assert "brk" not in world.shown()


def test_a_rebuild_is_no_local_change(world: World) -> None:
    world.derive()
    world.add_rebuild("brk", "1-1")
    world.add_rebuild("tree", "2-1")
    world.base.publish("exp")
    before = world.shown()
    world.offer(START_VERSIONS | {"brk": "1-2"})

    world.change()

    assert before == {"brk": "1-1Xexp1", "libfoo": "1.2-3", "tree": "2-1Xexp1"}
    assert world.shown() == {"brk": "1-2", "libfoo": "1.2-3", "tree": "2-1Xexp1"}


def test_views_follow_the_sync_and_running_ones_keep_what_they_saw(world: World) -> None:
    world.derive()
    world.add_rebuild("brk", "1-1")
    world.base.publish("exp")
    with world.base.database.write() as transaction:
        before = transaction.deltas.cut_edition(world.suite.id, NOW)
    world.offer(START_VERSIONS | {"brk": "1-2"})

    world.change()

    def own(edition: int) -> set[str]:
        with world.base.database.read() as transaction:
            found = transaction.deltas.binaries_in_edition(world.suite.id, edition, None)
        return {binary.version for binary in found}

    assert own(before) == {"1-1Xexp1"}
    assert world.suite.edition > before
    assert own(world.suite.edition) == set()


def test_what_is_held_stays_until_a_sync_lets_it_go(world: World) -> None:
    world.derive()
    world.offer(START_VERSIONS | {"brk": "1-2", "tree": "2-2"})

    world.change(hold="brk")
    held = world.shown()
    world.change(moves=False, selection="all")
    still = world.shown()
    world.change()

    assert held == still == {"brk": "1-1", "libfoo": "1.2-3", "tree": "2-2"}
    assert world.shown() == {"brk": "1-2", "libfoo": "1.2-3", "tree": "2-2"}


def test_what_no_parent_has_any_more_stays_where_the_archive_says_so(world: World) -> None:
    world.derive(on_removal=OnRemoval.KEEP)
    world.offer({"brk": "1-1"})

    world.change()
    kept = world.shown()
    world.change()

    assert kept == world.shown() == START_VERSIONS


def test_removed_sources_stay_removed_and_can_be_restored(world: World) -> None:
    world.derive()

    world.change(moves=False, remove="brk,tree")
    removed = world.shown()
    world.offer(START_VERSIONS | {"brk": "1-2", "libfoo": "1.2-4"})
    world.change()
    synced = world.shown()
    world.change(moves=False, restore="brk")

    assert removed == {"libfoo": "1.2-3"}
    assert synced == {"libfoo": "1.2-4"}
    assert world.shown() == {"brk": "1-2", "libfoo": "1.2-4"}


def test_only_what_was_removed_can_be_restored(world: World) -> None:
    world.derive()
    world.change(moves=False, remove="brk")

    with pytest.raises(InvalidInputError, match="tree is not removed here") as caught:
        world.plan(moves=False, restore="tree")

    assert "brk" in str(caught.value.hint)


def test_of_the_removed_sources_those_that_a_selection_takes_are_restored(world: World) -> None:
    world.derive()
    world.change(moves=False, remove="brk,tree")

    world.change(moves=False, restore="br* and not libfoo or tr?e and libfoo")

    assert world.shown().keys() == {"brk", "libfoo"}


@pytest.mark.parametrize("expression", ["libf*", "not all", "section = games"])
def test_a_selection_that_takes_nothing_removed_restores_nothing(
    world: World, expression: str
) -> None:
    world.derive()
    world.change(moves=False, remove="brk")

    with pytest.raises(InvalidInputError, match="is not removed here") as caught:
        world.plan(moves=False, restore=expression)

    assert "brk" in str(caught.value.hint)


def test_what_is_removed_already_is_not_removed_again(world: World) -> None:
    world.derive()
    world.change(moves=False, remove="brk,tree")

    with pytest.raises(InvalidInputError, match="brk, tree is removed here already") as caught:
        world.plan(moves=False, remove="brk tree")

    assert "archive restore" in str(caught.value.hint)


def test_a_new_selection_takes_others_of_the_same_parents(world: World) -> None:
    world.derive(selection="brk")
    world.offer(START_VERSIONS | {"brk": "1-2"})

    planned = world.verdicts(moves=False, selection="lib*,tree")
    world.change(moves=False, selection="lib*,tree")

    assert planned == {
        "brk": Verdict.REMOVED,
        "libfoo": Verdict.ADDED,
        "tree": Verdict.ADDED,
    }
    assert world.shown() == {"libfoo": "1.2-3", "tree": "2-1"}
    assert set(world.base.syncing.taken(ADMINISTRATOR, "exp")) == {"libfoo", "tree"}


def test_a_selection_is_evaluated_again_at_each_sync(world: World) -> None:
    world.derive(selection="lib*")
    world.offer(START_VERSIONS | {"libbar": "1"})

    world.change()

    assert world.shown() == {"libfoo": "1.2-3", "libbar": "1"}


def test_every_derivation_is_kept_with_what_it_decided(world: World) -> None:
    world.derive()
    world.offer(START_VERSIONS | {"brk": "1-2"})
    world.change()

    derivations = world.base.syncing.derivations(ADMINISTRATOR, "exp")
    _, decisions = world.base.syncing.decisions(ADMINISTRATOR, "exp", 2)

    assert [(d.number, d.parents[0].number) for d in derivations] == [(2, 2), (1, 1)]
    assert [(d.source, d.sentence) for d in decisions] == [("brk", "brk goes from 1-1 to 1-2")]


def test_a_job_that_is_done_again_finds_what_it_did(world: World) -> None:
    world.derive()
    world.offer(START_VERSIONS | {"brk": "1-2"})
    job = world.base.syncing.request(ADMINISTRATOR, request())
    step = world.base.syncing.steps()[0]
    report = world.base.reporter(job)

    first = step.do(job, {}, report)
    second = step.do(job, {}, report)

    assert first["derivation"] == second["derivation"] == 2
    assert second["is_new"]


def test_two_changes_at_a_time_are_refused(world: World) -> None:
    world.derive()
    first = world.base.syncing.request(ADMINISTRATOR, request())

    again = world.base.syncing.request(ADMINISTRATOR, request())
    with pytest.raises(ConflictError, match=f"job {first.id} is changing exp already"):
        world.base.syncing.request(ADMINISTRATOR, request(hold="brk"))

    assert again.id == first.id


@pytest.mark.parametrize("what", [{"hold": "nope"}, {"selection": "nope"}, {"remove": "nope"}])
def test_what_selects_nothing_is_refused_at_once(world: World, what: dict[str, str]) -> None:
    world.derive()

    with pytest.raises(InvalidInputError, match="nope"):
        world.base.syncing.request(ADMINISTRATOR, request(**what))


def test_only_who_may_syncs(world: World) -> None:
    world.derive()

    with pytest.raises(NotAllowedError):
        world.base.syncing.request(BUILDER, request())
    with pytest.raises(NotAllowedError):
        world.base.syncing.plan(BUILDER, request())


def test_an_image_of_somebody_else_s_archive_is_not_synced(world: World) -> None:
    with pytest.raises(InvalidInputError, match="image of somebody else's archive"):
        world.base.syncing.request(ADMINISTRATOR, SyncRequest(archive="world", moves=True))


def test_a_derived_archive_is_a_parent_like_others(world: World) -> None:
    world.derive()
    world.add_rebuild("brk", "1-1")
    world.base.publish("exp")
    child = DeriveRequest(name="child", parents=["exp/sid"], selection="brk,tree")
    world.base.done(world.base.deriving.request(ADMINISTRATOR, child))
    before = parent_binaries(world, "child")
    world.offer(START_VERSIONS | {"tree": "2-2"})
    world.change()

    job = world.base.done(
        world.base.syncing.request(ADMINISTRATOR, SyncRequest(archive="child", moves=True))
    )

    assert before == {"brk": "1-1Xexp1", "libfoo": "1.2-3", "tree": "2-1"}
    assert job.state is JobState.SUCCEEDED
    assert parent_binaries(world, "child") == {
        "brk": "1-1Xexp1", "libfoo": "1.2-3", "tree": "2-2",
    }  # fmt: skip


def test_a_copy_of_a_derived_archive_shows_what_that_shows(world: World) -> None:
    world.derive(selection="brk")
    child = DeriveRequest(name="child", parents=["exp/sid"])

    world.base.done(world.base.deriving.request(ADMINISTRATOR, child))

    with world.base.database.read() as transaction:
        suite = transaction.archives.suites(transaction.archives.named("child").id)[0]
        publication = transaction.publications.numbered(suite.id, suite.publication)
    assert (publication.sources, publication.binaries) == (1, 1)
    assert parent_binaries(world, "child") == START_VERSIONS


def parent_binaries(world: World, name: str) -> dict[str, str]:
    """What builds of an archive see of its base."""
    derivation = world.base.suite(name).derivation
    assert derivation is not None
    with world.base.database.read() as transaction:
        found = transaction.members.binaries(derivation.base)
    return {binary.name: binary.version for binary in found}


def test_the_pool_of_a_whole_copy_is_that_of_its_parent(world: World) -> None:
    world.derive()
    world.add_rebuild("brk", "1-1")
    world.base.publish("exp")
    world.offer(START_VERSIONS | {"tree": "2-2"})
    world.change()

    def found(path: str) -> bool:
        with world.base.database.read() as transaction:
            return (
                transaction.publications.find_pool_file(world.suite.archive_id, path) is not None
            )

    place = "pool/main"
    assert found(f"{place}/b/brk/brk_1-1_amd64.deb")
    assert found(f"{place}/b/brk/brk_1-1Xexp1_amd64.deb")
    assert found(f"{place}/t/tree/tree_2-1_amd64.deb")
    assert found(f"{place}/t/tree/tree_2-2_amd64.deb")
    assert found(f"{place}/t/tree/tree_2-2.dsc")
    assert not found(f"{place}/t/tree/tree_2-3_amd64.deb")
    assert not found("t/tree/tree_2-2.dsc")
    with world.base.database.read() as transaction:
        own = transaction.publications.of_suite(world.suite.id)
    assert own[0].bytes > 0


def test_an_own_file_never_takes_the_path_of_a_parent_s(world: World) -> None:
    world.derive()
    with world.base.database.write() as transaction:
        transaction.deltas.add(
            world.suite.id,
            kind=DeltaKind.LOCAL_CHANGE,
            sources=[],
            binaries=[new_binary("tree", "2-2", content="of our own")],
        )
    world.base.publish("exp")
    world.offer(START_VERSIONS | {"tree": "2-2"})

    before = world.suite

    job = world.change()
    held = world.change(hold="tree")

    assert job.state is JobState.FAILED
    assert job.message == (
        "tree 2-2 amd64 was made here, and a parent has it with other bytes now"
    )
    assert job.error is not None
    assert job.error["hint"] == "leave it where it is: --hold tree"
    assert before.publication == 2
    assert held.state is JobState.SUCCEEDED
    assert world.suite.derivation != before.derivation


NAMES = st.sampled_from(["a", "b", "c"])
PARENT = st.dictionaries(NAMES, st.sampled_from(["1", "2", "3"]), min_size=1)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), PARENT),
        st.tuples(st.just("local"), NAMES),
        st.tuples(st.just("rebuild"), NAMES),
        st.tuples(st.just("sync"), st.sampled_from([None, "a", "b"])),
    ),
    max_size=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=EVENTS)
def test_no_history_of_parent_and_child_loses_a_local_change(
    world: World, events: list[tuple[str, object]]
) -> None:
    """Whatever happens, a name with a local change shows the newest local change."""
    name = f"exp{sha256_of(str(events))[:12]}"
    world.offer({"a": "1", "b": "1", "c": "1"})
    derived = DeriveRequest(name=name, parents=["world/sid"], tag="exp")
    world.base.done(world.base.deriving.request(ADMINISTRATOR, derived))
    suite = world.base.suite(name)
    locals_made: dict[str, str] = {}
    for number, (kind, what) in enumerate(events):
        if kind == "offer":
            assert isinstance(what, dict)
            world.offer(what)
        elif kind == "sync":
            wanted = SyncRequest(
                archive=name, moves=True, hold=None if what is None else str(what)
            )
            try:
                job = world.base.done(world.base.syncing.request(ADMINISTRATOR, wanted))
                assert job.state is JobState.SUCCEEDED
            except InvalidInputError:  # what was to be held is not there
                continue
        else:
            made = make_own(world, suite, kind, str(what), number)
            if made is not None:
                locals_made[str(what)] = made
    world.base.publish(name)

    with world.base.database.read() as transaction:
        now = transaction.archives.suite(suite.id)
        shown = transaction.deltas.published_binaries(suite.id, now.publication)
    versions = {binary.name: binary.version for binary in shown}
    for source, version in locals_made.items():
        assert versions[source] == version


def make_own(world: World, suite: Suite, kind: str, name: str, number: int) -> str | None:
    """A local change or a rebuild of what the archive has now; the version of a local one."""
    with world.base.database.write() as transaction:
        derivation = transaction.archives.suite(suite.id).derivation
        assert derivation is not None
        there = {s.name: s.version for s in transaction.members.sources(derivation.base)}
        base = there.get(name)
        if kind == "rebuild":
            local = transaction.deltas.local_changes(suite.id)
            if base is None or name in local:
                return None
            binary = new_binary(name, f"{base}Xexp{number}", source_version=base)
            transaction.deltas.add(suite.id, kind=DeltaKind.REBUILD, sources=[], binaries=[binary])
            return None
        version = f"9{number}-local1"
        transaction.deltas.add(
            suite.id,
            kind=DeltaKind.LOCAL_CHANGE,
            sources=[new_source(name, version)],
            binaries=[new_binary(name, version)],
            base_version=base,
        )
        return version


def test_members_of_a_composed_base_are_shared_between_derivations(world: World) -> None:
    world.derive()
    world.offer(START_VERSIONS | {"brk": "1-2"})
    world.change(hold="brk")
    world.offer(START_VERSIONS | {"brk": "1-2", "tree": "2-2"})
    world.change(hold="brk")

    with world.base.database.read() as transaction:
        derivations = transaction.derivations.of_suite(world.suite.id)
        bases = [derivation.base for derivation in derivations]
        first = transaction.members.changed_names(
            bases[0].suite_id, bases[0].number, bases[1].number
        )

    assert bases[0].suite_id == bases[1].suite_id != bases[2].suite_id
    assert bases[2] == Membership(suite_id=world.suite_id, number=1)
    assert first == ({"tree"}, {"tree"})


def campaigns_of(world: World) -> list[Campaign]:
    with world.base.database.read() as transaction:
        return transaction.campaigns.of_archive(transaction.archives.named("exp").id)


def test_a_policy_has_each_sync_rebuild_what_it_updated(world: World) -> None:
    world.derive()
    world.base.set("exp", policy=RebuildPolicy.ON_EVERY_SYNC)
    world.offer(START_VERSIONS | {"libfoo": "1.2-4"})

    job = world.change()

    [campaign] = campaigns_of(world)
    assert "campaign 1 rebuilds what it updated" in job.message
    assert (campaign.requested_by, campaign.reason) == (
        "vostok", f"policy on-every-sync: updated by derivation 2, job {job.id}",
    )  # fmt: skip
    assert [build.source for build in world.base.builds_of(campaign)] == ["libfoo"]


def test_the_step_that_rebuilds_made_twice_is_made_once(world: World) -> None:
    world.derive()
    world.base.set("exp", policy=RebuildPolicy.ON_EVERY_SYNC)
    world.offer(START_VERSIONS | {"libfoo": "1.2-4"})
    job = world.change()
    carry = {"is_new": True, "derivation": 2, "message": "synced"}

    step = SyncRebuilds(world.base.database, world.base.rebuilding).step()
    after = step.do(job, carry, world.base.reporter(job))

    assert after["message"] == "synced; campaign 1 rebuilds what it updated"
    assert len(campaigns_of(world)) == 1


def test_a_sync_rebuilds_nothing_unless_the_policy_says_so(world: World) -> None:
    world.derive()
    world.offer(START_VERSIONS | {"libfoo": "1.2-4"})

    world.change()

    assert campaigns_of(world) == []
