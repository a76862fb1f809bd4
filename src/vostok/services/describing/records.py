"""How rows become the documents of the API: one function for each kind of thing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from vostok.documents import (
    ActualView,
    AttemptView,
    BuildView,
    CampaignView,
    DecisionView,
    DerivationPlanView,
    DerivationView,
    EstimateView,
    JobError,
    JobLineView,
    JobResult,
    JobView,
    ParentView,
    PredictionView,
    RequestView,
    SnapshotView,
    SpreadView,
    SuiteView,
    SyncPlanView,
    ToolchainReference,
    ToolchainSpec,
    ToolchainView,
)
from vostok.domain.archive import Suite
from vostok.domain.build import Attempt, AttemptFile, Build, BuildState
from vostok.domain.campaign import Campaign, campaign_summary
from vostok.domain.control import control_words
from vostok.domain.counting import counted
from vostok.domain.derivation import Derivation, Parent
from vostok.domain.estimate import Spread
from vostok.domain.job import Job
from vostok.domain.job_log import JobLine
from vostok.domain.publication import CountedIn, Publication
from vostok.domain.snapshot import Snapshot
from vostok.domain.sync import WORDS, Decision, Verdict
from vostok.domain.toolchain import spec_to_json
from vostok.domain.toolchain_revision import ToolchainRevision
from vostok.domain.workload import Actual, Workload
from vostok.services.building.claims import log_name
from vostok.services.deriving.syncing import SyncOutcome
from vostok.services.repositories import Transaction
from vostok.services.selection.estimating import DerivationPlan

SECONDS_PER_HOUR = 3_600


def job_document(job: Job) -> JobView:
    """A job as the API shows it."""
    return {
        "id": job.id,
        "kind": job.kind,
        "archive": job.archive,
        "state": job.state,
        "message": job.message,
        "progress": {"done": job.done, "total": job.total or None, "unit": job.unit},
        "error": None if job.error is None else _job_error(job.error),
        "result": cast("JobResult | None", job.result),
        "requested_by": job.requested_by,
        "created_at": moment_text(job.created_at),
        "started_at": moment_or_none(job.started_at),
        "finished_at": moment_or_none(job.finished_at),
    }


def job_line_document(line: JobLine) -> JobLineView:
    """A line of a job's log as the API shows it."""
    has_counts = bool(line.done or line.total)
    return {
        "number": line.number,
        "at": moment_text(line.at),
        "kind": line.kind,
        "text": line.text,
        "progress": {"done": line.done, "total": line.total or None, "unit": line.unit}
        if has_counts
        else None,
    }


def _job_error(error: Mapping[str, str | None]) -> JobError:
    return {
        "kind": error["kind"] or "",
        "message": error["message"] or "",
        "hint": error.get("hint"),
    }


def toolchain_document(revisions: Sequence[ToolchainRevision]) -> ToolchainView:
    """A toolchain at its newest revision, with all of them."""
    newest = revisions[-1]
    return {
        "name": newest.name,
        "revision": newest.revision,
        "created_at": moment_text(newest.created_at),
        "created_by": newest.created_by,
        "spec": _spec(newest),
        "revisions": [
            {
                "revision": revision.revision,
                "created_at": moment_text(revision.created_at),
                "spec": _spec(revision),
            }
            for revision in revisions
        ],
    }


def _spec(revision: ToolchainRevision) -> ToolchainSpec:
    return cast("ToolchainSpec", spec_to_json(revision.spec))


class SuiteSizes(NamedTuple):
    """What a suite stands on, and how many packages it has."""

    snapshot: Snapshot | None
    """None while nothing was imported, or where several parents were put together."""
    counted: CountedIn
    sources: int
    binaries: int | None
    """None: only sources are counted."""


def suite_sizes(
    suite: Suite, snapshot: Snapshot | None, published: Publication | None
) -> SuiteSizes:
    """How many packages a suite has, by numbers that are kept: nothing is counted here.

    Args:
        suite: an image, or derived.
        snapshot: what it stands on.
        published: the newest publication of a derived one.
    """
    if suite.derivation is None:
        sources, binaries = (0, 0) if snapshot is None else (snapshot.sources, snapshot.binaries)
        return SuiteSizes(snapshot, CountedIn.SNAPSHOT, sources, binaries)
    if published is None:
        return SuiteSizes(snapshot, CountedIn.SELECTION, suite.derivation.taken, None)
    return SuiteSizes(snapshot, CountedIn.PUBLICATION, published.sources, published.binaries)


def suite_document(suite: Suite, sizes: SuiteSizes) -> SuiteView:
    """A suite with its sizes."""
    snapshot = sizes.snapshot
    return {
        "name": suite.name,
        "codename": suite.codename,
        "components": list(suite.components),
        "architectures": list(suite.architectures),
        "mirror": suite.mirror,
        "mirrors": dict(suite.mirrors),
        "counted": sizes.counted,
        "sources": sizes.sources,
        "binaries": sizes.binaries,
        "udebs": 0 if snapshot is None else snapshot.udebs,
        "snapshot": None if snapshot is None else _snapshot(snapshot),
    }


