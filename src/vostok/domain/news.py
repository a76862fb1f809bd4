"""News of an archive: one sequence of what happened, told after any point of it.

The sequence has no table of its own. It is merged from rows that are there anyway, each kind of
them with ids that rise, and from notices of what leaves no such row: a position is the vector of
the last ids that were told. So it stays right while rows are added, and whoever kept one goes on
behind it after a crash.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from vostok.domain.build import BuildState
from vostok.errors import InvalidInputError

NEWS_LISTED_MAX: Final = 500
_ID_MAX: Final = (1 << 63) - 1
_POSITION: Final = re.compile(
    r"b(\d{1,19})\.p(\d{1,19})\.u(\d{1,19})\.c(\d{1,19})(?:\.n(\d{1,19}))?"
)


class NewsTopic(StrEnum):
    """What somebody can ask to be told of."""

    BUILT = "built"
    FAILED = "failed"
    """A build ended without packages, whatever the reason."""
    STOPPED = "stopped"
    """A build was cancelled, or a newer source took its place, or it is not for this machine."""
    PROGRESS = "progress"
    """Any other step of a build."""
    PUBLISHED = "published"
    ACCEPTED = "accepted"
    """An upload."""
    REFUSED = "refused"
    """An upload."""
    REQUESTED = "requested"
    """A campaign."""
    ENDED = "ended"
    """The last build of a campaign that was still to come."""
    JOB_FAILED = "job-failed"
    UNDECIDED = "undecided"
    """A sync left sources that need a person: they were changed here and by a parent."""


ENDED_TOPICS: Final = MappingProxyType(
    {
        BuildState.BUILT: NewsTopic.BUILT,
        BuildState.FAILED: NewsTopic.FAILED,
        BuildState.FAILED_TO_UPLOAD: NewsTopic.FAILED,
        BuildState.CHROOT_PROBLEM: NewsTopic.FAILED,
        BuildState.SOURCE_UNAVAILABLE: NewsTopic.FAILED,
        BuildState.BD_UNINSTALLABLE: NewsTopic.FAILED,
        BuildState.CANCELLED: NewsTopic.STOPPED,
        BuildState.SUPERSEDED: NewsTopic.STOPPED,
        BuildState.NOT_FOR_US: NewsTopic.STOPPED,
    }
)
"""States in which a build stays unless somebody does something -> what its end is told as."""
TOLD_BY_DEFAULT: Final = frozenset(NewsTopic) - {NewsTopic.PROGRESS}


def topic_of_build(before: str, after: str) -> NewsTopic:
    """What a step of a build is told as; one that leaves the state as it was is progress."""
    if before == after:
        return NewsTopic.PROGRESS
    return ENDED_TOPICS.get(BuildState(after), NewsTopic.PROGRESS)


class NewsStream(StrEnum):
    """Where news come from; the value is the letter of its ids.

    What has the same moment is told in this order: a cause before what came of it.
    """

    UPLOADS = "u"
    CAMPAIGNS = "c"
    BUILDS = "b"
    PUBLICATIONS = "p"
    NOTICES = "n"


_RANKS: Final = MappingProxyType({stream: rank for rank, stream in enumerate(NewsStream)})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsPosition:
    """How far somebody was told: the last id of each stream, 0 for none."""

    builds: int = 0
    publications: int = 0
    uploads: int = 0
    campaigns: int = 0
    """Number of the archive's last campaign."""
    notices: int = 0
    """0 is left out of the text: positions were kept before there were notices."""

    def __str__(self) -> str:
        notices = f".n{self.notices}" if self.notices else ""
        return f"b{self.builds}.p{self.publications}.u{self.uploads}.c{self.campaigns}{notices}"

    def last(self, stream: NewsStream) -> int:
        """The last id of one stream."""
        last: int = getattr(self, stream.name.lower())
        return last

    def at(self, stream: NewsStream, last: int) -> "NewsPosition":
        """The position with one stream further on; never further back."""
        return replace(self, **{stream.name.lower(): max(last, self.last(stream))})


BEGINNING: Final = NewsPosition()


