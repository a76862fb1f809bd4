"""What a request to rebuild would do, cut to what a page can show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vostok.documents import EstimateView
from vostok.domain.access import Principal
from vostok.domain.build import NewBuild
from vostok.domain.rebuild_plan import Plan, Refusal
from vostok.errors import InvalidInputError
from vostok.services.describing.records import workload_document
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.rebuilding.requests import RebuildService

SHOWN_MAX: Final = 100
"""Rows of each list; of the others the number is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildPreview:
    """A plan in numbers, with the beginning of each of its lists."""

    builds: int
    sources: int
    accepted: Sequence[NewBuild]
    forms: Mapping[str, int]
    """Form -> how many of the builds have it."""
    refusals: int
    refused: Sequence[Refusal]
    codes: Mapping[str, int]
    """Code -> how many are refused with it, the most frequent first."""
    unrecorded: int
    unrecorded_sources: Sequence[str]
    estimate: EstimateView | None
    estimate_fault: str = ""
    """Why there is no estimate, or ""."""


def preview_of(
    rebuilding: RebuildService, principal: Principal, request: RebuildRequest
) -> RebuildPreview:
    """The dry run of a request, with an estimate where one can be made.

    Raises:
        VostokError: as for the request itself.
    """
    try:
        plan, expected = rebuilding.estimate(principal, request)
    except InvalidInputError as error:
        # A graph over its bounds has no estimate; anything else is wrong with the plan as well.
        return _cut(rebuilding.plan(principal, request), None, str(error))
    return _cut(plan, workload_document(expected), "")


def _cut(plan: Plan, estimate: EstimateView | None, estimate_fault: str) -> RebuildPreview:
    return RebuildPreview(
        builds=len(plan.accepted),
        sources=len({build.source for build in plan.accepted}),
        accepted=plan.accepted[:SHOWN_MAX],
        forms=Counter(build.form.value for build in plan.accepted),
        refusals=len(plan.refused),
        refused=plan.refused[:SHOWN_MAX],
        codes=dict(Counter(refusal.code for refusal in plan.refused).most_common()),
        unrecorded=len(plan.unrecorded),
        unrecorded_sources=plan.unrecorded[:SHOWN_MAX],
        estimate=estimate,
        estimate_fault=estimate_fault,
    )
