"""Routes of news: what happened in an archive or a campaign."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from vostok.bootstrap import Services
from vostok.domain.news import (
    BEGINNING,
    NEWS_LISTED_MAX,
    NewsPosition,
    NewsTopic,
    parse_position,
)
from vostok.entrypoints.api.parameters import Name, NameInPath, NumberInPath, checked
from vostok.services.documents.news import NewsView
from vostok.services.news import NewsRequest

After = Annotated[Annotated[Name, checked(parse_position)] | None, Query()]
Topics = Annotated[list[NewsTopic], Query(max_length=len(NewsTopic))]
Limit = Annotated[int, Query(ge=1, le=NEWS_LISTED_MAX)]


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of news."""
    news = services.news

    @router.get("/archives/{name}/news")
    def archive_news(
        name: NameInPath,
        who: asker,
        after: After = None,
        topic: Topics = [],  # noqa: B006 - FastAPI copies it
        limit: Limit = 100,
    ) -> NewsView:
        """What happened in an archive, the oldest first, behind the position `after`.

        Each answer names the position to go on from. An answer may list fewer items than there
        are, or none: `is_whole` says that nothing more was there. Positions of an archive and of
        its campaigns go on from each other.
        """
        asked = NewsRequest(
            archive=name, position=position_of(after), topics=topics_of(topic), limit=limit
        )
        return news.document(name, news.after(who, asked))

    @router.get("/archives/{name}/campaigns/{number}/news")
    def campaign_news(  # noqa: PLR0913, PLR0917 - each parameter is a field of the path or query
        name: NameInPath,
        number: NumberInPath,
        who: asker,
        after: After = None,
        topic: Topics = [],  # noqa: B006 - FastAPI copies it
        limit: Limit = 100,
    ) -> NewsView:
        """What happened in a campaign: its request and its builds; otherwise the same."""
        asked = NewsRequest(
            archive=name,
            campaign=number,
            position=position_of(after),
            topics=topics_of(topic),
            limit=limit,
        )
        return news.document(name, news.after(who, asked))


def position_of(text: str | None) -> NewsPosition:
    """The position of a request: the beginning if none is named."""
    return BEGINNING if text is None else parse_position(text)


def topics_of(topics: list[NewsTopic]) -> frozenset[NewsTopic]:
    """The topics of a request: all if none is named."""
    return frozenset(topics) or frozenset(NewsTopic)
