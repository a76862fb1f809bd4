"""Views: what builds of an edition see, as rows that name index files."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import inserted_id, seconds
from vostok.domain.package import Membership
from vostok.domain.publication import IndexFile, View

_VIEW = schema.view
_VIEW_FILE = schema.view_file
_BINARY = schema.binary_release
_DELTA = schema.delta_binary
ROWS_PER_INSERT_MAX = 5_000


class SqlViews:
    """Implements what `services.repositories.Publications` has of views."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def ensure_view(
        self,
        suite_id: int,
        *,
        derivation: int,
        edition: int,
        toolchain_id: int | None,
        dependencies: str,
        at: datetime,
    ) -> View:
        """The view of that edition, toolchain and mode; its indices may have to be made yet."""
        condition = sa.and_(
            _VIEW.c.suite_id == suite_id,
            _VIEW.c.edition == edition,
            _VIEW.c.toolchain_id == (toolchain_id or 0),
            _VIEW.c.dependencies == dependencies,
        )
        query = sa.select(_VIEW).where(condition)
        row = self._connection.execute(query).first()
        if row is None:
            values = {
                "suite_id": suite_id,
                "derivation": derivation,
                "edition": edition,
                "toolchain_id": toolchain_id or 0,
                "dependencies": dependencies,
                "created_at": seconds(at),
            }
            inserted_id(self._connection, _VIEW, values)
            row = self._connection.execute(query).one()
        return _view(row)

    def view(self, view_id: int) -> View:
        """One view."""
        return _view(self._connection.execute(sa.select(_VIEW).where(_VIEW.c.id == view_id)).one())

    def set_view_indices(self, view_id: int, files: Iterable[IndexFile], at: datetime) -> None:
        """Enter a view's index files; entered twice, the first stay."""
        marked = self._connection.execute(
            _VIEW.update()
            .where(_VIEW.c.id == view_id, _VIEW.c.indexed_at.is_(None))
            .values(indexed_at=seconds(at))
        )
        if marked.rowcount:
            self._insert(_VIEW_FILE, {"view_id": view_id}, files)

    def find_view_index(self, view_id: int, path: str) -> IndexFile | None:
        """The index file of that path in a view."""
        return self._one(
            sa.select(_VIEW_FILE).where(_VIEW_FILE.c.view_id == view_id, _VIEW_FILE.c.path == path)
        )

    def find_view_by_hash(self, view_id: int, sha256: str) -> IndexFile | None:
        """The index file of that hash in a view."""
        return self._one(
            sa.select(_VIEW_FILE)
            .where(_VIEW_FILE.c.view_id == view_id, _VIEW_FILE.c.sha256 == sha256)
            .limit(1)
        )

    def find_view_pool_file(
        self, view: View, base: Membership | None, path: str
    ) -> IndexFile | None:
        """The file that a pool path stands for in a view: an own one, else the base's."""
        own = (
            sa.select(_BINARY.c.filename.label("path"), _BINARY.c.size, _BINARY.c.sha256)
            .join(_DELTA, _DELTA.c.package_id == _BINARY.c.id)
            .where(
                _DELTA.c.suite_id == view.suite_id,
                _BINARY.c.filename == path,
                _DELTA.c.since_edition <= view.edition,
                sa.or_(
                    _DELTA.c.toolchain_id.is_(None), _DELTA.c.toolchain_id == view.toolchain_id
                ),
            )
        )
        found = self._one(own.limit(1))
        if found is not None or base is None:
            return found
        members, like = schema.suite_binary, _BINARY.alias("like")
        return self._one(
            sa.select(_BINARY.c.filename.label("path"), _BINARY.c.size, _BINARY.c.sha256)
            .join(members, members.c.package_id == _BINARY.c.id)
            .where(
                members.c.package_id.in_(sa.select(like.c.id).where(like.c.filename == path)),
                members.c.suite_id == base.suite_id,
                members.c.since <= base.number,
                sa.or_(members.c.until.is_(None), members.c.until > base.number),
            )
            .limit(1)
        )

    def _insert(self, table: sa.Table, owner: dict[str, int], files: Iterable[IndexFile]) -> None:
        rows = [
            {**owner, "path": file.path, "size": file.size, "sha256": file.sha256}
            for file in files
        ]
        for start in range(0, len(rows), ROWS_PER_INSERT_MAX):
            self._connection.execute(table.insert(), rows[start : start + ROWS_PER_INSERT_MAX])

    def _one(self, query: sa.Select[Any]) -> IndexFile | None:
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return IndexFile(path=row.path, size=row.size, sha256=row.sha256)


def _view(row: sa.Row[Any]) -> View:
    return View(
        id=row.id,
        suite_id=row.suite_id,
        derivation=row.derivation,
        edition=row.edition,
        toolchain_id=row.toolchain_id or None,
        dependencies=row.dependencies,
        is_indexed=row.indexed_at is not None,
    )
