"""Up to which ids of tables nothing can appear any more.

On SQLite writing transactions follow each other, so ids become visible in their order. PostgreSQL
gives an id when a row is written and shows the row when its transaction commits: a lower id can
appear after a higher one. An id is settled once every transaction has ended that was writing into
the tables when it was the highest one given.
"""

import threading
from typing import Any, Final

import sqlalchemy as sa

from vostok.domain.news import NewsHeads

_HIGHEST: Final = sa.text(
    "select (select coalesce(max(id), 0) from event), (select coalesce(max(id), 0)"
    " from publication), (select coalesce(max(id), 0) from upload),"
    " (select coalesce(max(id), 0) from notice)"
)
_GIVEN: Final = sa.text(
    "select (select case when is_called then last_value else 0 end from event_id_seq),"
    " (select case when is_called then last_value else 0 end from publication_id_seq),"
    " (select case when is_called then last_value else 0 end from upload_id_seq),"
    " (select case when is_called then last_value else 0 end from notice_id_seq)"
)
# The lock is taken before an id is, and kept until the transaction ends.
_WRITERS: Final = sa.text(
    "select distinct virtualtransaction from pg_locks where locktype = 'relation'"
    " and mode = 'RowExclusiveLock'"
    " and database = (select oid from pg_database where datname = current_database())"
    " and relation in ('event'::regclass, 'publication'::regclass, 'upload'::regclass,"
    " 'notice'::regclass)"
)


class NewsHorizon:
    """The settled ids as far as this process knows; it may know them a little late."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled = NewsHeads()
        self._given: NewsHeads | None = None
        self._waited_for: frozenset[str] = frozenset()

    def heads(self, connection: sa.Connection) -> NewsHeads:
        """The settled ids. O(1), and O(running transactions) on PostgreSQL."""
        if connection.dialect.name != "postgresql":
            return _heads(connection.execute(_HIGHEST).one())
        return self._settled_ids(connection)

    def _settled_ids(self, connection: sa.Connection) -> NewsHeads:
        given = _heads(connection.execute(_GIVEN).one())
        writers = frozenset(connection.execute(_WRITERS).scalars())
        with self._lock:
            if not writers:
                self._settle(given)
            elif self._given is None:
                self._given, self._waited_for = given, writers
            else:
                self._waited_for &= writers
                if not self._waited_for:
                    self._settle(self._given)
                    self._given, self._waited_for = given, writers
            return self._settled

    def _settle(self, heads: NewsHeads) -> None:
        """Take ids for settled; another thread may have found higher ones meanwhile."""
        known = self._settled
        self._settled = NewsHeads(
            builds=max(known.builds, heads.builds),
            publications=max(known.publications, heads.publications),
            uploads=max(known.uploads, heads.uploads),
            notices=max(known.notices, heads.notices),
        )


def _heads(row: sa.Row[Any]) -> NewsHeads:
    builds, publications, uploads, notices = tuple(row)
    return NewsHeads(builds=builds, publications=publications, uploads=uploads, notices=notices)
