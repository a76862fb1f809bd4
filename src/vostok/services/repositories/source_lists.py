"""Pieces of the list of a suite's sources."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from vostok.domain.archive import Suite
from vostok.domain.source_list import SourceList


class ListedName(NamedTuple):
    """A source of a base, and where its paragraph is."""

    name: str
    version: str
    component: str
    stanza_id: int


class SourceLists(Protocol):
    """Lists of what derived suites take, which may be tens of thousands of sources."""

    def taken(self, suite: Suite, asked: SourceList) -> Sequence[ListedName]:
        """A piece of what a derived suite takes of its parents, by name."""

    def count_taken(self, suite: Suite, asked: SourceList) -> int:
        """How many sources the whole list has, of which a piece is asked for."""
