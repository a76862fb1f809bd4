"""What the API says of campaigns, and what it is asked to rebuild."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.client.messages.builds import Build
from vostok.client.messages.estimates import Estimate, Prediction
from vostok.client.messages.jobs import Job
from vostok.client.messages.toolchains import ToolchainRevision


class Campaign(TypedDict):
    """One rebuild request; `builds` only when it was asked for by number.

    `found` says how many builds there are of which some were asked for.
    """

    archive: str
    number: int
    reason: str
    requested_by: str
    created_at: str
    selection: str
    architectures: list[str]
    kind: NotRequired[str]
    score: NotRequired[int]
    request: NotRequired[dict[str, object]]
    toolchain: ToolchainRevision | None
    state: str
    sentence: str | None
    counts: dict[str, int]
    total: int
    builds: NotRequired[list[Build]]
    found: NotRequired[int]
    estimate: NotRequired[Prediction]


class PlannedBuild(TypedDict):
    """A build that a request would make."""

    source: str
    architecture: str
    part: str
    form: NotRequired[str]
    form_reason: NotRequired[str]
    rebuild_no: int
    reach: NotRequired[str]
    state: NotRequired[str]
    version: str
    warning: NotRequired[str]


class RefusedSource(TypedDict):
    """A selected source that a request would not rebuild, and why."""

    source: str
    code: str
    sentence: str


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


class Unrecorded(TypedDict):
    """How many sources have no recorded environment, and the first of them by name."""

    count: int
    sources: list[str]


class CampaignPlan(TypedDict):
    """What a request would do."""

    accepted: list[PlannedBuild]
    refused: list[RefusedSource]
    joins: NotRequired[int | None]
    unrecorded: NotRequired[Unrecorded]
    estimate: Estimate


class RefusedOfRequest(TypedDict):
    """How many sources a request was refused, by code, and the first of them."""

    count: int
    codes: dict[str, int]
    sources: list[RefusedSource]


class RequestedCampaign(TypedDict):
    """A campaign just made, or joined as it was asked for already, and the job of its builds."""

    campaign: Campaign
    job: Job | None
    joined: NotRequired[bool]
    refused: NotRequired[RefusedOfRequest]
