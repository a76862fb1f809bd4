"""Calls of campaigns: rebuilds that were asked for together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from vostok.client.asking import Asking, filtered, part, words
from vostok.client.messages import (
    Build,
    Campaign,
    CampaignPlan,
    Estimate,
    RebuildEstimateRequest,
    RebuildRequest,
    RequestedCampaign,
)
from vostok.errors import UnavailableError

PIECE_BUILDS: Final = 5_000
"""Builds of a campaign that are asked for at once."""
PIECES_MAX: Final = 400
"""Pieces of one campaign: 2,000,000 builds, all of sid for 40 architectures."""


class CampaignCalls(Asking):
    """Calls of campaigns."""

    def request_rebuild(self, archive: str, request: RebuildRequest) -> RequestedCampaign:
        """A new campaign, and the job that makes its builds."""
        path = f"archives/{part(archive)}/campaigns"
        return self._one(RequestedCampaign, "POST", path, {**request, "dry_run": False})

    def plan_rebuild(self, archive: str, request: RebuildRequest) -> CampaignPlan:
        """What `request_rebuild` would do; nothing is changed."""
        path = f"archives/{part(archive)}/campaigns"
        return self._one(CampaignPlan, "POST", path, {**request, "dry_run": True})

    def estimate_rebuild(self, archive: str, request: RebuildEstimateRequest) -> Estimate:
        """What a rebuild would take; nothing is changed."""
        path = f"archives/{part(archive)}/estimates"
        return self._one(Estimate, "POST", path, request)

    def campaigns(
        self,
        archive: str,
        *,
        text: str = "",
        kinds: Sequence[str] = (),
        states: Sequence[str] = (),
    ) -> Iterator[Campaign]:
        """The campaigns of an archive, the newest first."""
        path = f"archives/{part(archive)}/campaigns"
        return self._listed(Campaign, path, "campaigns", filtered(text, kinds, states))

    def campaign(self, archive: str, number: int) -> Campaign:
        """One campaign with all of its builds, asked for in pieces.

        Raises:
            UnavailableError: also when they are more than `PIECES_MAX` pieces.
        """
        campaign = self._piece(archive, number, {"limit": PIECE_BUILDS})
        builds = campaign.setdefault("builds", [])
        builds += self._builds_behind(archive, number, campaign)
        return {**campaign, "next": None}

    def campaign_progress(
        self, archive: str, number: int, states: Iterable[str], *, limit: int
    ) -> Campaign:
        """One campaign with some of its builds in these states, instead of all."""
        return self._piece(archive, number, {"limit": limit, "state": sorted(states)})

    def campaign_builds(
        self, archive: str, number: int, *, states: Iterable[str] = (), text: str = ""
    ) -> Iterator[Build]:
        """The builds of a campaign, by source, of which each piece is asked for when it is needed.

        Args:
            archive: the archive.
            number: of the campaign.
            states: only builds in one of them; without any, in all.
            text: only sources with this in their name.
        """
        chosen = {"state": sorted(states), "q": text}
        campaign = self._piece(archive, number, {"limit": PIECE_BUILDS, **chosen})
        yield from campaign.get("builds", [])
        yield from self._builds_behind(archive, number, campaign, **chosen)

    def _builds_behind(
        self, archive: str, number: int, first: Campaign, **chosen: object
    ) -> Iterator[Build]:
        """The builds that follow those of the first page."""
        cursor, came = first.get("next"), len(first.get("builds", []))
        for _ in range(PIECES_MAX):
            if cursor is None:
                return
            query = {"limit": PIECE_BUILDS, "cursor": cursor, **chosen}
            piece = self._piece(archive, number, query)
            yield from piece.get("builds", [])
            cursor, came = piece.get("next"), came + len(piece.get("builds", []))
        raise UnavailableError(
            f"campaign {number} of {archive} has {first.get('found', 0)} builds, "
            f"of which {came} came in {PIECES_MAX} pieces",
            hint="ask for some of them: GET /api/v1/archives/NAME/campaigns/N?state=&q=",
        )

    def _piece(self, archive: str, number: int, query: Mapping[str, object]) -> Campaign:
        path = f"archives/{part(archive)}/campaigns/{number}"
        return self._one(Campaign, "GET", path, query=words(query))
