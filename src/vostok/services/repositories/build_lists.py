"""Pieces of long lists of builds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.build import Build
from vostok.domain.build_list import BuildList
from vostok.domain.campaign_comparison import PlacedBuild


class BuildLists(Protocol):
    """Lists of builds that are never read whole."""

    def of_campaign(self, campaign_id: int, asked: BuildList) -> list[Build]:
        """The builds of a piece of a campaign's list, in its order.

        Raises:
            NotFoundError: there is no build after which it would go on.
        """

    def count_of_campaign(self, campaign_id: int, asked: BuildList) -> int:
        """How many builds the whole list has."""

    def of_sources(self, campaign_id: int, asked: BuildList) -> list[Build]:
        """All builds of the sources of a piece of a campaign's list, source by source.

        A source is in the list if one of its builds is as asked; offset and limit count sources.
        They come by name, or, where the order is by state, by the state of theirs that people
        should look at first.
        """

    def sources_of_campaign(self, campaign_id: int, asked: BuildList) -> Sequence[str]:
        """The names of these sources; the piece may be as long as the campaign."""

    def count_of_sources(self, campaign_id: int, asked: BuildList) -> int:
        """How many sources the whole list has."""

    def ids_of_campaign(self, campaign_id: int, asked: BuildList) -> Sequence[int]:
        """The ids of the same builds; the piece may be as long as the campaign."""

    def places_of_campaign(self, campaign_id: int) -> Sequence[PlacedBuild]:
        """Every build of a campaign, with no more of it than a comparison needs. O(builds)."""

    def with_ids(self, ids: Sequence[int]) -> list[Build]:
        """The builds with some ids, in their order; without those that are gone."""

    def newest_states(self, archive_id: int) -> dict[str, int]:
        """State -> in how many places of an archive it is that of the newest build. O(builds).

        A place is a source on an architecture. Builds whose binaries get nowhere do not count, nor
        those that nobody waits for any more (`vostok.domain.badge.UNWANTED`).
        """

    def extent(self, campaign_id: int) -> tuple[int, datetime | None]:
        """How many builds a campaign has, and when the last that ended did; None: none has."""

    def ends(
        self, campaign_id: int, began: datetime, seconds: int
    ) -> Sequence[tuple[int, str, int]]:
        """(piece of so many seconds since it began, state, builds that ended in it). O(builds)."""
