"""Requests to rebuild: what they would do, and the campaigns they make."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from vostok.domain.access import Action, Principal, require
from vostok.domain.build import BuildState, NewBuild
from vostok.domain.campaign import (
    SCORE_OF_REBUILDS,
    Campaign,
)
from vostok.domain.counting import counted
from vostok.domain.job import Job, JobKind
from vostok.domain.quota import Asked
from vostok.domain.rebuild_plan import Plan, Refusal
from vostok.domain.rebuild_policy import check_rebuildable
from vostok.domain.workload import Workload
from vostok.errors import ConflictError
from vostok.services.audit import note, quoted
from vostok.services.building.rebuild_requests import equal_campaign
from vostok.services.building.successors import begun_by_request, end_planned
from vostok.services.job_runner import JobService
from vostok.services.people.quotas import hold_room, look_for_room
from vostok.services.ports import Clock
from vostok.services.rebuilding.planning import Considered, RebuildPlanner, RebuildRequest
from vostok.services.rebuilding.preparing import campaign_of
from vostok.services.repositories import Database, Transaction
from vostok.services.request_keys import RequestKeys
from vostok.services.selection.estimating import check_builders, estimated, sizes_of, slot_of
from vostok.services.views.editions import base_of


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


class RebuildService:
    """Plans and makes campaigns."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        planner: RebuildPlanner,
        clock: Clock,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._planner = planner
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
            considered = self._planner.consider(transaction, principal, request)
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
            considered = self._planner.consider(transaction, principal, request)
            slots = [slot_of(build) for build in considered.plan.accepted]
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
                campaign = transaction.campaigns.by_id(campaign_of(known))
                return Answered(requested=Requested(campaign, known, is_joined=True))
            answered = self._answered(transaction, principal, request)
            self._keys.remember(transaction, principal, key, request, answered.requested.job)
            return answered

    def _answered(
        self, transaction: Transaction, principal: Principal, request: RebuildRequest
    ) -> Answered:
        considered = self._planner.consider(transaction, principal, request)
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

    def _store(
        self,
        transaction: Transaction,
        principal: Principal,
        request: RebuildRequest,
        considered: Considered,
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
        toolchain = None
        if considered.toolchain_id is not None:
            revision = transaction.toolchains.by_id(considered.toolchain_id)
            toolchain = f"{revision.name} revision {revision.revision}"
        note(
            transaction, self._clock, principal, Action.REQUEST_REBUILD, archive=archive.name,
            subject=f"campaign {campaign.number}",
            detail=_words(request, considered, toolchain),
        )  # fmt: skip
        job = self._jobs.submit(
            transaction,
            JobKind.PREPARE_CAMPAIGN,
            archive=archive.name,
            arguments={"campaign_id": campaign.id},
            asked=f"campaign {campaign.number}",
            principal=principal,
        )
        return Requested(campaign, job, is_joined=False)


def _joining(
    transaction: Transaction,
    principal: Principal,
    request: RebuildRequest,
    considered: Considered,
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


def _asked(transaction: Transaction, considered: Considered) -> Asked:
    more = begun_by_request(transaction, considered.archive.id, considered.plan)
    return Asked(builds=more, bytes=0 if more else 1)  # even as many as before need some bytes


def _require(principal: Principal, request: RebuildRequest) -> None:
    require(principal, Action.REQUEST_REBUILD, request.archive)
    if request.score != SCORE_OF_REBUILDS:  # it takes from everybody else
        require(principal, Action.RESCORE_BUILD, request.archive)


def _words(request: RebuildRequest, considered: Considered, toolchain: str | None) -> str:
    """What was asked for and what came of it, for the audit log."""
    plan = considered.plan
    parts = [
        f"{counted(len(plan.accepted), 'build')}, {counted(len(plan.refused), 'source')} refused",
        f"selection {quoted(request.selection)}",
        f"architectures {' '.join(considered.architectures)}",
        f"toolchain {toolchain}" if toolchain else "the parent's toolchain",
        f"{request.kind}" + ("" if request.control is None else f" of campaign {request.control}"),
        f"form {request.form}",
        *([f"score {request.score}"] if request.score != SCORE_OF_REBUILDS else []),
        *([f"options {' '.join(request.build_options)}"] if request.build_options else []),
        *([f"profiles {' '.join(request.build_profiles)}"] if request.build_profiles else []),
        f"reason: {quoted(request.reason)}",
    ]
    return "; ".join(parts)


def _why(campaign: Campaign, order: str) -> str:
    """Why the builds of a campaign are there, and which comes before which."""
    control = campaign.request.get("control")
    what = "" if control is None else f", a control of campaign {control}"
    return f"requested in campaign {campaign.number}{what}{order}: {campaign.reason}"
