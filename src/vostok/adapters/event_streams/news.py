"""News as server-sent events: open answers that tell of what happens while it happens.

However many streams are open, one look at the database a second serves them all, and a stream for
which there is nothing holds neither a thread nor a connection to the database. Who listens is
found out again with every reading, so a stream ends with the right to it.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final

from anyio import to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from vostok.adapters.event_streams.slots import StreamSlots
from vostok.domain.access import Principal
from vostok.domain.news import NewsHeads, NewsPage
from vostok.errors import VostokError
from vostok.services.telling.news import NewsRequest, NewsService, item_document

STREAMS_MAX: Final = 200
STREAM_SECONDS_MAX: Final = 3_600
HEARTBEAT_SECONDS: Final = 15.0
"""Without news each stream is read again this often: it notices that its reader may not go on."""
LOOK_SECONDS: Final = 1.0
PAGE_ITEMS: Final = 100
RETRY_MILLISECONDS: Final = 3_000

Whoever = Callable[[], Principal]
"""Who listens, as it is at the moment."""


class NewsStreams:
    """The open streams of one process."""

    def __init__(self, news: NewsService, url: str, *, streams_max: int = STREAMS_MAX) -> None:
        self._news = news
        self._url = url.rstrip("/")
        self._slots = StreamSlots(streams_max, "streams")
        self._heads: NewsHeads | None = None
        self._changed = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    def begin(
        self,
        asked: NewsRequest,
        whoever: Whoever,
        *,
        address: str,
        is_from_now: bool,
        seconds: int,
    ) -> "NewsStream":
        """A stream behind a position, or of what happens from now on.

        Args:
            asked: whose news.
            whoever: finds out who listens.
            address: from where they do.
            is_from_now: whether what has happened already is left out.
            seconds: after so many the stream ends; the reader comes back by itself.

        Raises:
            NotFoundError: there is no such archive or campaign.
            UnavailableError: too many streams are open.
        """
        principal = whoever()
        if is_from_now:
            asked = replace(asked, position=self._news.end(principal, asked))
        asked = replace(asked, limit=PAGE_ITEMS)
        first = self._news.after(principal, asked)
        ended = self._slots.take(
            principal,
            address,
            hint=f"read the news in pieces: GET /api/v1/archives/{asked.archive}/news",
        )
        return NewsStream(self._events(asked, first, whoever, seconds), ended)

    async def _events(
        self, asked: NewsRequest, page: NewsPage, whoever: Whoever, seconds: int
    ) -> AsyncIterator[str]:
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        try:
            while True:
                for text in self._texts(asked, page):
                    yield text
                asked = replace(asked, position=page.position)
                if clock() >= end:
                    return
                changed = self._changed
                if page.is_whole:
                    await self._wait(changed, min(HEARTBEAT_SECONDS, end - clock()))
                page = await to_thread.run_sync(self._read, asked, whoever)
        except VostokError as error:  # the archive is gone, for everybody or for this reader
            yield f"event: end\ndata: {json.dumps({'detail': str(error)})}\n\n"

    def _read(self, asked: NewsRequest, whoever: Whoever) -> NewsPage:
        return self._news.after(whoever(), asked)

    def _texts(self, asked: NewsRequest, page: NewsPage) -> list[str]:
        """The events of a page; a position alone says how far it is, and that the line holds."""
        texts = [
            f"id: {position}\nevent: {item.topic}\n"
            f"data: {json.dumps(item_document(asked.archive, item, position, self._url))}\n\n"
            for item, position in page.items
        ]
        return [*texts, f"id: {page.position}\n\n"]

    async def _wait(self, changed: asyncio.Event, seconds: float) -> None:
        """Until there may be news, or the time is over."""
        looking = self._looking
        if looking is None or looking.done() or looking.get_loop() != asyncio.get_running_loop():
            self._looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait_for(changed.wait(), seconds)
        except TimeoutError:
            return

    async def _look(self) -> None:
        """Look for all streams whether something happened, as long as there are any."""
        while self._slots.open_streams:
            await asyncio.sleep(LOOK_SECONDS)
            heads = await to_thread.run_sync(self._news.heads)
            if heads != self._heads:
                self._heads = heads
                changed, self._changed = self._changed, asyncio.Event()
                changed.set()


class NewsStream(StreamingResponse):
    """One open stream. It counts until it ends, however it does."""

    def __init__(self, events: AsyncIterator[str], ended: Callable[[], None]) -> None:
        super().__init__(
            events,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until nobody listens any more."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()
