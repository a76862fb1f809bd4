"""Word to open pages that what they show has changed, as server-sent events.

A page that hears it fetches itself again, so nothing is told here that the page would not show.
Who looks is found out with every look, so a stream ends with the right to it. Between two looks a
stream holds neither a thread nor a connection to the database.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final

from anyio import to_thread

from vostok.adapters.event_streams.news import RETRY_MILLISECONDS, NewsStream, Whoever
from vostok.adapters.event_streams.shared_looks import SharedLooks
from vostok.adapters.event_streams.slots import StreamSlots
from vostok.documents import QueueView
from vostok.domain.access import Action, Principal, require
from vostok.domain.job import Job
from vostok.domain.news import NewsHeads
from vostok.errors import VostokError
from vostok.services.describing.overview import Overview
from vostok.services.describing.queueing import QueueService
from vostok.services.job_runner import JobService
from vostok.services.telling.news import NewsRequest, NewsService

STREAMS_MAX: Final = 100
STREAM_SECONDS_MAX: Final = 1_800
HEARTBEAT_SECONDS: Final = 15.0
"""Without a change a comment is sent this often, so that a line that broke is noticed."""
LOOK_SECONDS: Final = 1.0
JOBS_LOOKED_AT: Final = 5
"""The newest of an archive, whose progress its page shows."""

JOBS_SHOWN: Final = 100
"""On the page of the jobs."""
JOBS_SECONDS: Final = 2.0
QUEUE_SECONDS: Final = 5.0
"""How long one look at jobs or at the queue is good for, for all who see the same."""

Look = Callable[[Principal], object]
"""What differs whenever the page would."""


class PageStreams:
    """The open streams of pages in one process."""

    def __init__(
        self,
        news: NewsService,
        jobs: JobService,
        queue: QueueService,
        overview: Overview,
        *,
        streams_max: int = STREAMS_MAX,
    ) -> None:
        self._news = news
        self._jobs = jobs
        self._queue = queue
        self._overview = overview
        self._queue_looks = SharedLooks[object](QUEUE_SECONDS)
        self._job_looks = SharedLooks[object](JOBS_SECONDS)
        self._slot_looks = SharedLooks[object](LOOK_SECONDS)
        self._head_looks = SharedLooks[NewsHeads](LOOK_SECONDS)
        self._slots = StreamSlots(streams_max, "followed pages")

    @property
    def open_streams(self) -> int:
        """How many there are."""
        return self._slots.open_streams

    def of_archive(
        self, whoever: Whoever, address: str, archive: str, campaign: int | None
    ) -> NewsStream:
        """Tells of an archive or a campaign: its news, and the progress of its jobs.

        Args:
            whoever: finds out who looks.
            address: from where they do.
            archive: its name.
            campaign: its number, if it is one.

        Raises:
            NotFoundError: there is no such archive or campaign.
            UnavailableError: too many streams are open.
        """
        return self._begin(whoever, address, self._archive_look(whoever(), archive, campaign))

    def of_job(self, whoever: Whoever, address: str, identifier: str) -> NewsStream:
        """Tells of one job; otherwise the same."""

        def look(principal: Principal) -> object:
            end = self._jobs.log_end(principal, identifier)
            return _mark(self._jobs.show(principal, identifier)), end

        return self._begin(whoever, address, look)

    def of_jobs(self, whoever: Whoever, address: str, archive: str | None) -> NewsStream:
        """Tells of the newest jobs, of one archive or of all that the reader may know of."""

        def look(reader: Principal) -> object:
            return self._job_looks.mark(
                (archive, reader.rights.hidden),
                lambda: [*map(_mark, self._jobs.newest(reader, archive, count=JOBS_SHOWN))],
            )

        return self._begin(whoever, address, look)

    def of_queue(self, whoever: Whoever, address: str) -> NewsStream:
        """Tells of the queue and of builders, as far as the reader may know of them.

        Reading the queue costs O(waiting), so all who see the same share one look, and no look is
        taken more often than people can read.
        """

        def look(reader: Principal) -> object:
            return self._queue_looks.mark(
                reader.rights.hidden, lambda: _queue_mark(self._queue.show(reader))
            )

        return self._begin(whoever, address, look)

    def of_slot(
        self, whoever: Whoever, address: str, *, archive: str, source: str, architecture: str
    ) -> NewsStream:
        """Tells of the records of a source on one architecture of an archive.

        Raises:
            NotFoundError: there is no such archive, or no record.
            UnavailableError: too many streams are open.
        """

        def look(reader: Principal) -> object:
            require(reader, Action.VIEW, archive)  # the shared look asks for one reader only
            return self._slot_looks.mark(
                (archive, source, architecture),
                lambda: self._overview.seen_by(reader).slot_records(archive, source, architecture),
            )

        return self._begin(whoever, address, look)

    def _archive_look(self, principal: Principal, archive: str, campaign: int | None) -> Look:
        asked = NewsRequest(archive=archive, campaign=campaign)
        position, heads, items = self._news.end(principal, asked), NewsHeads(), 0

        def look(reader: Principal) -> object:
            nonlocal position, heads, items
            require(reader, Action.VIEW, archive)
            newest = self._newest_heads()
            if newest != heads:
                page = self._news.after(reader, replace(asked, position=position))
                position, items = page.position, items + len(page.items)
                heads = newest if page.is_whole else NewsHeads()
            jobs = self._jobs.newest(reader, archive, count=JOBS_LOOKED_AT)
            return items, *map(_mark, jobs)

        return look

    def _newest_heads(self) -> NewsHeads:
        """The heads of the news, read once a second for all streams."""
        return self._head_looks.mark(None, self._news.heads)

    def _begin(self, whoever: Whoever, address: str, look: Look) -> NewsStream:
        principal = whoever()
        first = look(principal)
        ended = self._slots.take(
            principal, address, hint="load the page again: it is whole without being followed"
        )
        return NewsStream(self._events(whoever, look, first), ended)

    async def _events(self, whoever: Whoever, look: Look, mark: object) -> AsyncIterator[str]:
        clock = asyncio.get_running_loop().time
        end, told_at = clock() + STREAM_SECONDS_MAX, clock()
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        try:
            while clock() < end:
                await asyncio.sleep(LOOK_SECONDS)
                found = await to_thread.run_sync(lambda: look(whoever()))
                if found != mark:
                    mark, told_at = found, clock()
                    yield "data: changed\n\n"
                elif clock() - told_at >= HEARTBEAT_SECONDS:
                    told_at = clock()
                    yield ": still here\n\n"
        except VostokError:  # it is gone, for everybody or for this reader
            yield "event: end\ndata: gone\n\n"


def _queue_mark(queue: QueueView) -> object:
    """The queue without what moves on by itself: when builders spoke, how long it will take."""
    return (
        queue["waiting"],
        [(build["build"], build["state"], build["attempt"]) for build in queue["at_work"]],
        [
            (builder["name"], builder["state"], builder["is_present"])
            for builder in queue["builders"]
        ],
    )


def _mark(job: Job) -> object:
    return job.id, job.state, job.message, job.done, job.total
