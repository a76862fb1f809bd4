"""Publications: rows that name index files; the bytes are in the content store."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import plain_rows
from vostok.adapters.database.published_files import find_in_bases, hide, not_built_at
from vostok.adapters.database.rows import interval_holds, moment, parts_of, seconds
from vostok.adapters.database.views import SqlViews
from vostok.domain.package import Membership
from vostok.domain.publication import BaseShown, HiddenBinary, IndexFile, Publication
from vostok.errors import ConflictError, GoneError, NotFoundError

_PUBLICATION = schema.publication
_FILE = schema.publication_file
_POOL = schema.publication_pool
_VIEW = schema.view
_VIEW_FILE = schema.view_file
_BINARY = schema.binary_release
_INDEXED = _VIEW.c.indexed_at.is_not(None)
PATHS_PER_STATEMENT_MAX = 5_000
SIMILAR_MAX = 2
"""Suites, this one among them, whose indices may share pieces."""


class SqlPublications(SqlViews):
    """Implements `services.repositories.Publications`."""

    def add(
        self,
        suite_id: int,
        number: int,
        *,
        derivation: int,
        at: datetime,
        reason: str,
        sources: int,
        indices: Iterable[IndexFile],
        pool: Iterable[IndexFile],
        binaries: int,
        base_bytes: int = 0,
        base_shown: BaseShown = BaseShown.TAKEN,
        hidden: Iterable[tuple[str, str]] = (),
    ) -> Publication:
        """Make this what clients see of a suite. One transaction, so they see it whole.

        `pool` names what the base does not have; the base's files are found in the base, but for
        those that are `hidden`: ("binary", path) or ("source", id). They have `base_bytes`. Hidden
        as ("not-built", id) are binaries, own ones too, that their source builds no more.

        Raises:
            ConflictError: it does not follow the suite's newest, or a pool path would stand for
                other bytes than it ever did (I6).
        """
        files = list(pool)
        self._count_up(suite_id, number)
        publication_id = self._connection.execute(
            _PUBLICATION.insert()
            .values(
                suite_id=suite_id,
                number=number,
                derivation=derivation,
                at=seconds(at),
                reason=reason,
                sources=sources,
                binaries=binaries,
                bytes=base_bytes + sum(file.size for file in files),
                base_shown=base_shown,
            )
            .returning(_PUBLICATION.c.id)
        ).scalar_one()
        self._insert(_FILE, {"publication_id": publication_id}, indices)
        self._replace_pool(suite_id, number, files)
        hide(self._connection, suite_id, number, hidden)
        return self.numbered(suite_id, number)

    def _count_up(self, suite_id: int, number: int) -> None:
        suite = schema.suite
        counted = self._connection.execute(
            suite.update()
            .where(suite.c.id == suite_id, suite.c.publication == number - 1)
            .values(publication=number)
        )
        if counted.rowcount != 1:
            raise ConflictError(
                f"publication {number} does not follow the newest one any more",
                hint="publish again: vostok publication publish NAME",
            )

    def _replace_pool(self, suite_id: int, number: int, files: list[IndexFile]) -> None:
        wanted = {file.path: file for file in files}
        suite, sibling = schema.suite, schema.suite.alias("sibling")
        of_archive = self._connection.execute(
            sa.select(_POOL.c.suite_id, _POOL.c.path, _POOL.c.sha256, _POOL.c.until)
            .join(sibling, sibling.c.id == _POOL.c.suite_id)
            .join(suite, suite.c.archive_id == sibling.c.archive_id)
            .where(suite.c.id == suite_id)
        ).all()
        _check_bytes(files, {row.path: row.sha256 for row in of_archive})
        rows = [row for row in of_archive if row.suite_id == suite_id]
        known = {row.path for row in rows}
        closing = [r.path for r in rows if r.until is None and r.path not in wanted]
        opening = [r.path for r in rows if r.until is not None and r.path in wanted]
        for paths, until in ((closing, number), (opening, None)):
            for start in range(0, len(paths), PATHS_PER_STATEMENT_MAX):
                self._connection.execute(
                    _POOL.update()
                    .where(
                        _POOL.c.suite_id == suite_id,
                        _POOL.c.path.in_(paths[start : start + PATHS_PER_STATEMENT_MAX]),
                    )
                    .values(until=until)
                )
        self._insert(
            _POOL,
            {"suite_id": suite_id, "since": number},
            (file for path, file in wanted.items() if path not in known),
        )

    def not_built(self, suite_id: int, number: int) -> list[HiddenBinary]:
        """The binaries that a publication does not show as their source builds them no more."""
        return not_built_at(self._connection, suite_id, number)

    def numbered(self, suite_id: int, number: int) -> Publication:
        """One publication of a suite; NotFoundError if it is none, GoneError if collected."""
        row = self._connection.execute(
            sa.select(_PUBLICATION).where(
                _PUBLICATION.c.suite_id == suite_id, _PUBLICATION.c.number == number
            )
        ).first()
        if row is None:
            newest = sa.select(schema.suite.c.publication).where(schema.suite.c.id == suite_id)
            if 0 < number <= (self._connection.execute(newest).scalar_one_or_none() or 0):
                raise GoneError(
                    f"publication {number} was collected: newer ones took its place long ago",
                    hint="see which are kept: vostok publication list NAME",
                )
            raise NotFoundError(
                f"there is no publication {number}",
                hint="see which there are: vostok publication list NAME",
            )
        return _publication(row)

    def of_suite(self, suite_id: int) -> list[Publication]:
        """All publications of a suite, the newest first."""
        rows = self._connection.execute(
            sa.select(_PUBLICATION)
            .where(_PUBLICATION.c.suite_id == suite_id)
            .order_by(_PUBLICATION.c.number.desc())
        )
        return [_publication(row) for row in rows]

    def newest_of(self, suite_ids: Collection[int]) -> dict[int, tuple[int, Publication]]:
        """How many publications suites have. See `services.repositories.Publications`."""
        found: dict[int, tuple[int, Publication]] = {}
        for part in parts_of(suite_ids):
            of_suite = (
                sa.select(
                    _PUBLICATION.c.suite_id,
                    sa.func.count().label("publications"),
                    sa.func.max(_PUBLICATION.c.number).label("newest"),
                )
                .where(_PUBLICATION.c.suite_id.in_(part))
                .group_by(_PUBLICATION.c.suite_id)
                .subquery()
            )
            is_newest = sa.and_(
                _PUBLICATION.c.suite_id == of_suite.c.suite_id,
                _PUBLICATION.c.number == of_suite.c.newest,
            )
            rows = self._connection.execute(
                sa.select(_PUBLICATION, of_suite.c.publications).join(of_suite, is_newest)
            )
            found |= {row.suite_id: (row.publications, _publication(row)) for row in rows}
        return found

    def indices(self, publication_id: int) -> list[IndexFile]:
        """The index files of a publication."""
        rows = self._connection.execute(
            sa.select(_FILE).where(_FILE.c.publication_id == publication_id).order_by(_FILE.c.path)
        )
        return [IndexFile(path=row.path, size=row.size, sha256=row.sha256) for row in rows]

    def find_index(self, publication_id: int, path: str) -> IndexFile | None:
        """The file of that path in one publication."""
        return self._one(
            sa.select(_FILE).where(_FILE.c.publication_id == publication_id, _FILE.c.path == path)
        )

    def find_by_hash(self, suite_id: int, sha256: str) -> IndexFile | None:
        """The index file of that hash in any publication that is kept."""
        return self._one(
            sa.select(_FILE)
            .join(_PUBLICATION, _PUBLICATION.c.id == _FILE.c.publication_id)
            .where(_PUBLICATION.c.suite_id == suite_id, _FILE.c.sha256 == sha256)
            .limit(1)
        )

    def similar_indices(self, suite_id: int) -> dict[str, list[str]]:
        """Path -> SHA-256 of index files that may share pieces with a suite's next ones."""
        rows = [
            row
            for newest, files, owner in (
                (_PUBLICATION, _FILE, _FILE.c.publication_id),
                (_VIEW, _VIEW_FILE, _VIEW_FILE.c.view_id),
            )
            for row in self._connection.execute(_of_newest(newest, files, owner, suite_id))
        ]
        found: dict[str, list[str]] = {}
        for row in sorted(rows, key=lambda row: not row.is_own):
            found.setdefault(row.path, []).append(row.sha256)
        return found

    def find_pool_file(self, archive_id: int, path: str) -> IndexFile | None:
        """The file that a pool path of an archive stands for, in any kept publication."""
        suite = schema.suite
        is_shown = sa.exists().where(
            _PUBLICATION.c.suite_id == _POOL.c.suite_id,
            interval_holds(_POOL.c.since, _POOL.c.until, _PUBLICATION.c.number),
        )
        own = self._one(
            sa.select(_POOL)
            .join(suite, suite.c.id == _POOL.c.suite_id)
            .where(suite.c.archive_id == archive_id, _POOL.c.path == path, is_shown)
            .limit(1)
        )
        return own or find_in_bases(self._connection, archive_id, path)

    def contradicted(self, base: Membership, files: Sequence[IndexFile]) -> IndexFile | None:
        """The first of the files whose path stands for other bytes in a base; None if none."""
        members, wanted = schema.suite_binary, {file.path: file for file in files}
        paths = sorted(wanted)
        for start in range(0, len(paths), PATHS_PER_STATEMENT_MAX):
            rows = self._connection.execute(
                sa.select(_BINARY.c.filename, _BINARY.c.sha256)
                .join(members, members.c.package_id == _BINARY.c.id)
                .where(
                    members.c.suite_id == base.suite_id,
                    interval_holds(members.c.since, members.c.until, base.number),
                    _BINARY.c.filename.in_(paths[start : start + PATHS_PER_STATEMENT_MAX]),
                )
            )
            for row in rows:
                if wanted[row.filename].sha256 != row.sha256:
                    return wanted[row.filename]
        return None

    def rewritten(self, base: Membership, before: Membership) -> list[tuple[str, str, str]]:
        """(path, SHA-256 now, SHA-256 before) of packages that two bases have with other bytes.

        O(archive) to see what one has and the other has not, and then that.
        """
        members, like = schema.suite_binary, _BINARY.alias("like")

        def of(membership: Membership) -> sa.ColumnElement[bool]:
            return sa.and_(
                members.c.suite_id == membership.suite_id,
                interval_holds(members.c.since, members.c.until, membership.number),
            )

        # In two statements: in one join SQLite begins with pairs of whole archives.
        files = sa.select(_BINARY.c.filename, _BINARY.c.sha256).distinct()
        files = files.join(members, members.c.package_id == _BINARY.c.id)
        there = sa.select(members.c.package_id).where(of(before))
        came = files.where(of(base), members.c.package_id.not_in(there))
        now = {(path, sha256) for path, sha256 in plain_rows(self._connection, came)}
        new_of, paths = dict(now), sorted({path for path, _ in now})
        found: list[tuple[str, str, str]] = []
        for start in range(0, len(paths), PATHS_PER_STATEMENT_MAX):
            part = paths[start : start + PATHS_PER_STATEMENT_MAX]
            ids = sa.select(like.c.id).where(like.c.filename.in_(part))
            was = files.where(of(before), members.c.package_id.in_(ids))
            rows = plain_rows(self._connection, was)
            found += [(p, new_of[p], old) for p, old in rows if (p, old) not in now]
        return found