def parent_document(parent: Parent) -> ParentView:
    """A parent with the moment of it that a suite is derived from."""
    return {
        "archive": parent.archive,
        "suite": parent.suite,
        "number": parent.number,
        "rank": parent.rank,
        "only": parent.only,
    }


def derivation_document(derivation: Derivation) -> DerivationView:
    """A derivation, without its decisions."""
    return {
        "number": derivation.number,
        "at": moment_text(derivation.at),
        "requested_by": derivation.requested_by,
        "reason": derivation.reason,
        "selection": derivation.selection,
        "taken": derivation.taken,
        "mode": derivation.mode,
        "unbuilt": derivation.unbuilt,
        "parents": [parent_document(parent) for parent in derivation.parents],
    }


def decision_document(decision: Decision) -> DecisionView:
    """What became of one source."""
    return {
        "source": decision.source,
        "verdict": decision.verdict,
        "before": decision.before,
        "after": decision.after,
        "offered": decision.offered,
        "sentence": decision.sentence,
    }


def sync_plan_document(outcome: SyncOutcome) -> SyncPlanView:
    """What a change would do; what it would leave alone is counted only."""
    return {
        "is_new": outcome.is_new,
        "before": outcome.before.number,
        "derivation": outcome.after.number,
        "counts": [
            {"verdict": verdict, "count": count, "words": WORDS[verdict]}
            for verdict, count in outcome.counts.items()
        ],
        "decisions": [
            decision_document(decision)
            for decision in outcome.decisions
            if decision.verdict is not Verdict.UNCHANGED
        ],
    }


def _snapshot(snapshot: Snapshot) -> SnapshotView:
    return {
        "number": snapshot.number,
        "at": moment_text(snapshot.at),
        "release_date": moment_or_none(snapshot.release_date),
        "valid_until": moment_or_none(snapshot.valid_until),
        "is_expiry_overridden": snapshot.is_expiry_overridden,
        "signed_by": snapshot.signed_by,
    }


def toolchain_reference(
    transaction: Transaction, toolchain_id: int | None
) -> ToolchainReference | None:
    """A toolchain as others name it."""
    if toolchain_id is None:
        return None
    toolchain = transaction.toolchains.by_id(toolchain_id)
    return {"name": toolchain.name, "revision": toolchain.revision}


def campaign_document(
    transaction: Transaction, campaign: Campaign, counts: Mapping[str, int]
) -> CampaignView:
    """A campaign without its builds."""
    state, sentence = campaign_summary(campaign.state, counts, campaign.sentence)
    return {
        "archive": campaign.archive,
        "number": campaign.number,
        "reason": campaign.reason,
        "requested_by": campaign.requested_by,
        "created_at": moment_text(campaign.created_at),
        "selection": campaign.selection,
        "architectures": list(campaign.architectures),
        "kind": campaign.kind,
        "score": campaign.score,
        "request": cast("RequestView", dict(campaign.request)),
        "toolchain": toolchain_reference(transaction, campaign.toolchain_id),
        "dependencies": campaign.dependencies,
        "state": state,
        "sentence": sentence,
        "counts": dict(counts),
        "total": sum(counts.values()),
    }


def workload_document(workload: Workload) -> EstimateView:
    """An estimate, in hours and bytes."""
    return {
        "sentence": _workload_sentence(workload),
        "sources": workload.sources,
        "builds": dict(workload.builds),
        "pool_bytes": workload.pool_bytes,
        "log_bytes": workload.log_bytes,
        "machine_hours": _hours(workload.machine_seconds),
        "builders": dict(workload.builders),
        "hours": _hours(workload.finished_after),
        "critical_path": {
            "hours": _hours(workload.critical_seconds),
            "sources": [
                {"source": link.source, "hours": _in_hours(link.seconds)}
                for link in workload.critical_path
            ],
        },
        "cycles": {"count": workload.cycles, "sources": workload.cyclic_sources},
        "basis": {
            "history": workload.sources_measured,
            "model": workload.sources - workload.sources_measured,
            "speed": round(workload.speed.factor, 3),
        },
    }


def _workload_sentence(workload: Workload) -> str:
    if not workload.sources:
        return "there is nothing to build"
    modelled = workload.sources - workload.sources_measured
    sources = counted(workload.sources, "source")
    basis = f"{workload.sources_measured} of {sources} from builds made here"
    if modelled:
        basis += f", {modelled} from a model that is often wrong by a factor of two"
    if not workload.cycles:
        return basis
    return (
        f"{basis}; {counted(workload.cyclic_sources, 'source')} in "
        f"{counted(workload.cycles, 'cycle is', 'cycles are')} counted as "
        "ready together with their cycle"
    )


