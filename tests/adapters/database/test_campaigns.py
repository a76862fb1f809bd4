"""Campaigns, and the counter of rebuilds of each source."""

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import Stage, add_campaign, add_derived
from tests.builders import NOW, new_build

from vostok.domain.build import BuildState
from vostok.domain.campaign import CampaignState
from vostok.errors import ConflictError, NotFoundError


def take(stage: Stage, **numbers: int) -> None:
    with stage.write() as transaction:
        transaction.campaigns.take_rebuild_numbers(stage.archive.id, numbers)


def last_numbers(stage: Stage) -> dict[str, int]:
    with stage.read() as transaction:
        return transaction.campaigns.last_rebuild_numbers(stage.archive.id)


def test_a_campaign_keeps_who_asked_why_and_for_what(stage: Stage) -> None:
    with stage.write() as transaction:
        campaign = transaction.campaigns.add(
            stage.archive.id,
            reason="gcc 13 is coming",
            requested_by="andrea",
            selection="hello, lib*",
            architectures=["amd64", "arm64"],
            toolchain_id=None,
            dependencies="own",
            at=NOW,
        )

    with stage.read() as transaction:
        assert transaction.campaigns.by_id(campaign.id) == campaign
        assert transaction.campaigns.numbered(stage.archive.id, 1) == campaign
    assert (campaign.archive, campaign.number, campaign.created_at) == ("trial", 1, NOW)
    assert (campaign.reason, campaign.requested_by) == ("gcc 13 is coming", "andrea")
    assert (campaign.selection, campaign.architectures) == ("hello, lib*", ("amd64", "arm64"))
    assert (campaign.toolchain_id, campaign.dependencies) == (None, "own")
    assert campaign.state is CampaignState.PREPARING


def test_campaigns_are_numbered_by_archive_and_listed_newest_first(stage: Stage) -> None:
    with stage.write() as transaction:
        other, _ = add_derived(transaction, "other", stage.parent_suite)
        numbers = [add_campaign(transaction, stage.archive.id).number for _ in range(3)]
        elsewhere = add_campaign(transaction, other.id).number
        listed = [c.number for c in transaction.campaigns.of_archive(stage.archive.id)]

    assert (numbers, elsewhere, listed) == ([1, 2, 3], 1, [3, 2, 1])


def test_a_number_without_a_campaign_is_named(stage: Stage) -> None:
    with stage.read() as transaction, pytest.raises(NotFoundError, match="no campaign 9"):
        transaction.campaigns.numbered(stage.archive.id, 9)


def test_state_and_sentence_are_of_one_campaign(stage: Stage) -> None:
    with stage.write() as transaction:
        first = add_campaign(transaction, stage.archive.id)
        second = add_campaign(transaction, stage.archive.id)
        transaction.campaigns.set_state(first.id, CampaignState.FAILED, "no compiler")

        failed = transaction.campaigns.by_id(first.id)
        assert (failed.state, failed.sentence) == (CampaignState.FAILED, "no compiler")
        assert transaction.campaigns.by_id(second.id) == second


def test_builds_are_counted_by_campaign_and_state(stage: Stage) -> None:
    first = stage.request(
        new_build(stage.hello_id), new_build(stage.hello_id, architecture="arm64")
    )
    stage.move(first[0], BuildState.CANCELLED)
    second = stage.request(new_build(stage.hello_id, rebuild_no=2))
    ids = [build.campaign_id for build in (first[0], second[0]) if build.campaign_id is not None]

    with stage.read() as transaction:
        counts = transaction.campaigns.counts([*ids, 999])

    assert counts == {ids[0]: {"cancelled": 1, "needs-build": 1}, ids[1]: {"needs-build": 1}}


def test_campaigns_asked_for_at_once_get_different_numbers(stage: Stage) -> None:
    def ask() -> int:
        with stage.write() as transaction:
            return add_campaign(transaction, stage.archive.id).number

    outcomes = outcomes_at_once([ask] * 4)

    assert set(outcomes) == {1, 2, 3, 4}


def test_a_number_taken_is_remembered_for_its_source_and_archive(stage: Stage) -> None:
    with stage.write() as transaction:
        other, _ = add_derived(transaction, "other", stage.parent_suite)

    take(stage, hello=1, world=1)
    take(stage, hello=2)
    take(stage)

    with stage.read() as transaction:
        elsewhere = transaction.campaigns.last_rebuild_numbers(other.id)
    assert last_numbers(stage) == {"hello": 2, "world": 1}
    assert elsewhere == {}


@pytest.mark.parametrize("number", [1, 2])
def test_a_number_given_before_or_a_lower_one_is_refused(stage: Stage, number: int) -> None:
    take(stage, hello=2)

    with pytest.raises(ConflictError, match="of 2 rebuild numbers 1 were given"):
        take(stage, hello=number, world=1)

    assert last_numbers(stage) == {"hello": 2}


def test_of_two_that_take_a_number_at_once_one_is_refused(stage: Stage) -> None:
    take(stage, hello=1)

    outcomes = outcomes_at_once([lambda: take(stage, hello=2)] * 2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "NoneType"]
    assert last_numbers(stage) == {"hello": 2}


def test_the_numbers_of_a_campaign_s_builds_are_taken_in_a_set(stage: Stage) -> None:
    source = stage.add_source("hello")
    with stage.write() as transaction:
        campaign = add_campaign(transaction, stage.archive.id)
        transaction.builds.add(
            stage.archive.id,
            stage.suite.id,
            campaign.id,
            [
                new_build(source, "hello", rebuild_no=4),
                new_build(source, "hello", rebuild_no=4, architecture="all"),
            ],
            score=0,
            actor="andrea",
            at=NOW,
            why="requested",
        )
        transaction.campaigns.take_numbers_of_builds(
            campaign.id, BuildState.NEEDS_BUILD, sources=1
        )
        transaction.campaigns.take_numbers_of_builds(campaign.id, BuildState.PLANNED, sources=0)

    assert last_numbers(stage) == {"hello": 4}
    with (
        pytest.raises(ConflictError, match="of 1 rebuild numbers 1 were given"),
        stage.write() as transaction,
    ):
        transaction.campaigns.take_numbers_of_builds(
            campaign.id, BuildState.NEEDS_BUILD, sources=1
        )
