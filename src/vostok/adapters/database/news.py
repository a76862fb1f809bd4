"""What happened in an archive, read from events of builds and from rows of other tables."""

from typing import Any, Final

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.news_horizon import NewsHorizon
from vostok.adapters.database.news_rows import streams_of
from vostok.adapters.database.rows import moment
from vostok.domain.news import (
    ENDED_TOPICS,
    NewsHeads,
    NewsItem,
    NewsPage,
    NewsPosition,
    NewsScope,
    NewsStream,
    StreamPiece,
    merged,
    topic_of_build,
)

WINDOW_EVENTS: Final = 20_000
"""Events of all archives that one statement looks through."""
WINDOWS_MAX: Final = 10
"""Such statements of one reading: whoever reads on looks through the next ones."""
NEWEST_WINDOWS_MAX: Final = 2
"""The same for the newest items. Where that is not enough the archive was quiet for long, and its
own builds are asked instead."""
BUILDS_ASKED_MAX: Final = 50_000
"""Of an archive or a campaign, the newest ones; more than one request for all of Debian."""

_EVENT, _BUILD, _CAMPAIGN = schema.event, schema.build, schema.campaign
_EVENTS = (
    sa.select(
        _EVENT.c.id, _EVENT.c.at, _EVENT.c.actor, _EVENT.c.state_before, _EVENT.c.state_after,
        _EVENT.c.sentence, _BUILD.c.id.label("build_id"), _BUILD.c.source, _BUILD.c.version,
        _BUILD.c.architecture, _BUILD.c.rebuild_no, _CAMPAIGN.c.number.label("campaign"),
    )
    .join(_BUILD, _BUILD.c.id == _EVENT.c.build_id)
    .outerjoin(_CAMPAIGN, _CAMPAIGN.c.id == _BUILD.c.campaign_id)
)  # fmt: skip
_ENDED = sa.and_(
    _EVENT.c.state_after.in_(sorted(ENDED_TOPICS)), _EVENT.c.state_after != _EVENT.c.state_before
)


class SqlNews:
    """Implements `services.repositories.News`."""

    def __init__(self, connection: sa.Connection, horizon: NewsHorizon) -> None:
        self._connection = connection
        self._horizon = horizon

    def heads(self) -> NewsHeads:
        """Up to which ids everything is decided. See `services.repositories.News`."""
        return self._horizon.heads(self._connection)

    def after(
        self, scope: NewsScope, position: NewsPosition, heads: NewsHeads, *, limit: int
    ) -> NewsPage:
        """What happened behind a position. See `services.repositories.News`."""
        events = self._events_after(scope, position.builds, heads.builds, limit)
        rows = [
            stream.after(self._connection, scope, position, heads, limit)
            for stream in streams_of(scope)
        ]
        pieces = [events, *rows]
        is_whole = events.reached >= heads.builds and all(len(p.items) < limit for p in pieces)
        return merged(pieces, position, limit=limit, is_whole=is_whole)

    def newest(self, scope: NewsScope, *, limit: int) -> list[NewsItem]:
        """The newest items without steps of builds. See `services.repositories.News`."""
        found = [*self._ended_builds(scope, limit)]
        for stream in streams_of(scope):
            found += stream.newest(self._connection, scope, limit)
        found.sort(key=lambda item: item.place, reverse=True)
        return found[:limit]

    # Events of builds -------------------------------------------------------------------

    def _events_after(self, scope: NewsScope, last: int, head: int, limit: int) -> StreamPiece:
        """Events behind an id, looked for in windows of ids: rows of all archives lie there."""
        items: list[NewsItem] = []
        last = max(last, self._first_event_of(scope) - 1)
        for _ in range(WINDOWS_MAX):
            if last >= head or len(items) >= limit:
                break
            end = min(head, last + WINDOW_EVENTS)
            query = _EVENTS.where(
                _EVENT.c.id > last, _EVENT.c.id <= end, _of_scope(scope)
            ).order_by(_EVENT.c.id)
            items += self._event_items(query.limit(limit - len(items)))
            last = items[-1].id if len(items) >= limit else end
        return StreamPiece(stream=NewsStream.BUILDS, items=items, reached=last)

    def _first_event_of(self, scope: NewsScope) -> int:
        """The first event of a campaign's first build, so that older ones are passed over."""
        if scope.campaign_id is None:
            return 0
        first = (
            sa.select(sa.func.min(_BUILD.c.id))
            .where(_BUILD.c.campaign_id == scope.campaign_id)
            .scalar_subquery()
        )
        query = sa.select(sa.func.min(_EVENT.c.id)).where(_EVENT.c.build_id == first)
        return self._connection.execute(query).scalar() or 0

    def _ended_builds(self, scope: NewsScope, limit: int) -> list[NewsItem]:
        items: list[NewsItem] = []
        end = self._connection.execute(sa.select(sa.func.max(_EVENT.c.id))).scalar() or 0
        first = self._first_event_of(scope)
        for _ in range(NEWEST_WINDOWS_MAX):
            if end < max(first, 1) or len(items) >= limit:
                return items
            query = _EVENTS.where(
                _EVENT.c.id <= end, _EVENT.c.id > end - WINDOW_EVENTS, _ENDED, _of_scope(scope)
            ).order_by(_EVENT.c.id.desc())
            items += self._event_items(query.limit(limit - len(items)))
            end -= WINDOW_EVENTS
        if len(items) < limit:
            items += self._ended_builds_of(scope, end, limit - len(items))
        return items

    def _ended_builds_of(self, scope: NewsScope, end: int, limit: int) -> list[NewsItem]:
        """Events up to an id, found by the builds of the scope. O(their events)."""
        own = (
            sa.select(_BUILD.c.id)
            .where(_owned_by(_BUILD, scope))
            .order_by(_BUILD.c.id.desc())
            .limit(BUILDS_ASKED_MAX)
            .subquery()
        )
        query = _EVENTS.where(
            _EVENT.c.build_id.in_(sa.select(own.c.id)), _EVENT.c.id <= end, _ENDED
        ).order_by(_EVENT.c.id.desc())
        return self._event_items(query.limit(limit))

    def _event_items(self, query: sa.Select[Any]) -> list[NewsItem]:
        return [
            NewsItem(
                stream=NewsStream.BUILDS,
                id=row.id,
                at=moment(row.at),
                topic=topic_of_build(row.state_before, row.state_after),
                actor=row.actor,
                subject=row.source,
                title=f"{row.source} {row.version} on {row.architecture}: {row.state_after}",
                sentence=row.sentence,
                number=row.build_id,
                campaign=row.campaign,
                version=row.version,
                architecture=row.architecture,
                state=row.state_after,
                rebuild_no=row.rebuild_no,
            )
            for row in self._connection.execute(query)
        ]


def _of_scope(scope: NewsScope) -> sa.ColumnElement[bool]:
    """That an event is of the scope, asked of each event's own build: ids choose the events."""
    build = _BUILD.alias("owner")
    return sa.exists().where(build.c.id == _EVENT.c.build_id, _owned_by(build, scope))


def _owned_by(build: sa.FromClause, scope: NewsScope) -> sa.ColumnElement[bool]:
    if scope.campaign_id is None:
        return build.c.archive_id == scope.archive_id
    return build.c.campaign_id == scope.campaign_id
