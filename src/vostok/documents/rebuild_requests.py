"""Documents of what a request to rebuild would do, and of what it did."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.builds import CampaignView
from vostok.documents.estimates import EstimateView
from vostok.documents.jobs import JobView


class PlannedBuildView(TypedDict):
    """A build that a request would make."""

    source: str
    source_version: str
    architecture: str
    part: str
    form: str
    form_reason: str
    warning: str
    rebuild_no: int
    reach: str
    state: str
    version: str
    version_before: str | None


class RefusedSourceView(TypedDict):
    """A selected source that a request would not rebuild, and why."""

    source: str
    code: str
    sentence: str


class UnrecordedView(TypedDict):
    """How many sources have no recorded environment, and the first of them by name."""

    count: int
    sources: list[str]


class CampaignPlanView(TypedDict):
    """What a request would do; `joins` is the campaign that an equal request has made."""

    accepted: list[PlannedBuildView]
    refused: list[RefusedSourceView]
    joins: int | None
    unrecorded: UnrecordedView
    estimate: EstimateView


class RefusedOfRequest(TypedDict):
    """How many sources a request was refused, by code, and the first of them."""

    count: int
    codes: dict[str, int]
    sources: list[RefusedSourceView]


class RequestedCampaignView(TypedDict):
    """A campaign just made, or joined as it was asked for already, and the job of its builds."""

    campaign: CampaignView
    job: JobView
    joined: bool
    refused: RefusedOfRequest
