"""Documents of what differs between two campaigns."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.builds import CampaignView


class ComparedBuildView(TypedDict):
    """A build in one of the campaigns; `seconds` are those of its newest attempt."""

    id: int
    state: str
    sentence: str
    source_version: str
    version: str
    rebuild_no: int
    finished_at: str | None
    seconds: float | None
    url: str


class ComparedBuildsView(TypedDict):
    """One source on one architecture; a campaign that has no build of it is None.

    `excerpt` is the decisive part of the log of what fails in the second campaign.
    """

    group: str
    source: str
    architecture: str
    first: ComparedBuildView | None
    second: ComparedBuildView | None
    excerpt: str | None
    sentence: str


class CampaignComparisonView(TypedDict):
    """Two campaigns; `counts` are of all their builds by group, `builds` is one page of them.

    `total` counts the builds that can be paged through: of one group if that was asked, else of
    all but those that were built in both, unless `all` was asked.
    """

    first: CampaignView
    second: CampaignView
    counts: dict[str, int]
    group: str | None
    all: bool
    total: int
    next: str | None
    limit: int
    builds: list[ComparedBuildsView]
