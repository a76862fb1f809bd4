"""Comparing two campaigns of an archive, at the cost of their builds."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vostok.documents import (
    CampaignComparisonView,
    ComparedBuildsView,
    ComparedBuildView,
)
from vostok.domain.access import Action, Principal, require
from vostok.domain.build import Attempt, Build
from vostok.domain.campaign import Campaign
from vostok.domain.campaign_comparison import (
    CampaignGroup,
    ComparedBuilds,
    Placed,
    compared_builds,
    listed_builds,
    sentence_of,
)
from vostok.domain.list_place import Place, index_behind, place_at
from vostok.services.describing.records import attempt_seconds, build_address, campaign_document
from vostok.services.describing.records import moment_or_none as moment
from vostok.services.repositories import Database, Transaction

COMPARED_PER_PAGE = 1_000
COMPARED_PER_PAGE_MAX = 10_000
PLACE = (int, str, str, int)
"""What the parts of a place in the list are."""
_ORDER = {group: number for number, group in enumerate(CampaignGroup)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCompareRequest:
    """Two campaigns of an archive by number, and which of their builds are listed.

    Attributes:
        group: only these; None: all, but what was built in both only if `has_unchanged`.
        offset: how many of them come before the first that is listed.
        behind: the place behind which the list goes on, instead of an offset.
        limit: how many are listed at most.
    """

    archive: str
    first: int
    second: int
    group: CampaignGroup | None = None
    has_unchanged: bool = False
    offset: int = 0
    behind: Place | None = None
    limit: int = COMPARED_PER_PAGE


class CampaignCompareService:
    """Compares campaigns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def compare(
        self,
        principal: Principal,
        request: CampaignCompareRequest,
        *,
        following: Callable[[Place], str] | None = None,
    ) -> CampaignComparisonView:
        """What became of each build in either campaign: counts of all, and a page of them.

        O(builds of the two), in one query for each campaign, of which only source, architecture
        and state are read; whole builds and attempts are read only for the page. `following` makes
        what the document says as `next`, given the place of the last build of the page.

        Raises:
            NotFoundError: there is no such archive, or no campaign of one of the numbers.
            NotAllowedError: the principal may not view the archive.
        """
        require(principal, Action.VIEW, request.archive)
        with self._database.read() as transaction:
            return _document(transaction, request, following)

    def all_builds(
        self, principal: Principal, request: CampaignCompareRequest
    ) -> Iterator[ComparedBuildsView]:
        """Every build that is listed, read in pieces while they are taken.

        Which they are is settled at once, by one comparison: whatever the campaigns do meanwhile,
        none comes twice and none is left out, but for what is deleted. Each is told as it is when
        it is read. Raises what `compare` does.
        """
        require(principal, Action.VIEW, request.archive)
        with self._database.read() as transaction:
            rows = _compared(transaction, _campaigns(transaction, request))
        listed = listed_builds(rows, request.group, has_unchanged=request.has_unchanged)
        return self._read(request, listed)

    def _read(
        self, request: CampaignCompareRequest, listed: Sequence[ComparedBuilds]
    ) -> Iterator[ComparedBuildsView]:
        for start in range(0, len(listed), COMPARED_PER_PAGE):
            with self._database.read() as transaction:
                part = listed[start : start + COMPARED_PER_PAGE]
                told = _rows(transaction, request, part)
            yield from told


def _campaigns(transaction: Transaction, request: CampaignCompareRequest) -> list[Campaign]:
    archive = transaction.archives.named(request.archive)
    return [
        transaction.campaigns.numbered(archive.id, number)
        for number in (request.first, request.second)
    ]


def _compared(
    transaction: Transaction, campaigns: Sequence[Campaign]
) -> tuple[ComparedBuilds, ...]:
    return compared_builds(
        *(transaction.build_lists.places_of_campaign(campaign.id) for campaign in campaigns)
    )


def _document(
    transaction: Transaction,
    request: CampaignCompareRequest,
    following: Callable[[Place], str] | None,
) -> CampaignComparisonView:
    campaigns = _campaigns(transaction, request)
    states = transaction.campaigns.counts(campaign.id for campaign in campaigns)
    first, second = (
        campaign_document(transaction, campaign, states.get(campaign.id, {}))
        for campaign in campaigns
    )
    rows = _compared(transaction, campaigns)
    listed = listed_builds(rows, request.group, has_unchanged=request.has_unchanged)
    start = request.offset
    if request.behind is not None:
        start = index_behind(listed, request.behind, _place)
    end = min(start + request.limit, len(listed))
    goes_on = start < end < len(listed)
    counts = Counter(row.group for row in rows)
    return {
        "first": first,
        "second": second,
        "counts": {group.value: counts[group] for group in CampaignGroup},
        "group": request.group,
        "all": request.has_unchanged,
        "total": len(listed),
        "next": following(place_at(listed, end - 1, _place)) if following and goes_on else None,
        "limit": request.limit,
        "builds": _rows(transaction, request, listed[start:end]),
    }


def _place(row: ComparedBuilds) -> tuple[int, str, str]:
    """What the list is sorted by."""
    return _ORDER[row.group], row.source, row.architecture


def _rows(
    transaction: Transaction, request: CampaignCompareRequest, rows: Sequence[ComparedBuilds]
) -> list[ComparedBuildsView]:
    ids = [build.id for row in rows for build in (row.first, row.second) if build is not None]
    builds = {build.id: build for build in transaction.build_lists.with_ids(ids)}
    attempts = transaction.builds.attempts(ids)
    newest = {build_id: found[-1] for build_id, found in attempts.items()}
    return [
        _row(request, row, builds, newest)
        for row in rows
        if all(build is None or build.id in builds for build in (row.first, row.second))
    ]


def _row(
    request: CampaignCompareRequest,
    row: ComparedBuilds,
    builds: Mapping[int, Build],
    newest: Mapping[int, Attempt],
) -> ComparedBuildsView:
    return {
        "group": row.group,
        "source": row.source,
        "architecture": row.architecture,
        "first": None if row.first is None else _build(builds[row.first.id], newest),
        "second": None if row.second is None else _build(builds[row.second.id], newest),
        "excerpt": _excerpt(row.failed, newest),
        "sentence": sentence_of(row.group, first=request.first, second=request.second),
    }


def _build(build: Build, newest: Mapping[int, Attempt]) -> ComparedBuildView:
    return {
        "id": build.id,
        "state": build.state,
        "sentence": build.sentence,
        "source_version": build.source_version,
        "version": build.version,
        "rebuild_no": build.rebuild_no,
        "finished_at": moment(build.finished_at),
        "seconds": attempt_seconds(newest.get(build.id)),
        "url": build_address(build),
    }


def _excerpt(build: Placed | None, newest: Mapping[int, Attempt]) -> str | None:
    """What the log of a failure says; None if it failed before anything was tried."""
    attempt = None if build is None else newest.get(build.id)
    if attempt is None or attempt.result is None:
        return None
    excerpt = attempt.result.get("excerpt")
    return excerpt if isinstance(excerpt, str) and excerpt else None
