"""Pieces of long lists of builds."""

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
