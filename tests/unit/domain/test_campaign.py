"""What people see of a campaign."""

import pytest

from vostok.domain.build import LIVE_STATES, BuildState
from vostok.domain.campaign import (
    SCORE_OF_REBUILDS,
    CampaignPhase,
    CampaignState,
    campaign_summary,
)


def test_rebuilds_come_after_normal_builds() -> None:
    assert SCORE_OF_REBUILDS < 0


@pytest.mark.parametrize("state", [CampaignState.PREPARING, CampaignState.FAILED])
def test_a_campaign_that_is_not_ready_says_its_own_sentence(state: CampaignState) -> None:
    assert campaign_summary(state, {"needs-build": 2}, "because") == (
        CampaignPhase(state),
        "because",
    )


@pytest.mark.parametrize("live", sorted(LIVE_STATES))
def test_a_campaign_with_a_live_build_is_running(live: BuildState) -> None:
    counts: dict[str, int] = {live: 2, BuildState.BUILT: 3, BuildState.FAILED: 1}

    assert campaign_summary(CampaignState.READY, counts, "") == (
        "running",
        "4 of 6 builds have ended, 3 of them built",
    )


@pytest.mark.parametrize("ended", sorted(set(BuildState) - LIVE_STATES - {BuildState.BUILT}))
def test_a_campaign_without_live_builds_is_finished(ended: BuildState) -> None:
    counts: dict[str, int] = {ended: 2, BuildState.BUILT: 3}

    assert campaign_summary(CampaignState.READY, counts, "") == (
        "finished",
        "3 of 5 built, 2 not",
    )
