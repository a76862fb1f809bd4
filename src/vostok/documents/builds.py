"""Documents of campaigns, builds, their attempts, and builders."""

from collections.abc import Mapping
from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.estimates import PredictionView
from vostok.documents.toolchains import ToolchainReference

# How many compilation units one compiler command made. «class» is a keyword of Python,
# hence the functional form.
ProducerCount = TypedDict("ProducerCount", {"producer": str, "units": int, "class": str})


class ProofView(TypedDict, total=False):
    """Which compilers made a build's binaries, and whether that is what was asked."""

    classes: dict[str, int]
    producers: list[ProducerCount]
    verdict: str
    sentence: str
    packages_not_provable: list[str]


class FileView(TypedDict):
    """One file that an attempt made."""

    name: str
    size: int
    sha256: str


class AttemptView(TypedDict):
    """One try of a build; `outcome` is None while it runs."""

    number: int
    builder: NotRequired[str | None]
    started_at: NotRequired[str | None]
    finished_at: NotRequired[str | None]
    outcome: NotRequired[str | None]
    stage: NotRequired[str | None]
    sentence: NotRequired[str | None]
    excerpt: NotRequired[str | None]
    seconds: NotRequired[Mapping[str, float] | None]
    edition: NotRequired[int | None]
    log_name: NotRequired[str | None]
    log_url: NotRequired[str | None]
    log_bytes: NotRequired[int | None]
    files: NotRequired[list[FileView]]
    environment: NotRequired[Mapping[str, str] | None]


class EventView(TypedDict):
    """One transition of a build."""

    at: str | None
    actor: str
    state_before: str
    state_after: str
    sentence: str


class MadeWith(TypedDict):
    """With what a build is made, and the ids of the builds before and after it in its campaign."""

    build_profiles: list[str]
    build_options: list[str]
    follows: int | None
    followed_by: int | None


class BuildView(TypedDict):
    """One build record."""

    id: int
    archive: str
    source: str
    architecture: str
    rebuild_no: int
    state: str
    suite: NotRequired[str]
    source_version: NotRequired[str]
    part: NotRequired[str]
    form: NotRequired[str]
    reach: NotRequired[str]
    build_profiles: NotRequired[list[str]]
    build_options: NotRequired[list[str]]
    follows: NotRequired[int | None]
    followed_by: NotRequired[int | None]
    warning: NotRequired[str]
    campaign: NotRequired[int | None]
    version: NotRequired[str | None]
    version_before: NotRequired[str | None]
    fate: NotRequired[str | None]
    sentence: NotRequired[str | None]
    control: NotRequired[str | None]
    score: NotRequired[float | None]
    created_at: NotRequired[str | None]
    finished_at: NotRequired[str | None]
    seconds: NotRequired[float | None]
    attempts: NotRequired[list[AttemptView]]
    proof: NotRequired[ProofView | None]
    events: NotRequired[list[EventView]]
    url: NotRequired[str]


class RequestView(TypedDict, total=False):
    """What was asked for, as it is stored; campaigns of before have fewer keys."""

    selection: str
    reason: str
    toolchain: str | None
    architectures: list[str] | None
    failed: bool
    built_with: str | None
    built_on: str | None
    older_than: int | None
    tests: str | None
    score: int
    control: int | None
    no_change: bool
    form: str
    skew: str
    build_profiles: list[str]
    build_options: list[str]


class CampaignView(TypedDict):
    """One rebuild request; `builds` and `estimate` only where one campaign is asked for.

    Where a page of its builds was asked for, `found` says how many the whole list has.
    """

    archive: str
    number: int
    state: str
    reason: NotRequired[str]
    requested_by: NotRequired[str]
    created_at: NotRequired[str | None]
    selection: NotRequired[str]
    architectures: NotRequired[list[str]]
    kind: NotRequired[str]
    score: NotRequired[int]
    request: NotRequired[RequestView]
    toolchain: NotRequired[ToolchainReference | None]
    dependencies: NotRequired[str]
    sentence: NotRequired[str | None]
    counts: NotRequired[dict[str, int]]
    total: NotRequired[int]
    builds: NotRequired[list[BuildView]]
    found: NotRequired[int]
    next: NotRequired[str | None]
    estimate: NotRequired[PredictionView]


class ProgressPieceView(TypedDict):
    """How many builds of a campaign had ended at a moment, by the state that they are in."""

    until: str
    ended: int
    counts: Mapping[str, int]


class CampaignProgressView(TypedDict):
    """How a campaign got on; without pieces while no build has ended."""

    began_at: str
    piece_seconds: int
    total: int
    pieces: list[ProgressPieceView]


class BuilderView(TypedDict):
    """A builder, as it last asked for work."""

    name: str
    architectures: list[str]
    seen_at: str | None
