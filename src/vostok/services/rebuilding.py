"""Requests to rebuild: the plan, the campaign, and what must be ready before its builds start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from vostok.debian.excerpt import excerpt
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, Suite
from vostok.domain.build import Build, BuildState, NewBuild
from vostok.domain.build_change import check_score
from vostok.domain.build_profile import NO_WORDS, BuildWords, check_words, words_of
from vostok.domain.campaign import (
    REASON_LENGTH_MAX,
    SCORE_OF_REBUILDS,
    Campaign,
    CampaignKind,
    CampaignState,
)
from vostok.domain.counting import counted
from vostok.domain.job import Job, JobKind
from vostok.domain.publication import ALL
from vostok.domain.quota import Asked
from vostok.domain.rebuild_form import FormChoice, Scope, Skew
from vostok.domain.rebuild_plan import Plan, Refusal, plan_rebuild
from vostok.domain.rebuild_policy import check_rebuildable
from vostok.domain.rebuild_request import (
    NO_FILTERS,
    Filters,
    SourceTests,
    unrecorded_words,
)
from vostok.domain.workload import Slot, Workload
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.audit import note
from vostok.services.building import BuildService
from vostok.services.claims import own_words
from vostok.services.controls import list_controls
from vostok.services.describing import workload_document
from vostok.services.estimating import check_builders, estimated, sizes_of
from vostok.services.job_runner import Carry, JobService, Reporter, Step
from vostok.services.named_packages import named_by
from vostok.services.no_change_requests import without_made
from vostok.services.no_change_sources import NoChangeSources
from vostok.services.ports import Clock
from vostok.services.quotas import hold_room, look_for_room
from vostok.services.rebuild_candidates import wanted_sources
from vostok.services.rebuild_filters import filtered, unrecorded
from vostok.services.rebuild_requests import equal_campaign, with_builds_named
from vostok.services.repositories import Database, Transaction
from vostok.services.request_keys import RequestKeys
from vostok.services.source_limits import within_rights
from vostok.services.successors import begun_by_request, end_planned
from vostok.services.swapping import SwapService
from vostok.services.toolchains import ToolchainService
from vostok.services.version_facts import habits_of, marking_of
from vostok.services.views import ViewService, base_of, derivation_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildRequest:
    """What somebody asks to be rebuilt."""

    archive: str
    selection: str
    reason: str
    toolchain: str | None = None
    """The archive's own by default."""
    architectures: Sequence[str] | None = None
    filters: Filters = NO_FILTERS
    tests: SourceTests | None = None
    """Whether builds run them; None: as the toolchain says."""
    score: int = SCORE_OF_REBUILDS
    control: int | None = None
    """Number of the campaign whose failures are built again with the parent's toolchain."""
    is_no_change: bool = False
    """Whether new sources are wanted, of what has none yet."""
    form: FormChoice = FormChoice.AUTO
    skew: Skew = Skew.REFUSE
    idempotency_key: str | None = None
    """Of the sender's choice; the same request with it gets the same campaign."""
    build_profiles: Sequence[str] = ()
    build_options: Sequence[str] = ()

    @property
    def words(self) -> BuildWords:
        """The build profiles and options that are asked for."""
        return BuildWords(
            options=tuple(dict.fromkeys(self.build_options)),
            profiles=tuple(dict.fromkeys(self.build_profiles)),
        )

    @property
    def kind(self) -> CampaignKind:
        """What its campaign is for."""
        if self.control is not None:
            return CampaignKind.CONTROL
        return CampaignKind.NO_CHANGE if self.is_no_change else CampaignKind.REBUILD

    def document(self) -> dict[str, object]:
        """Everything that is asked, as it is stored and shown."""
        return {
            "selection": self.selection,
            "reason": self.reason,
            "toolchain": self.toolchain,
            "architectures": None if self.architectures is None else list(self.architectures),
            "failed": self.filters.failed,
            "built_with": self.filters.built_with,
            "built_on": self.filters.built_on,
            "older_than": self.filters.older_than,
            "tests": self.tests,
            "score": self.score,
            "control": self.control,
            "no_change": self.is_no_change,
            "form": self.form,
            "skew": self.skew,
            "build_profiles": list(self.words.profiles),
            "build_options": list(self.words.options),
        }


class Requested(NamedTuple):
    """The campaign that a request made, and the job that makes ready for it."""

    campaign: Campaign
    job: Job
    is_joined: bool
    """Whether an equal request had made it already: nothing new is stored then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of a request, and which of its sources were refused at that moment."""

    requested: Requested
    refused: Sequence[Refusal] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Considered:
    """A request with everything it is decided from."""

    archive: Archive
    suite: Suite
    toolchain_id: int | None
    architectures: tuple[str, ...]
    plan: Plan


