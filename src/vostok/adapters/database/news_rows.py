"""Streams of the news in which each row of a table is one item."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment
from vostok.domain.counting import counted
from vostok.domain.news import (
    NewsHeads,
    NewsItem,
    NewsPosition,
    NewsScope,
    NewsStream,
    NewsTopic,
    StreamPiece,
)
from vostok.domain.upload import UploadState

_NOTICE, _PUBLICATION = schema.notice, schema.publication
_CAMPAIGN, _UPLOAD = schema.campaign, schema.upload
_TOPICS_OF_UPLOADS: Final = MappingProxyType(
    {UploadState.ACCEPTED: NewsTopic.ACCEPTED, UploadState.REFUSED: NewsTopic.REFUSED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStream:
    """How the rows of one table are told.

    Attributes:
        key: the column that rises, and by which a row is known in its archive.
        of_scope: the rows of an archive or a campaign.
        item: what a row of them is told as.
        is_of_campaigns: whether some of them belong to a campaign.
    """

    stream: NewsStream
    key: sa.ColumnElement[int]
    of_scope: Callable[[NewsScope], sa.Select[Any]]
    item: Callable[[NewsScope, Any], NewsItem]
    is_of_campaigns: bool = False

    def after(
        self,
        connection: sa.Connection,
        scope: NewsScope,
        position: NewsPosition,
        heads: NewsHeads,
        limit: int,
    ) -> StreamPiece:
        """The next items behind a position, up to what is settled."""
        last, head = position.last(self.stream), heads.last(self.stream)
        query = self.of_scope(scope).where(self.key > last)
        if head is not None:
            query = query.where(self.key <= head)
        items = self._items(connection, scope, query.order_by(self.key).limit(limit))
        reached = items[-1].id if items else last
        return StreamPiece(stream=self.stream, items=items, reached=reached)

    def newest(self, connection: sa.Connection, scope: NewsScope, limit: int) -> list[NewsItem]:
        """The newest items, the newest first."""
        query = self.of_scope(scope).order_by(self.key.desc()).limit(limit)
        return self._items(connection, scope, query)

    def _items(
        self, connection: sa.Connection, scope: NewsScope, query: sa.Select[Any]
    ) -> list[NewsItem]:
        return [self.item(scope, row) for row in connection.execute(query)]


def streams_of(scope: NewsScope) -> Sequence[RowStream]:
    """The streams that can have something of an archive, or of a campaign."""
    return [each for each in _STREAMS if scope.campaign_id is None or each.is_of_campaigns]


def _publications(scope: NewsScope) -> sa.Select[Any]:
    suite = schema.suite
    return (
        sa.select(_PUBLICATION, suite.c.name.label("suite"))
        .join(suite, suite.c.id == _PUBLICATION.c.suite_id)
        .where(suite.c.archive_id == scope.archive_id)
    )


def _publication_item(scope: NewsScope, row: sa.Row[Any]) -> NewsItem:
    return NewsItem(
        stream=NewsStream.PUBLICATIONS,
        id=row.id,
        at=moment(row.at),
        topic=NewsTopic.PUBLISHED,
        actor="vostok",
        subject=row.suite,
        title=f"{scope.archive} {row.suite}: publication {row.number}",
        sentence=f"{row.reason}: {counted(row.sources, 'source')},"
        f" {counted(row.binaries, 'package')}",
        number=row.number,
    )


def _uploads(scope: NewsScope) -> sa.Select[Any]:
    return sa.select(_UPLOAD).where(_UPLOAD.c.archive_id == scope.archive_id)


def _upload_item(_scope: NewsScope, row: sa.Row[Any]) -> NewsItem:
    return NewsItem(
        stream=NewsStream.UPLOADS,
        id=row.id,
        at=moment(row.at),
        topic=_TOPICS_OF_UPLOADS[UploadState(row.state)],
        actor=row.uploaded_by,
        subject=row.source or row.changes_name,
        title=f"upload of {row.source or row.changes_name} {row.version}".rstrip()
        + f": {row.state}",
        sentence=row.sentence,
        number=row.id,
        version=row.version or None,
        state=row.state,
    )


def _campaigns(scope: NewsScope) -> sa.Select[Any]:
    query = sa.select(_CAMPAIGN).where(_CAMPAIGN.c.archive_id == scope.archive_id)
    if scope.campaign_id is None:
        return query
    return query.where(_CAMPAIGN.c.id == scope.campaign_id)


def _campaign_item(scope: NewsScope, row: sa.Row[Any]) -> NewsItem:
    return NewsItem(
        stream=NewsStream.CAMPAIGNS,
        id=row.number,
        at=moment(row.created_at),
        topic=NewsTopic.REQUESTED,
        actor=row.requested_by,
        subject=f"campaign {row.number}",
        title=f"{scope.archive}: campaign {row.number} requested",
        sentence=row.reason,
        number=row.number,
        campaign=row.number,
    )


def _notices(scope: NewsScope) -> sa.Select[Any]:
    query = sa.select(_NOTICE).where(_NOTICE.c.archive_id == scope.archive_id)
    if scope.campaign_id is None:
        return query
    return query.where(_NOTICE.c.campaign == scope.campaign)


def _notice_item(_scope: NewsScope, row: sa.Row[Any]) -> NewsItem:
    return NewsItem(
        stream=NewsStream.NOTICES,
        id=row.id,
        at=moment(row.at),
        topic=NewsTopic(row.topic),
        actor=row.actor,
        subject=row.subject,
        title=row.title,
        sentence=row.sentence,
        number=row.campaign or row.id,
        campaign=row.campaign,
        job_id=row.job_id,
    )


_STREAMS: Final = (
    # An archive gives the next number only when the campaign of the last one is there.
    RowStream(
        stream=NewsStream.CAMPAIGNS,
        key=_CAMPAIGN.c.number,
        of_scope=_campaigns,
        item=_campaign_item,
        is_of_campaigns=True,
    ),
    RowStream(
        stream=NewsStream.NOTICES,
        key=_NOTICE.c.id,
        of_scope=_notices,
        item=_notice_item,
        is_of_campaigns=True,
    ),
    RowStream(
        stream=NewsStream.PUBLICATIONS,
        key=_PUBLICATION.c.id,
        of_scope=_publications,
        item=_publication_item,
    ),
    RowStream(stream=NewsStream.UPLOADS, key=_UPLOAD.c.id, of_scope=_uploads, item=_upload_item),
)
