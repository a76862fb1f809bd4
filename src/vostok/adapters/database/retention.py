"""Taking old publications and the indices of old views away."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import seconds

NUMBERS_PER_QUERY_MAX = 5_000

_PUBLICATION, _FILE = schema.publication, schema.publication_file
_VIEW, _VIEW_FILE = schema.view, schema.view_file
_HIDDEN = schema.publication_hidden


class SqlOldPublications:
    """Implements `services.repositories.OldPublications`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def needed(self, suite_id: int) -> set[int]:
        """Numbers of publications of a suite that others are derived from."""
        parent = schema.derivation_parent
        query = sa.select(parent.c.number).where(parent.c.parent_suite_id == suite_id)
        return set(self._connection.execute(query).scalars())

    def keep(self, publication_id: int, *, label: str, by: str) -> None:
        """Note that somebody keeps a publication, and what they call it."""
        self._connection.execute(
            _PUBLICATION.update()
            .where(_PUBLICATION.c.id == publication_id)
            .values(kept_as=label, kept_by=by)
        )

    def release(self, publication_id: int) -> None:
        """Note that nobody keeps a publication any more."""
        self._connection.execute(
            _PUBLICATION.update()
            .where(_PUBLICATION.c.id == publication_id)
            .values(kept_as=None, kept_by=None)
        )

    def remove(self, suite_id: int, numbers: Sequence[int]) -> set[str]:
        """Take publications away; SHA-256s of their index files, which others may name too."""
        hashes: set[str] = set()
        for start in range(0, len(numbers), NUMBERS_PER_QUERY_MAX):
            part = numbers[start : start + NUMBERS_PER_QUERY_MAX]
            doomed = sa.and_(_PUBLICATION.c.suite_id == suite_id, _PUBLICATION.c.number.in_(part))
            ids = sa.select(_PUBLICATION.c.id).where(doomed)
            files = _FILE.delete().where(_FILE.c.publication_id.in_(ids))
            removed = self._connection.execute(files.returning(_FILE.c.sha256))
            hashes.update(removed.scalars())
            self._connection.execute(_PUBLICATION.delete().where(doomed))
        self._forget_hidden(suite_id)
        return hashes

    def _forget_hidden(self, suite_id: int) -> None:
        """Of what older publications hid, before all that are kept."""
        oldest = sa.select(sa.func.min(_PUBLICATION.c.number)).where(
            _PUBLICATION.c.suite_id == suite_id
        )
        self._connection.execute(
            _HIDDEN.delete().where(
                _HIDDEN.c.suite_id == suite_id, _HIDDEN.c.until <= oldest.scalar_subquery()
            )
        )

    def idle_views(self, suite_id: int, before: datetime) -> list[int]:
        """Ids of a suite's views with indices of before a moment, that nobody needs now."""
        attempt, newer = schema.attempt, _VIEW.alias("newer")
        is_read = sa.exists().where(
            attempt.c.view_id == _VIEW.c.id, attempt.c.finished_at.is_(None)
        )
        is_replaced = sa.exists().where(
            newer.c.suite_id == _VIEW.c.suite_id,
            newer.c.toolchain_id == _VIEW.c.toolchain_id,
            newer.c.dependencies == _VIEW.c.dependencies,
            newer.c.edition > _VIEW.c.edition,
        )
        query = sa.select(_VIEW.c.id).where(
            _VIEW.c.suite_id == suite_id,
            _VIEW.c.indexed_at < seconds(before),
            ~is_read,
            is_replaced,
        )
        return list(self._connection.execute(query.order_by(_VIEW.c.id)).scalars())

    def remove_view_indices(self, view_ids: Sequence[int]) -> set[str]:
        """Have views without indices until somebody asks; SHA-256s of their files."""
        hashes: set[str] = set()
        for start in range(0, len(view_ids), NUMBERS_PER_QUERY_MAX):
            part = view_ids[start : start + NUMBERS_PER_QUERY_MAX]
            files = _VIEW_FILE.delete().where(_VIEW_FILE.c.view_id.in_(part))
            removed = self._connection.execute(files.returning(_VIEW_FILE.c.sha256))
            hashes.update(removed.scalars())
            self._connection.execute(
                _VIEW.update().where(_VIEW.c.id.in_(part)).values(indexed_at=None)
            )
        return hashes