def plan_document(plan: DerivationPlan) -> DerivationPlanView:
    """What an archive would be."""
    has_name = bool(plan.archive.tag)
    return {
        "name": plan.archive.name if has_name else None,
        "tag": plan.archive.tag if has_name else None,
        "parents": [parent_document(parent) for parent in plan.derivation.parents],
        "suite": plan.suite.name,
        "architectures": list(plan.suite.architectures),
        "selection": plan.derivation.selection,
        "taken": plan.derivation.taken,
        "mode": plan.derivation.mode,
        "is_private": plan.archive.is_private,
        "notes": list(plan.notes),
        "parent_bytes": plan.parent_bytes,
        "estimate": workload_document(plan.workload),
    }


def actual_document(actual: Actual) -> ActualView:
    """What builds took."""
    return {
        "attempts": actual.attempts,
        "pool_bytes": actual.pool_bytes,
        "log_bytes": actual.log_bytes,
        "machine_hours": _in_hours(actual.machine_seconds),
        "hours": _in_hours(actual.elapsed_seconds),
    }


def prediction_document(estimate: Mapping[str, object] | None, actual: Actual) -> PredictionView:
    """What was expected of a campaign, as it was stored then, beside what it took."""
    return {
        "predicted": None if estimate is None else cast("EstimateView", estimate),
        "actual": actual_document(actual),
    }


def _hours(seconds: Spread) -> SpreadView:
    return {"p50": _in_hours(seconds.p50), "p90": _in_hours(seconds.p90)}


def _in_hours(seconds: float) -> float:
    return round(seconds / SECONDS_PER_HOUR, 4)


def build_documents(
    transaction: Transaction, builds: Sequence[Build], *, with_files: bool
) -> list[BuildView]:
    """Builds with their attempts; three queries however many there are."""
    attempts = transaction.builds.attempts(build.id for build in builds)
    ids = [attempt.id for found in attempts.values() for attempt in found]
    files = transaction.builds.files(ids) if with_files else {}
    return [_build(build, attempts.get(build.id, []), files) for build in builds]


def _build(
    build: Build, attempts: Sequence[Attempt], files: Mapping[int, Sequence[AttemptFile]]
) -> BuildView:
    newest = attempts[-1] if attempts else None
    result: Mapping[str, Any] = (newest.result if newest else None) or {}
    base = build_address(build)
    return {
        "id": build.id,
        "archive": build.archive,
        "suite": build.suite,
        "source": build.source,
        "source_version": build.source_version,
        "architecture": build.architecture,
        "part": build.part,
        "form": build.form,
        "reach": build.reach,
        "warning": build.warning,
        "rebuild_no": build.rebuild_no,
        "campaign": build.campaign,
        "version": build.version,
        "version_before": build.version_before,
        "state": build.state,
        "fate": build.fate,
        "sentence": build.sentence,
        "control": control_words(build),
        "score": build.score,
        "created_at": moment_text(build.created_at),
        "finished_at": moment_or_none(build.finished_at),
        "seconds": attempt_seconds(newest),
        "attempts": [_attempt(build, base, a, files.get(a.id, [])) for a in attempts],
        "proof": result.get("proof") if build.state is BuildState.BUILT else None,
        "url": base,
    }


def build_address(build: Build) -> str:
    """Where the page of a build is."""
    return (
        f"/archives/{build.archive}/builds/{build.source}/{build.rebuild_no}/{build.architecture}"
    )


def _attempt(
    build: Build, base: str, attempt: Attempt, files: Sequence[AttemptFile]
) -> AttemptView:
    result: Mapping[str, Any] = attempt.result or {}
    name = log_name(build, attempt.number)
    return {
        "number": attempt.number,
        "builder": attempt.builder,
        "started_at": moment_or_none(attempt.started_at),
        "finished_at": moment_or_none(attempt.finished_at),
        "outcome": attempt.outcome,
        "stage": result.get("stage"),
        "sentence": result.get("sentence"),
        "excerpt": result.get("excerpt"),
        "seconds": result.get("seconds", {}),
        "edition": attempt.edition,
        "log_name": name,
        "log_url": f"{base}/attempts/{attempt.number}/{name}",
        "log_bytes": attempt.log_bytes,
        "files": [{"name": f.name, "size": f.size, "sha256": f.sha256} for f in files],
        "environment": result.get("environment", {}),
    }


def attempt_seconds(attempt: Attempt | None) -> float | None:
    """How long an attempt took; None while it runs."""
    if attempt is None or attempt.finished_at is None:
        return None
    return round((attempt.finished_at - attempt.started_at).total_seconds(), 1)


def moment_or_none(at: datetime | None) -> str | None:
    """The same as `moment_text`, where there may be none."""
    return None if at is None else moment_text(at)


def moment_text(at: datetime) -> str:
    """A moment as ISO 8601 in UTC, in whole seconds."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
