"""Syncs and selections, over a parent whose snapshots the tests make up."""

import pytest
from tests.builders import NOW
from tests.services.installation import ADMINISTRATOR, BUILDER
from tests.services.moving_parent import START_VERSIONS, World, request

from vostok.domain.access import Principal, Role
from vostok.domain.archive import RebuildPolicy
from vostok.domain.campaign import Campaign
from vostok.domain.job import JobState
from vostok.domain.package import Membership
from vostok.domain.rights import Right, Rights
from vostok.domain.sync import Verdict
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.rebuilding.sync_rebuilds import SyncRebuilds


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


def test_another_selection_of_one_parent_is_tried_while_others_write_and_then_done_so(
    world: World,
) -> None:
    world.derive(selection="brk")
    world.offer(START_VERSIONS | {"brk": "1-2"})

    for selection in ("lib*,tree", "all", "all", "tree"):
        with world.base.database.write():
            planned = world.plan(moves=False, selection=selection)
        world.change(moves=False, selection=selection)

        after = world.suite.derivation
        assert after is not None
        told = (planned.after.number, planned.after.taken, planned.after.selection)
        assert told == (after.number, after.taken, after.selection)
        if planned.is_new:
            _, decided = world.base.syncing.decisions(ADMINISTRATOR, "exp", after.number)
            changing = [d for d in planned.decisions if d.verdict is not Verdict.UNCHANGED]
            assert changing == list(decided)
        reasons = world.base.syncing.taken(ADMINISTRATOR, "exp")
        assert planned.reasons.items() <= reasons.items() or after.is_all

    assert world.suite.derivation is not None
    assert world.suite.derivation.number == 4


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


def test_who_may_merge_syncs_and_holds_and_selects_nothing(world: World) -> None:
    world.derive()
    world.offer({"brk": "1-2"})
    rights = Rights(by_archive={"exp": frozenset({Right.MERGE})})
    meg = Principal(name="meg", role=Role.MEMBER, person_id=7, rights=rights)
    sync = world.base.syncing

    planned = sync.plan(meg, SyncRequest(archive="exp", moves=True, hold="brk"))
    job = sync.request(meg, SyncRequest(archive="exp", moves=True))

    assert Verdict.HELD in planned.counts
    assert job.requested_by == "meg"
    for what in ({"selection": "brk"}, {"remove": "brk"}, {"restore": "brk"}):
        for moves in (False, True):
            wanted = SyncRequest(archive="exp", moves=moves, **what)
            for ask in (sync.plan, sync.request):
                with pytest.raises(NotAllowedError, match="meg may not select sources: exp"):
                    ask(meg, wanted)
    with pytest.raises(NotAllowedError, match="meg may not select sources: exp"):
        sync.selected_count(meg, "exp", "brk")


def test_an_image_of_somebody_else_s_archive_is_not_synced(world: World) -> None:
    with pytest.raises(InvalidInputError, match="image of somebody else's archive"):
        world.base.syncing.request(ADMINISTRATOR, SyncRequest(archive="world", moves=True))


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