def _of_newest(
    table: sa.Table, files: sa.Table, owner: sa.Column[Any], suite_id: int
) -> sa.Select[Any]:
    """The files of the newest row of each of some suites: one, and those with its base."""
    derivation, same = schema.derivation, schema.derivation.alias("same")
    relatives = sa.select(same.c.suite_id).where(
        same.c.base_suite_id.in_(
            sa.select(derivation.c.base_suite_id).where(derivation.c.suite_id == suite_id)
        )
    )
    shown = table.c.base_shown != BaseShown.WHOLE if table is _PUBLICATION else _INDEXED
    newest = (
        sa.select(sa.func.max(table.c.id).label("id"), table.c.suite_id)
        .where(table.c.suite_id.in_(relatives), shown)
        .group_by(table.c.suite_id)
        .order_by((table.c.suite_id == suite_id).desc(), sa.func.max(table.c.id).desc())
        .limit(SIMILAR_MAX)
        .subquery()
    )
    return (
        sa.select(files.c.path, files.c.sha256, (newest.c.suite_id == suite_id).label("is_own"))
        .join(newest, newest.c.id == owner)
        .order_by(newest.c.id.desc())
    )


def _check_bytes(files: Iterable[IndexFile], published: Mapping[str, str]) -> None:
    """Nothing, if each path stands for one file, and the same as `published` (path -> SHA-256)."""
    sha256_of = dict(published)
    for file in files:
        known = sha256_of.setdefault(file.path, file.sha256)
        if known != file.sha256:
            raise ConflictError(
                f"{file.path} has the SHA-256 {file.sha256}, but was published with {known}",
                hint="give what changed another version",
            )


def _publication(row: sa.Row[Any]) -> Publication:
    return Publication(
        id=row.id,
        suite_id=row.suite_id,
        number=row.number,
        derivation=row.derivation,
        at=moment(row.at),
        reason=row.reason,
        sources=row.sources,
        binaries=row.binaries,
        bytes=row.bytes,
        kept_as=row.kept_as,
        kept_by=row.kept_by,
    )
