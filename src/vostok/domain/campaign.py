"""A campaign: one rebuild request over many sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vostok.domain.build import LIVE_STATES, BuildState
from vostok.domain.counting import counted
from vostok.domain.rebuild_version.schemes import VersionScheme

REASON_LENGTH_MAX = 2_000
SCORE_OF_REBUILDS = -100
"""Below 0, the score of a normal build, so that a rebuild never starves one."""


class CampaignState(StrEnum):
    """How far a campaign is, apart from its builds."""

    PREPARING = "preparing"
    READY = "ready"
    FAILED = "failed"


class CampaignPhase(StrEnum):
    """How far a campaign is with its builds, as people see it."""

    PREPARING = "preparing"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class CampaignKind(StrEnum):
    """What a campaign is for."""

    REBUILD = "rebuild"
    CONTROL = "control"
    """Failures of another campaign, built again with the parent's toolchain."""
    NO_CHANGE = "no-change"
    """New sources that differ by one changelog entry, of what has none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One request: who, why, which sources, with which toolchain."""

    id: int
    archive_id: int
    archive: str
    number: int
    reason: str
    requested_by: str
    selection: str
    architectures: tuple[str, ...]
    toolchain_id: int | None
    dependencies: str
    kind: CampaignKind
    scheme: VersionScheme
    score: int
    request: Mapping[str, object]
    """Everything that was asked, as it was asked."""
    state: CampaignState
    sentence: str
    created_at: datetime


def campaign_summary(
    state: CampaignState, counts: Mapping[str, int], sentence: str
) -> tuple[CampaignPhase, str]:
    """(state, sentence) of a campaign as people see it."""
    if state is not CampaignState.READY:
        return CampaignPhase(state), sentence
    total = sum(counts.values())
    live = sum(counts.get(live_state, 0) for live_state in LIVE_STATES)
    built = counts.get(BuildState.BUILT, 0)
    if live:
        builds = counted(total, "build has", "builds have")
        return CampaignPhase.RUNNING, f"{total - live} of {builds} ended, {built} of them built"
    return CampaignPhase.FINISHED, f"{built} of {total} built, {total - built} not"
