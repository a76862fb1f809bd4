"""What the API says of campaigns: its documents; and what it is asked to rebuild."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.builds import CampaignView as Campaign
from vostok.documents.rebuild_requests import CampaignPlanView as CampaignPlan
from vostok.documents.rebuild_requests import PlannedBuildView as PlannedBuild
from vostok.documents.rebuild_requests import RefusedOfRequest
from vostok.documents.rebuild_requests import RefusedSourceView as RefusedSource
from vostok.documents.rebuild_requests import RequestedCampaignView as RequestedCampaign
from vostok.documents.rebuild_requests import UnrecordedView as Unrecorded

__all__ = [
    "Campaign",
    "CampaignPlan",
    "PlannedBuild",
    "RebuildEstimateRequest",
    "RebuildRequest",
    "RefusedOfRequest",
    "RefusedSource",
    "RequestedCampaign",
    "Unrecorded",
]


class _Rebuild(TypedDict):
    toolchain: NotRequired[str | None]
    architectures: NotRequired[list[str] | None]


class RebuildRequest(_Rebuild):
    """Rebuild of the selected sources; null means what the archive says, or any."""

    reason: str
    selection: NotRequired[str | None]
    failed: NotRequired[bool]
    built_with: NotRequired[str | None]
    built_on: NotRequired[str | None]
    older_than: NotRequired[int | None]
    control: NotRequired[int | None]
    tests: NotRequired[str | None]
    score: NotRequired[int]
    no_change: NotRequired[bool]
    form: NotRequired[str]
    skew: NotRequired[str]
    build_profiles: NotRequired[list[str]]
    build_options: NotRequired[list[str]]


class RebuildEstimateRequest(_Rebuild):
    """Rebuild of which to say what it would take; null builders are those that are known."""

    selection: str
    reason: NotRequired[str]
    builders: NotRequired[int | None]
