"""What the API says of two campaigns beside each other."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.client.messages.campaigns import Campaign


class CampaignComparisonRequest(TypedDict, total=False):
    """Which of the builds are listed."""

    group: str | None
    all: bool
    offset: int
    limit: int


class ComparedBuild(TypedDict):
    """A build in one of the campaigns."""

    id: int
    state: str
    sentence: str
    source_version: str
    version: str
    rebuild_no: int
    finished_at: str | None
    seconds: float | None
    url: str


class ComparedBuilds(TypedDict):
    """One source on one architecture in both."""

    group: str
    source: str
    architecture: str
    first: ComparedBuild | None
    second: ComparedBuild | None
    excerpt: str | None
    sentence: str


class CampaignComparison(TypedDict):
    """Two campaigns with one page of their builds; `total` counts those that can be listed."""

    first: Campaign
    second: Campaign
    counts: dict[str, int]
    group: str | None
    all: bool
    total: int
    offset: int
    limit: int
    builds: list[ComparedBuilds]