def parse_position(text: str) -> NewsPosition:
    """The position that a text stands for.

    Raises:
        InvalidInputError: it stands for none.
    """
    found = _POSITION.fullmatch(text)
    numbers = [int(number) for number in found.groups("0")] if found else []
    if not numbers or max(numbers) > _ID_MAX:
        raise InvalidInputError(
            f"{text[:100]!r} is no position in the news",
            hint="give one as an answer named it, like b120.p3.u0.c1, or none",
            reason="not-a-position",
        )
    builds, publications, uploads, campaigns, notices = numbers
    return NewsPosition(
        builds=builds,
        publications=publications,
        uploads=uploads,
        campaigns=campaigns,
        notices=notices,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsScope:
    """Of what the news are: an archive, or one of its campaigns."""

    archive_id: int
    archive: str
    campaign_id: int | None = None
    campaign: int | None = None
    """Its number."""

    def __str__(self) -> str:
        return (
            self.archive if self.campaign is None else f"{self.archive}, campaign {self.campaign}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem:
    """Something that happened.

    Attributes:
        stream: where it comes from.
        id: in that stream; a campaign's is its number.
        title: what happened to what, in a few words.
        sentence: why, or with what result.
        number: of the publication, the upload or the campaign; of a build its id.
        campaign: number of the campaign that it belongs to.
        subject: name of the source, the suite or whatever it happened to.
        job_id: of the job that it was.
    """

    stream: NewsStream
    id: int
    at: datetime
    topic: NewsTopic
    actor: str
    subject: str
    title: str
    sentence: str
    number: int
    campaign: int | None = None
    version: str | None = None
    architecture: str | None = None
    state: str | None = None
    rebuild_no: int | None = None
    job_id: str | None = None

    @property
    def place(self) -> tuple[datetime, int, int]:
        """What lists of several streams are sorted by."""
        return self.at, _RANKS[self.stream], self.id

    @property
    def key(self) -> str:
        """What the item is known by, the same for ever in its archive."""
        return f"{self.stream}{self.id}"

    def place_of_page(self, archive: str) -> tuple[object, ...]:
        """The segments of the address of the page that shows more; "" for a slash at the end."""
        match self.stream:
            case NewsStream.BUILDS:
                slot = (self.subject, self.rebuild_no, self.architecture)
                return ("archives", archive, "builds", *slot)
            case NewsStream.CAMPAIGNS:
                return ("archives", archive, "campaigns", self.number)
            case NewsStream.NOTICES if self.topic is NewsTopic.UNDECIDED:
                return ("archives", archive, "sync")
            case NewsStream.NOTICES if self.job_id is not None:
                return ("jobs", self.job_id)
            case NewsStream.NOTICES:
                return ("archives", archive, "campaigns", self.number)
            case NewsStream.PUBLICATIONS | NewsStream.UPLOADS:
                return ("archives", archive, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPiece:
    """The next items of one stream, by id; everything up to `reached` was looked at."""

    stream: NewsStream
    items: Sequence[NewsItem]
    reached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsPage:
    """Items in order, each with the position behind it; and the position to go on from.

    Attributes:
        is_whole: whether nothing more was there when it was read.
    """

    items: tuple[tuple[NewsItem, NewsPosition], ...]
    position: NewsPosition
    is_whole: bool


def merged(
    pieces: Sequence[StreamPiece], start: NewsPosition, *, limit: int, is_whole: bool
) -> NewsPage:
    """The next items of all streams together, at most `limit`, by time as far as ids allow.

    Within a stream the order is that of its ids, also where clocks say otherwise: otherwise a
    position could not say what was told.

    Args:
        pieces: of each stream at most one.
        start: the position that the pieces begin behind.
        limit: how many items.
        is_whole: whether the pieces reach the end of their streams.
    """
    position, found = start, list[tuple[NewsItem, NewsPosition]]()
    places = {piece.stream: 0 for piece in pieces}
    while len(found) < limit:
        heads = [
            piece.items[places[piece.stream]]
            for piece in pieces
            if places[piece.stream] < len(piece.items)
        ]
        if not heads:
            break
        item = min(heads, key=lambda head: (head.at, _RANKS[head.stream]))
        places[item.stream] += 1
        position = position.at(item.stream, item.id)
        found.append((item, position))
    for piece in pieces:
        if places[piece.stream] == len(piece.items):
            position = position.at(piece.stream, piece.reached)
        else:
            is_whole = False
    return NewsPage(items=tuple(found), position=position, is_whole=is_whole)


def filtered(page: NewsPage, topics: frozenset[NewsTopic]) -> NewsPage:
    """The page without what is not asked for; the position stays."""
    return replace(page, items=tuple(told for told in page.items if told[0].topic in topics))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsHeads:
    """Up to which ids streams are settled: below them nothing can appear any more."""

    builds: int = 0
    publications: int = 0
    uploads: int = 0
    notices: int = 0

    def last(self, stream: NewsStream) -> int | None:
        """The settled id of a stream; None: each of its rows is settled when it is there."""
        last: int | None = getattr(self, stream.name.lower(), None)
        return last


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What happened and leaves no other row from which it could be told.

    Attributes:
        campaign: number of the campaign that it is about.
        job_id: of the job that it is about.
    """

    topic: NewsTopic
    subject: str
    title: str
    sentence: str
    actor: str = "vostok"
    campaign: int | None = None
    job_id: str | None = None
