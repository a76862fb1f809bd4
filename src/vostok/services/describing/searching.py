"""Searching everything by name, as one principal may see it."""

from typing import cast

from vostok.documents.searches import (
    FoundArchiveView,
    FoundBuildView,
    FoundSourceView,
    FoundView,
)
from vostok.domain.access import Action, Principal, require
from vostok.domain.search import FOUND_MAX, Found, normalised
from vostok.services.repositories import Database


class SearchService:
    """Finds archives, sources and builds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, principal: Principal, text: str) -> Found:
        """What has the text in its name, exact names first; nothing for an empty text."""
        require(principal, Action.VIEW, "what is searched")
        wanted, hidden = normalised(text), principal.rights.hidden
        if not wanted:
            return Found(text="")
        with self._database.read() as transaction:
            searches = transaction.searches
            archives = searches.archives(wanted, hidden, FOUND_MAX + 1)
            sources = searches.sources(wanted, hidden, FOUND_MAX + 1)
            builds = searches.builds(wanted, hidden, FOUND_MAX + 1)
        kinds = {"archives": archives, "sources": sources, "builds": builds}
        return Found(
            text=wanted,
            archives=tuple(archives[:FOUND_MAX]),
            sources=tuple(sources[:FOUND_MAX]),
            builds=tuple(builds[:FOUND_MAX]),
            more=frozenset(kind for kind, found in kinds.items() if len(found) > FOUND_MAX),
        )


def found_document(found: Found) -> FoundView:
    """What was found as a document."""
    return {
        "text": found.text,
        "archives": [cast("FoundArchiveView", each._asdict()) for each in found.archives],
        "sources": [cast("FoundSourceView", each._asdict()) for each in found.sources],
        "builds": [cast("FoundBuildView", each._asdict()) for each in found.builds],
        "more": sorted(found.more),
    }
