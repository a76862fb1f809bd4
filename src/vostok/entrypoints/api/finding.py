"""Routes of the search and of the queue: what is there in all archives at once."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from vostok.bootstrap import Services
from vostok.documents import QueueView
from vostok.documents.searches import FoundView
from vostok.domain.search import SEARCH_CHARACTERS_MAX
from vostok.services.describing.searching import found_document


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of the search and of the queue."""

    @router.get("/search")
    def search(
        who: asker, q: Annotated[str, Query(max_length=SEARCH_CHARACTERS_MAX)] = ""
    ) -> FoundView:
        """Archives, sources and builds with a text in their names, at most 25 of each kind.

        Exact names come first, then those that begin with the text. Without a text there are none.
        """
        return found_document(services.search.find(who, q))

    @router.get("/queue")
    def queue(who: asker) -> QueueView:
        """What waits, what is at work, who builds, and about how long each queue will last."""
        return services.queue.show(who)