class RebuildService:
    """Plans and makes campaigns."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        toolchains: ToolchainService,
        swaps: SwapService,
        views: ViewService,
        builds: BuildService,
        sources: NoChangeSources,
        clock: Clock,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._toolchains = toolchains
        self._swaps = swaps
        self._views = views
        self._builds = builds
        self._sources = sources
        self._clock = clock
        self._keys = RequestKeys(clock)

    def check(self, principal: Principal, name: str) -> None:
        """Nothing, if the principal may ask for rebuilds of an archive now.

        Raises:
            InvalidInputError: it is an image of somebody else's.
            ConflictError: it is not active, or its policy forbids them.
        """
        require(principal, Action.REQUEST_REBUILD, name)
        with self._database.read() as transaction:
            check_rebuildable(transaction.archives.named(name))

    def plan(self, principal: Principal, request: RebuildRequest) -> Plan:
        """What the request would do, decided as for a real one."""
        _require(principal, request)
        with self._database.read() as transaction:
            considered = self._considered(transaction, principal, request)
            return _joining(transaction, principal, request, considered)

    def estimate(
        self, principal: Principal, request: RebuildRequest, *, builders: int | None = None
    ) -> tuple[Plan, Workload]:
        """What the request would do, and what its builds would take.

        Args:
            principal: who asks.
            request: as for a real one.
            builders: how many each architecture has; None: those known here.

        Raises:
            InvalidInputError: as for a real request, or no such number of builders.
        """
        check_builders(builders)
        _require(principal, request)
        with self._database.read() as transaction:
            considered = self._considered(transaction, principal, request)
            slots = [_slot(build) for build in considered.plan.accepted]
            base = base_of(considered.suite)
            sizes = sizes_of(transaction, base)
            plan = _joining(transaction, principal, request, considered)
            return plan, estimated(transaction, base, sizes, slots, builders)

    def request(self, principal: Principal, request: RebuildRequest) -> Requested:
        """What `answer` says but what was refused."""
        return self.answer(principal, request).requested

    def answer(self, principal: Principal, request: RebuildRequest) -> Answered:
        """A campaign with all its build records, and the job that makes ready for them.

        The same request with the same key is answered with what it became. So is an equal one
        whose builds are all unfinished, and that leaves nothing else to build.

        Raises:
            NotAllowedError: the principal may not ask for it, or not with this score.
            ConflictError: the archive's policy forbids it, or nothing of it can be rebuilt.
            InvalidInputError: selection, reason, toolchain or architecture is not acceptable.
        """
        _require(principal, request)
        key = request.idempotency_key
        with self._database.write() as transaction:
            # One after the other, so that of two equal requests the second sees the first.
            transaction.archives.lock(transaction.archives.named(request.archive).id)
            known = self._keys.find(transaction, principal, key, request)
            if known is not None:
                campaign = transaction.campaigns.by_id(_campaign_id(known))
                return Answered(requested=Requested(campaign, known, is_joined=True))
            answered = self._answered(transaction, principal, request)
            self._keys.remember(transaction, principal, key, request, answered.requested.job)
            return answered

    def _answered(
        self, transaction: Transaction, principal: Principal, request: RebuildRequest
    ) -> Answered:
        considered = self._considered(transaction, principal, request)
        if considered.plan.accepted:
            hold_room(transaction, principal, considered.archive, _asked(transaction, considered))
            requested = self._store(transaction, principal, request, considered)
            return Answered(requested=requested, refused=considered.plan.refused)
        equal = equal_campaign(
            transaction,
            considered.archive,
            request.document(),
            toolchain_id=considered.toolchain_id,
        )
        if equal is not None:
            campaign, job = equal
            return Answered(requested=Requested(campaign, job, is_joined=True))
        reasons = [refusal.sentence for refusal in considered.plan.refused[:3]]
        command = "nochange" if request.is_no_change else "request"
        raise ConflictError(
            f"nothing of it can be rebuilt: {'; '.join(reasons)}",
            hint=f"look at all reasons: vostok rebuild {command} {request.archive} … --dry-run",
            reason="nothing-to-rebuild",
        )

    def _considered(
        self, transaction: Transaction, principal: Principal, request: RebuildRequest
    ) -> _Considered:
        """The request with what it comes to, of which the principal may ask for all."""
        found = self._as_if_allowed(transaction, request)
        plan = within_rights(transaction, principal, found.archive, found.suite, found.plan)
        return replace(found, plan=plan)

    def _as_if_allowed(self, transaction: Transaction, request: RebuildRequest) -> _Considered:
        if not request.reason.strip() or len(request.reason) > REASON_LENGTH_MAX:
            raise InvalidInputError(
                f"a rebuild needs a reason of 1 to {REASON_LENGTH_MAX} characters",
                hint="say why: --reason TEXT",
            )
        check_score(request.score)
        check_words(request.words, request.tests)
        archive = transaction.archives.named(request.archive)
        check_rebuildable(archive)
        suite = transaction.archives.suites(archive.id)[0]
        architectures = _wanted(suite, request.architectures)
        if request.control is not None:
            return _controlled(transaction, request, archive, suite, architectures)
        toolchain_id = archive.toolchain_id
        if request.toolchain is not None:
            toolchain = transaction.toolchains.named(request.toolchain)
            self._toolchains.check_possible(
                transaction, toolchain, base_of(suite), architectures, archive.name, suite
            )
            toolchain_id = toolchain.id
        parts = _parts(request, architectures)
        scope = Scope(
            architectures=parts,
            enabled=suite.architectures,
            architecture_of_all=suite.architecture_of_all,
            form=FormChoice.SOURCE if request.is_no_change else request.form,
            skew=request.skew,
        )
        selected = wanted_sources(
            transaction,
            archive,
            suite,
            request.selection,
            is_for_a_part=not set(suite.architectures) <= set(parts),
        )
        if not len(selected):
            raise ConflictError(
                f"nothing that {archive.name} takes is selected by {excerpt(request.selection)}",
                hint=f"see what is: vostok selection preview {archive.name} EXPR",
                reason="nothing-selected",
            )
        taken = selected.names
        meant = filtered(transaction, archive, request.filters, taken=taken, architectures=parts)
        unknown = unrecorded(
            transaction, archive, request.filters, taken=taken, architectures=parts
        )
        if not meant:
            raise ConflictError(
                "none of the selected sources is meant by the filters" + unrecorded_words(unknown),
                hint="ask for less: without --failed, --built-with, --built-on, --older-than",
                reason="nothing-meant",
            )
        wanted = selected if request.filters.is_empty else selected.among(meant)
        made: list[Refusal] = []
        if request.is_no_change:
            wanted, made = without_made(transaction, archive, wanted, request.reason.strip())
        plan = plan_rebuild(
            wanted.candidates,
            scope,
            plain=wanted.plain,
            marking=marking_of(transaction, archive, suite),
            habits=habits_of(transaction, archive, suite),
            is_partial=_is_partial(transaction, request, toolchain_id),
        )
        return _Considered(
            archive=archive,
            suite=suite,
            toolchain_id=toolchain_id,
            architectures=architectures,
            plan=with_builds_named(
                transaction,
                archive,
                replace(plan, refused=(*made, *plan.refused), unrecorded=unknown),
            ),
        )

    def _store(
        self,
        transaction: Transaction,
        principal: Principal,
        request: RebuildRequest,
        considered: _Considered,
    ) -> Requested:
        archive, plan = considered.archive, considered.plan
        now = self._clock.now()
        campaign = transaction.campaigns.add(
            archive.id,
            reason=request.reason,
            requested_by=principal.name,
            selection=request.selection,
            architectures=considered.architectures,
            toolchain_id=considered.toolchain_id,
            dependencies=considered.suite.dependencies,
            at=now,
            kind=request.kind,
            scheme=archive.scheme,
            score=request.score,
            request=request.document(),
        )
        end_planned(transaction, campaign, plan, at=now)
        planned = [build for build in plan.accepted if build.is_planned]
        started: Sequence[NewBuild] = plan.accepted
        order = ""
        if planned:
            started = [build for build in plan.accepted if not build.is_planned]
            order = ", under a profile, with a full build to follow"
        for builds, state, words in (
            (started, BuildState.NEEDS_BUILD, order),
            (planned, BuildState.PLANNED, ", to follow the build under a profile"),
        ):
            transaction.builds.add(
                archive.id,
                considered.suite.id,
                campaign.id,
                builds,
                score=request.score,
                actor=principal.name,
                at=now,
                why=_why(campaign, words),
                state=state,
            )
            transaction.campaigns.take_numbers_of_builds(
                campaign.id, state, sources=len({build.source for build in builds})
            )
        note(
            transaction, self._clock, principal, Action.REQUEST_REBUILD, archive=archive.name,
            subject=f"campaign {campaign.number}",
            detail=f"{counted(len(plan.accepted), 'build')}: {campaign.reason}",
        )  # fmt: skip
        job = self._jobs.submit(
            transaction,
            JobKind.PREPARE_CAMPAIGN,
            archive=archive.name,
            arguments={"campaign_id": campaign.id},
            principal=principal,
        )
        return Requested(campaign, job, is_joined=False)

    # The job ------------------------------------------------------------------------------

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
        campaign_id = _campaign_id(job)
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
        self._sources.make(_campaign_id(job), report)
        return carry

    def _keep_estimate(self, job: Job, carry: Carry, _report: Reporter) -> Carry:
        """Last, so that no build waits for it.

        Builds may run by now: a campaign whose builds cannot be estimated goes on without.
        """
        campaign, _, suite = self._load(job)
        try:
            with self._database.read() as transaction:
                slots = [_slot(build) for build in transaction.builds.of_campaign(campaign.id)]
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
            campaign = transaction.campaigns.by_id(_campaign_id(job))
            archive = transaction.archives.named(campaign.archive)
            return campaign, archive, transaction.archives.suites(archive.id)[0]


def _joining(
    transaction: Transaction,
    principal: Principal,
    request: RebuildRequest,
    considered: _Considered,
) -> Plan:
    """The plan; where it leaves nothing to build, with the campaign of an equal request."""
    if considered.plan.accepted:
        look_for_room(transaction, principal, considered.archive, _asked(transaction, considered))
        return considered.plan
    equal = equal_campaign(
        transaction,
        considered.archive,
        request.document(),
        toolchain_id=considered.toolchain_id,
    )
    return considered.plan if equal is None else replace(considered.plan, joins=equal[0].number)


def _asked(transaction: Transaction, considered: _Considered) -> Asked:
    more = begun_by_request(transaction, considered.archive.id, considered.plan)
    return Asked(builds=more, bytes=0 if more else 1)  # even as many as before need some bytes


def _require(principal: Principal, request: RebuildRequest) -> None:
    require(principal, Action.REQUEST_REBUILD, request.archive)
    if request.score != SCORE_OF_REBUILDS:  # it takes from everybody else
        require(principal, Action.RESCORE_BUILD, request.archive)


def _controlled(
    transaction: Transaction,
    request: RebuildRequest,
    archive: Archive,
    suite: Suite,
    architectures: tuple[str, ...],
) -> _Considered:
    """A request for controls: everything but the toolchain is as it was when they failed."""
    asks_more = request.toolchain is not None or request.words != NO_WORDS
    if request.control is None or asks_more or not request.filters.is_empty:
        raise InvalidInputError(
            "a control takes failures of one campaign, as they were, and the parent's toolchain",
            hint="ask without --toolchain, --profile, --build-option, --failed, --built-with, "
            "--built-on, --older-than",
        )
    plan = list_controls(
        transaction,
        archive,
        suite,
        request.control,
        selection=request.selection,
        architectures=architectures,
    )
    return _Considered(
        archive=archive,
        suite=suite,
        toolchain_id=None,
        architectures=architectures,
        plan=plan,
    )


def _is_partial(
    transaction: Transaction, request: RebuildRequest, toolchain_id: int | None
) -> bool:
    """Whether packages would be others than without the profiles of request and toolchain."""
    toolchain = None if toolchain_id is None else transaction.toolchains.by_id(toolchain_id)
    own = NO_WORDS if toolchain is None else own_words(toolchain)
    return bool(words_of(own, request.words, request.tests).changing)


def _why(campaign: Campaign, order: str) -> str:
    """Why the builds of a campaign are there, and which comes before which."""
    control = campaign.request.get("control")
    what = "" if control is None else f", a control of campaign {control}"
    return f"requested in campaign {campaign.number}{what}{order}: {campaign.reason}"


def _slot(build: NewBuild | Build) -> Slot:
    return Slot(
        source=build.source,
        architecture=build.architecture,
        builder_architecture=build.builder_architecture,
    )


def _wanted(suite: Suite, asked: Sequence[str] | None) -> tuple[str, ...]:
    """The machines' architectures of a request; the one of `all`, if that is all it asks for."""
    if not asked:
        return suite.architectures
    machines = [architecture for architecture in asked if architecture != ALL]
    missing = [name for name in machines if name not in suite.architectures]
    if missing:
        raise InvalidInputError(
            f"the archive has no architecture {', '.join(missing)}",
            hint=f"it has {', '.join(suite.architectures)}",
        )
    return tuple(dict.fromkeys(machines)) or (suite.architecture_of_all,)


def _parts(request: RebuildRequest, architectures: tuple[str, ...]) -> tuple[str, ...]:
    """What a request asks for by name, `all` among it; else all architectures of machines.

    Raises:
        InvalidInputError: it asks for packages that no binary-only rebuild makes.
    """
    if ALL not in (request.architectures or ()):
        return architectures
    if request.form is FormChoice.BINARY_ONLY:
        raise InvalidInputError(
            "no binary-only rebuild makes packages for all architectures anew",
            hint="leave out --form binary-only, or --architecture all",
        )
    return tuple(dict.fromkeys(request.architectures or ()))


def _campaign_id(job: Job) -> int:
    return int(str(job.arguments["campaign_id"]))
