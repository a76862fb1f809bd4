"""Requests that were done, and what was answered."""

import zlib
from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import insert_new, seconds
from vostok.domain.repeated_request import Answer, KnownRequest, RequestMark

COMPRESSION_LEVEL = 1
_KNOWN = schema.repeated_request


class SqlRepeatedRequests:
    """Implements `services.repositories.RepeatedRequests`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, mark: RequestMark, now: datetime) -> KnownRequest | None:
        """See `services.repositories.RepeatedRequests`."""
        row = self._connection.execute(
            sa.select(_KNOWN).where(_of(mark), _KNOWN.c.expires_at > seconds(now))
        ).first()
        if row is None:
            return None
        answer = None
        if row.content is not None:
            answer = Answer(
                status=row.status,
                media_type=row.media_type,
                content=zlib.decompress(row.content),
            )
        return KnownRequest(digest=row.digest, answer=answer)

    def add(self, mark: RequestMark, *, now: datetime, expires_at: datetime) -> bool:
        """See `services.repositories.RepeatedRequests`."""
        self._connection.execute(_KNOWN.delete().where(_KNOWN.c.expires_at <= seconds(now)))
        return insert_new(
            self._connection,
            _KNOWN,
            {
                "person": mark.person,
                "operation": mark.operation,
                "key_hash": mark.key_hash,
                "digest": mark.digest,
                "archive": mark.archive,
                "expires_at": seconds(expires_at),
            },
        )

    def keep(self, mark: RequestMark, answer: Answer) -> None:
        """See `services.repositories.RepeatedRequests`."""
        self._connection.execute(
            _KNOWN.update()
            .where(_of(mark))
            .values(
                status=answer.status,
                media_type=answer.media_type,
                content=zlib.compress(answer.content, COMPRESSION_LEVEL),
            )
        )


def _of(mark: RequestMark) -> sa.ColumnElement[bool]:
    return sa.and_(
        _KNOWN.c.person == mark.person,
        _KNOWN.c.operation == mark.operation,
        _KNOWN.c.key_hash == mark.key_hash,
    )
