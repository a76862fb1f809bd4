"""The job that makes ready what the builds of a campaign need: toolchain, view, sources."""

from vostok.domain.archive import Archive, Suite
from vostok.domain.campaign import (
    Campaign,
    CampaignKind,
    CampaignState,
)
from vostok.domain.job import Job
from vostok.errors import InvalidInputError
from vostok.services.building.builds import BuildService
from vostok.services.describing.records import workload_document
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, Step
from vostok.services.ports import Clock
from vostok.services.rebuilding.no_change_sources import NoChangeSources
from vostok.services.repositories import Database
from vostok.services.selection.estimating import estimated, sizes_of, slot_of
from vostok.services.toolchains.swapping import SwapService
from vostok.services.views.editions import ViewService, base_of, derivation_of
from vostok.services.views.named_packages import named_by


class PreparingService:
    """Makes campaigns ready, and ends those that cannot be."""

    def __init__(
        self,
        database: Database,
        swaps: SwapService,
        views: ViewService,
        builds: BuildService,
        sources: NoChangeSources,
        clock: Clock,
    ) -> None:
        self._database = database
        self._swaps = swaps
        self._views = views
        self._builds = builds
        self._sources = sources
        self._clock = clock

    def steps(self) -> list[Step]:
        """The parts of the job that makes a campaign ready."""
        return [
            Step(name="toolchain", do=self._swap_toolchain),
            Step(name="view", do=self._make_view),
            Step(name="sources", do=self._make_sources),
            Step(name="estimate", do=self._keep_estimate),
        ]

    def give_up(self, job: Job, reason: str) -> None:
        """End a campaign that could not be made ready, with its builds."""
        campaign_id = campaign_of(job)
        with self._database.write() as transaction:
            is_ready = transaction.campaigns.by_id(campaign_id).state is CampaignState.READY
            if not is_ready:
                transaction.campaigns.set_state(campaign_id, CampaignState.FAILED, reason)
        if is_ready:  # its other builds may run by now
            self._builds.cancel_sourceless(campaign_id, actor="vostok", reason=reason)
            return
        self._builds.cancel_campaign(campaign_id, actor="vostok", reason=reason)

    def _swap_toolchain(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        campaign, archive, suite = self._load(job)
        if campaign.toolchain_id is not None:
            self._swaps.prepare(archive, suite, campaign.toolchain_id, report)
        return {}

    def _make_view(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("making the view that builds see")
        campaign, archive, suite = self._load(job)
        if campaign.kind is CampaignKind.CONTROL:
            return self._ready(campaign)  # its views are those in which the builds failed
        with self._database.write() as transaction:
            # What the toolchain names may wait for an edition, and must be in this one.
            is_idle = not transaction.builds.running(archive.id) or bool(
                named_by(transaction, campaign.toolchain_id)
            )
            suite = self._views.cut_edition_if_due(transaction, suite, is_idle=is_idle)
            view = transaction.publications.ensure_view(
                suite.id,
                derivation=derivation_of(suite).number,
                edition=suite.edition,
                toolchain_id=campaign.toolchain_id,
                dependencies=campaign.dependencies,
                at=self._clock.now(),
            )
        self._views.ensure_indexed(view.id)
        report.note(f"builds see edition {suite.edition} of derivation {view.derivation}")
        return self._ready(campaign)

    def _ready(self, campaign: Campaign) -> Carry:
        with self._database.write() as transaction:
            transaction.campaigns.set_state(
                campaign.id, CampaignState.READY, "its builds may start"
            )
        return {
            "message": f"campaign {campaign.number} of {campaign.archive}: its builds may start",
            "campaign": campaign.number,
        }

    def _make_sources(self, job: Job, carry: Carry, report: Reporter) -> Carry:
        """After the campaign is ready, so that binary-only builds start at once."""
        self._sources.make(campaign_of(job), report)
        return carry

    def _keep_estimate(self, job: Job, carry: Carry, _report: Reporter) -> Carry:
        """Last, so that no build waits for it.

        Builds may run by now: a campaign whose builds cannot be estimated goes on without.
        """
        campaign, _, suite = self._load(job)
        try:
            with self._database.read() as transaction:
                slots = [slot_of(build) for build in transaction.builds.of_campaign(campaign.id)]
                base = base_of(suite)
                sizes = sizes_of(transaction, base)
                expected = estimated(transaction, base, sizes, slots, None)
        except InvalidInputError:  # a graph over its bounds
            return carry
        with self._database.write() as transaction:
            transaction.campaigns.set_estimate(campaign.id, workload_document(expected))
        return carry

    def _load(self, job: Job) -> tuple[Campaign, Archive, Suite]:
        with self._database.read() as transaction:
            campaign = transaction.campaigns.by_id(campaign_of(job))
            archive = transaction.archives.named(campaign.archive)
            return campaign, archive, transaction.archives.suites(archive.id)[0]


def campaign_of(job: Job) -> int:
    """The identifier of the campaign that a job prepares."""
    return int(str(job.arguments["campaign_id"]))
