"""Searches by name through all archives at once."""

from collections.abc import Collection, Sequence
from typing import Protocol

from vostok.domain.search import FoundArchive, FoundBuild, FoundSource


class Searches(Protocol):
    """Exact names come first, then those that begin with the text, then the others, by name.

    Nothing of an archive that is hidden is found. Each gives at most so many as `limit` says.
    """

    def archives(self, text: str, hidden: Collection[str], limit: int) -> Sequence[FoundArchive]:
        """Archives whose name has the text."""

    def sources(self, text: str, hidden: Collection[str], limit: int) -> Sequence[FoundSource]:
        """Current sources of images and what derived archives take; O(names) in an index."""

    def builds(self, text: str, hidden: Collection[str], limit: int) -> Sequence[FoundBuild]:
        """The newest records of the sources whose name has the text."""
