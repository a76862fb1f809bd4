"""What the API says of campaigns, and what it is asked to rebuild."""

from typing import NotRequired, TypedDict

from vostok.entrypoints.cli.messages.builds import Build
from vostok.entrypoints.cli.messages.estimates import Estimate, Prediction
from vostok.entrypoints.cli.messages.jobs import Job
from vostok.entrypoints.cli.messages.toolchains import ToolchainRevision


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
    reason: str
    toolchain: str | None
    architectures: list[str] | None


class RebuildRequest(_Rebuild):
    """Rebuild of the selected sources; null means what the archive says, or any."""

    selection: str | None
    failed: bool
    built_with: str | None
    built_on: str | None
    older_than: int | None
    control: int | None
    tests: str | None
    score: int
    no_change: NotRequired[bool]
    form: str
    skew: str
    build_profiles: NotRequired[list[str]]
    build_options: NotRequired[list[str]]


class RebuildEstimateRequest(_Rebuild):
    """Rebuild of which to say what it would take; null builders are those that are known."""

    selection: str
    builders: int | None


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


class RequestedCampaign(TypedDict):
    """A campaign just made, or joined as it was asked for already, and the job of its builds."""

    campaign: Campaign
    job: Job | None
    joined: NotRequired[bool]
