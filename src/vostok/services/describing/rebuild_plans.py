"""Rebuild requests, and what they would do, as the API's documents."""

from collections import Counter
from collections.abc import Sequence

from vostok.documents.rebuild_requests import (
    CampaignPlanView,
    PlannedBuildView,
    RefusedOfRequest,
    RefusedSourceView,
)
from vostok.domain.build import BuildState, NewBuild
from vostok.domain.rebuild_plan import Plan, Refusal
from vostok.domain.workload import Workload
from vostok.services.describing.records import workload_document

REFUSED_MAX = 100
"""How many of the sources that a request was refused its answer names."""
UNRECORDED_MAX = 100
"""How many of the sources without a recorded environment a dry run names."""


def refused_document(refused: Sequence[Refusal]) -> RefusedOfRequest:
    """How many sources were refused, by code, and the first of them: a dry run has all."""
    return {
        "count": len(refused),
        "codes": dict(Counter(refusal.code for refusal in refused)),
        "sources": [refusal_document(refusal) for refusal in refused[:REFUSED_MAX]],
    }


def refusal_document(refusal: Refusal) -> RefusedSourceView:
    """A source that would not be rebuilt, and why."""
    return {"source": refusal.source, "code": refusal.code, "sentence": refusal.sentence}


def accepted_document(build: NewBuild) -> PlannedBuildView:
    """A build that would be made, with the version that it would get."""
    return {
        "source": build.source,
        "source_version": build.source_version,
        "architecture": build.architecture,
        "part": build.part,
        "form": build.form,
        "form_reason": build.form_reason,
        "warning": build.warning,
        "rebuild_no": build.rebuild_no,
        "reach": build.reach,
        "state": BuildState.PLANNED if build.is_planned else BuildState.NEEDS_BUILD,
        "version": build.version,
        "version_before": build.version_before,
    }


def plan_document(plan: Plan, expected: Workload) -> CampaignPlanView:
    """A dry run of a request with its estimate."""
    return {
        "accepted": [accepted_document(build) for build in plan.accepted],
        "refused": [refusal_document(refusal) for refusal in plan.refused],
        "joins": plan.joins,
        "unrecorded": {
            "count": len(plan.unrecorded),
            "sources": list(plan.unrecorded[:UNRECORDED_MAX]),
        },
        "estimate": workload_document(expected),
    }
