"""Requests beside those that are under way: equal ones coalesce, others name what they meet."""

from collections.abc import Mapping
from dataclasses import replace

from vostok.domain.archive import Archive
from vostok.domain.build import LIVE_STATES, BuildState
from vostok.domain.campaign import Campaign, CampaignState
from vostok.domain.job import Job, JobKind
from vostok.domain.rebuild_plan import Plan
from vostok.services.repositories import Transaction

ALREADY_BUILDING = "already-building"
_UNFINISHED = LIVE_STATES | {BuildState.PLANNED}


def equal_campaign(
    transaction: Transaction,
    archive: Archive,
    document: Mapping[str, object],
    *,
    toolchain_id: int | None,
) -> tuple[Campaign, Job] | None:
    """The campaign that the same request made, if all of its builds are unfinished.

    Returns:
        It and the job that made ready for it; None if there is none, or the job is too long ago.
    """
    for campaign in transaction.campaigns.of_archive(archive.id):
        if campaign.state is CampaignState.FAILED or campaign.toolchain_id != toolchain_id:
            continue
        if dict(campaign.request) != dict(document):
            continue
        counts = transaction.campaigns.counts([campaign.id]).get(campaign.id, {})
        if not counts or not counts.keys() <= _UNFINISHED:
            continue
        for job in transaction.jobs.newest(archive.name, kinds={JobKind.PREPARE_CAMPAIGN}):
            if job.arguments.get("campaign_id") == campaign.id:
                return campaign, job
    return None


def with_builds_named(transaction: Transaction, archive: Archive, plan: Plan) -> Plan:
    """The plan, its refusals of sources under way naming build and campaign."""
    if all(refusal.code != ALREADY_BUILDING for refusal in plan.refused):
        return plan
    live = transaction.builds.unfinished_of_sources(archive.id)
    refused = []
    for refusal in plan.refused:
        found = live.get(refusal.source) if refusal.code == ALREADY_BUILDING else None
        if found is None:
            refused.append(refusal)
            continue
        build_id, campaign = found
        of = "an upload" if campaign is None else f"campaign {campaign}"
        sentence = f"{refusal.sentence}: build {build_id} of {of}"
        refused.append(replace(refusal, sentence=sentence))
    return replace(plan, refused=tuple(refused))
