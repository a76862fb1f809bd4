"""What the API says of campaigns beside each other: its documents; and what it is asked."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.campaign_comparisons import (
    CampaignComparisonView as CampaignComparison,
)
from vostok.documents.campaign_comparisons import ComparedBuildsView as ComparedBuilds
from vostok.documents.campaign_comparisons import ComparedBuildView as ComparedBuild

__all__ = ["CampaignComparison", "CampaignComparisonRequest", "ComparedBuild", "ComparedBuilds"]


class CampaignComparisonRequest(TypedDict, total=False):
    """Which of the builds are listed."""

    group: str | None
    all: bool
    cursor: str | None
    limit: int
