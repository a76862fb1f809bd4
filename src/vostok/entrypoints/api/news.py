"""Routes of news: what happened in an archive or a campaign."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from vostok.adapters.callers import address_of
from vostok.adapters.event_streams.news import STREAM_SECONDS_MAX, Whoever
from vostok.bootstrap import Services
from vostok.documents.news import NewsView
from vostok.domain.access import Principal
from vostok.domain.credentials import shown_token
from vostok.domain.news import (
    BEGINNING,
    NEWS_LISTED_MAX,
    NewsPosition,
    NewsTopic,
    parse_position,
)
from vostok.entrypoints.api.cursors import PageRequest, page_of
from vostok.entrypoints.api.parameters import Name, NameInPath, NumberInPath, checked
from vostok.services.telling.news import NewsRequest

Cursor = Annotated[Annotated[Name, checked(parse_position)] | None, Query()]
Topics = Annotated[list[NewsTopic], Query(max_length=len(NewsTopic))]
LastEventId = Annotated[Annotated[Name, checked(parse_position)] | None, Header()]
Seconds = Annotated[int, Query(ge=0, le=STREAM_SECONDS_MAX)]
NewsPages = Annotated[PageRequest, Depends(page_of(most=NEWS_LISTED_MAX, check=parse_position))]


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of news."""
    news = services.news

    def told(page: PageRequest, asked: NewsRequest, who: Principal) -> NewsView:
        position = position_of(page.cursor)
        found = news.after(who, replace(asked, position=position, limit=page.limit))
        if not found.is_whole:
            page.linked(str(found.position))
        return news.document(asked.archive, found)

    @router.get("/archives/{name}/news")
    def archive_news(
        name: NameInPath,
        who: asker,
        page: NewsPages,
        topic: Topics = [],  # noqa: B006 - FastAPI copies it
    ) -> NewsView:
        """What happened in an archive, the oldest first.

        Each answer has a `next`, for there may be news later. An answer may list fewer items than
        there are, or none: `is_whole` says that nothing more was there. An archive and its
        campaigns go on from the cursors of each other.
        """
        return told(page, NewsRequest(archive=name, topics=topics_of(topic)), who)

    @router.get("/archives/{name}/campaigns/{number}/news")
    def campaign_news(
        name: NameInPath,
        number: NumberInPath,
        who: asker,
        page: NewsPages,
        topic: Topics = [],  # noqa: B006 - FastAPI copies it
    ) -> NewsView:
        """What happened in a campaign: its request and its builds; otherwise the same."""
        asked = NewsRequest(archive=name, campaign=number, topics=topics_of(topic))
        return told(page, asked, who)

    _add_stream_routes(router, services, asker)


def _add_stream_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - as above
    def stream(
        request: Request, asked: NewsRequest, start: str | None, seconds: int
    ) -> StreamingResponse:
        return services.news_streams.begin(
            replace(asked, position=position_of(start)),
            _whoever(services, request),
            address=address_of(request),
            is_from_now=start is None,
            seconds=seconds,
        )

    @router.get("/archives/{name}/news/stream", response_class=EventStream)
    def archive_news_stream(  # noqa: PLR0913, PLR0917 - each is a field of the request
        request: Request,
        name: NameInPath,
        _who: asker,
        cursor: Cursor = None,
        topic: Topics = [],  # noqa: B006 - FastAPI copies it
        seconds: Seconds = STREAM_SECONDS_MAX,
        last_event_id: LastEventId = None,
    ) -> StreamingResponse:
        """The news of an archive as server-sent events, while they happen.

        It begins behind `Last-Event-ID` or `cursor`, else with what happens from now on. The
        event's type is the topic, its id the position behind it, its data one item of the news.
        The type `end` says that the reader may not go on; otherwise whoever is cut off comes back
        with the last id. The stream ends after `seconds`.
        """
        asked = NewsRequest(archive=name, topics=topics_of(topic))
        return stream(request, asked, last_event_id or cursor, seconds)

    @router.get("/archives/{name}/campaigns/{number}/news/stream", response_class=EventStream)
    def campaign_news_stream(  # noqa: PLR0913, PLR0917 - each is a field of the request
        request: Request,
        name: NameInPath,
        number: NumberInPath,
        _who: asker,
        cursor: Cursor = None,
        topic: Topics = [],  # noqa: B006 - FastAPI copies it
        seconds: Seconds = STREAM_SECONDS_MAX,
        last_event_id: LastEventId = None,
    ) -> StreamingResponse:
        """The news of a campaign as server-sent events; otherwise the same."""
        asked = NewsRequest(archive=name, campaign=number, topics=topics_of(topic))
        return stream(request, asked, last_event_id or cursor, seconds)


class EventStream(StreamingResponse):
    """How the description of the API names a stream."""

    media_type = "text/event-stream"


def _whoever(services: Services, request: Request) -> Whoever:
    """Finds out who listens, each time anew: a token can be revoked meanwhile."""
    shown = request.headers.get("authorization", "")
    token = shown_token(shown) if shown.lower().startswith("bearer ") else None
    return lambda: services.people.principal(token, address=address_of(request))


def position_of(text: str | None) -> NewsPosition:
    """The position of a request: the beginning if none is named."""
    return BEGINNING if text is None else parse_position(text)


def topics_of(topics: list[NewsTopic]) -> frozenset[NewsTopic]:
    """The topics of a request: all if none is named."""
    return frozenset(topics) or frozenset(NewsTopic)
