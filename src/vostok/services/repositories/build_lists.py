"""Pieces of long lists of builds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.build import Build
from vostok.domain.build_list import BuildList


class BuildLists(Protocol):
    """Lists of builds that are never read whole."""

    def of_campaign(self, campaign_id: int, asked: BuildList) -> list[Build]:
        """The builds of a piece of a campaign's list, in its order.

        Raises:
            NotFoundError: there is no build after which it would go on.
        """

    def count_of_campaign(self, campaign_id: int, asked: BuildList) -> int:
        """How many builds the whole list has."""

    def last_end(self, campaign_id: int) -> datetime | None:
        """When the last of a campaign's builds that ended did; None: none has."""

    def ends(
        self, campaign_id: int, began: datetime, seconds: int
    ) -> Sequence[tuple[int, str, int]]:
        """(piece of so many seconds since it began, state, builds that ended in it). O(builds)."""
