"""Where files can be had, what mirrors answered, and which files are lost."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.file_names import (
    attempt_names,
    index_names,
    own_package_names,
    parent_package_names,
    parts_of,
    upload_names,
)
from vostok.adapters.database.given_rows import given_rows
from vostok.adapters.database.rows import interval_holds, moment, moment_or_none, seconds
from vostok.domain.file_answer import AnswerStatus, FileAnswer, LostFile
from vostok.domain.package import Membership
from vostok.domain.storage import FileUse, ListedFile

_ANSWER = schema.file_answer
_BINARY = schema.binary_release
_SUITE = schema.suite
_SNAPSHOT = schema.snapshot
NAMES_BY_USE: Mapping[FileUse, Callable[[], list[sa.Select[Any]]]] = {
    FileUse.OWN: own_package_names,
    FileUse.PARENT: parent_package_names,
    FileUse.INDEX: index_names,
    FileUse.ATTEMPT: attempt_names,
}
NOWHERE = ""
"""The address of the row that says that a file is lost."""
LOST = "lost"
SNAPSHOT_ID = "@SNAPSHOTID@"
SAFE_IN_PATHS = "/~+:,@=!"


class SqlFiles:
    """Implements `services.repositories.Files`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def addresses(self, sha256: str) -> list[str]:
        """Where these bytes may be had; the likeliest first.

        Mirrors that list them in their newest snapshot, those that once did, and then the places
        where old states of a mirror are kept, as the field Snapshots of its Release says.
        """
        now: list[str] = []
        before: list[str] = []
        old: list[str] = []
        for row in self._connection.execute(_listings(sha256)):
            path = quote(row.path, safe=SAFE_IN_PATHS)
            (now if row.until is None else before).append(f"{row.mirror.rstrip('/')}/{path}")
            if SNAPSHOT_ID in (row.snapshots_url or "") and row.release_date is not None:
                state = f"{moment(row.release_date):%Y%m%dT%H%M%SZ}"
                base = row.snapshots_url.replace(SNAPSHOT_ID, state)
                old.append(f"{base.rstrip('/')}/{path}")
        return list(dict.fromkeys([*sorted(now), *sorted(before), *sorted(old)]))

    def valid_until(self, membership: Membership) -> datetime | None:
        """Until when the Release of a snapshot says that it is valid, if it does."""
        value = self._connection.execute(
            sa.select(_SNAPSHOT.c.valid_until).where(
                _SNAPSHOT.c.suite_id == membership.suite_id,
                _SNAPSHOT.c.number == membership.number,
            )
        ).scalar_one_or_none()
        return moment_or_none(value)

    def listed_binaries(
        self, membership: Membership, *, after: int, rows_max: int
    ) -> list[ListedFile]:
        """Files of the binaries of a suite at a number, in the order of ids, behind `after`."""
        query = sa.select(
            _BINARY.c.id, _BINARY.c.sha256, _BINARY.c.size, _BINARY.c.filename.label("path")
        ).where(_BINARY.c.id.in_(_members(schema.suite_binary, membership)))
        return self._listed(_page(query, _BINARY.c.id, after, rows_max))

    def listed_sources(
        self, membership: Membership, *, after: int, rows_max: int
    ) -> list[ListedFile]:
        """Files of the sources of a suite at a number; all files of each of `rows_max` sources."""
        source, file = schema.source_release, schema.source_file
        ids = _page(
            sa.select(source.c.id).where(
                source.c.id.in_(_members(schema.suite_source, membership))
            ),
            source.c.id,
            after,
            rows_max,
        ).subquery()
        return self._listed(
            sa.select(
                source.c.id, file.c.sha256, file.c.size,
                (source.c.directory + "/" + file.c.name).label("path"),
            )
            .join(ids, ids.c.id == source.c.id)
            .join(file, file.c.source_id == source.c.id)
            .order_by(source.c.id, file.c.name)
        )  # fmt: skip

    def _listed(self, query: sa.Select[Any]) -> list[ListedFile]:
        return [
            ListedFile(id=row.id, sha256=row.sha256, size=row.size, path=row.path)
            for row in self._connection.execute(query)
        ]

    def listed_totals(self, membership: Membership, *, with_sources: bool) -> tuple[int, int]:
        """How many files a suite lists at a number, and their bytes. O(archive)."""
        file = schema.source_file
        queries = [
            sa.select(sa.func.count(), sa.func.sum(_BINARY.c.size)).where(
                _BINARY.c.id.in_(_members(schema.suite_binary, membership))
            )
        ]
        if with_sources:
            queries.append(
                sa.select(sa.func.count(), sa.func.sum(file.c.size)).where(
                    file.c.source_id.in_(_members(schema.suite_source, membership))
                )
            )
        found = [self._connection.execute(query).one() for query in queries]
        return sum(count for count, _ in found), sum(int(size or 0) for _, size in found)

    def uses(self, hashes: Iterable[str]) -> dict[FileUse, dict[str, set[int]]]:
        """For each way of naming a file: hash -> ids of the archives that name it so. O(files)."""
        found: dict[FileUse, dict[str, set[int]]] = {use: {} for use in FileUse}
        for part in parts_of(hashes):
            for use, queries in NAMES_BY_USE.items():
                for query in queries():
                    _, sha256 = query.selected_columns
                    rows = self._connection.execute(query.where(sha256.in_(part)).distinct())
                    for owner, name in rows:
                        found[use].setdefault(name, set()).add(owner)
        return found

    def own_names(self, *, after: str, rows_max: int) -> list[str]:
        """Hashes of files that no mirror is asked for: packages made here, indices, uploads.

        In their order, behind one of them.
        """
        named = []
        for query in (*own_package_names(), *index_names(), *attempt_names(), *upload_names()):
            _, sha256 = query.selected_columns
            named.append(query.with_only_columns(sha256.label("sha256")).where(sha256 > after))
        every = sa.union(*named).subquery()
        return list(
            self._connection.execute(
                sa.select(every.c.sha256).order_by(every.c.sha256).limit(rows_max)
            ).scalars()
        )

    def archives_of_builds(self, build_ids: Iterable[int]) -> dict[int, int]:
        """Build -> archive, of those builds that there are."""
        build = schema.build
        rows = self._connection.execute(
            sa.select(build.c.id, build.c.archive_id).where(build.c.id.in_(list(build_ids)))
        )
        return {row.id: row.archive_id for row in rows}

    def answers(self, sha256: str) -> list[FileAnswer]:
        """Bad answers to questions for a file, by address."""
        rows = self._connection.execute(
            sa.select(_ANSWER)
            .where(_ANSWER.c.sha256 == sha256, _ANSWER.c.url != NOWHERE)
            .order_by(_ANSWER.c.url)
        )
        return [
            FileAnswer(
                url=row.url,
                at=moment(row.at),
                status=AnswerStatus(row.status),
                message=row.message,
            )
            for row in rows
        ]

    def remember(self, sha256: str, answers: Iterable[FileAnswer]) -> None:
        """Keep bad answers, each in the place of an older one of its address."""
        for answer in answers:
            self._put(sha256, answer.url, answer.status, answer.message, answer.at)

    def set_lost(self, sha256: str, sentence: str, at: datetime) -> None:
        """Note that no address has a file that is not here."""
        self._put(sha256, NOWHERE, LOST, sentence, at)

    def _put(self, sha256: str, url: str, status: str, message: str, at: datetime) -> None:
        key = sa.and_(_ANSWER.c.sha256 == sha256, _ANSWER.c.url == url)
        self._connection.execute(_ANSWER.delete().where(key))
        self._connection.execute(
            _ANSWER.insert().values(
                sha256=sha256, url=url, status=status, message=message, at=seconds(at)
            )
        )

    def forget_answers(self, hashes: Iterable[str]) -> None:
        """Forget what was answered about files, and that they are lost."""
        for part in parts_of(hashes):
            self._connection.execute(_ANSWER.delete().where(_ANSWER.c.sha256.in_(part)))

    def forget_answers_of_sources(self, source_ids: Iterable[int]) -> None:
        """The same of all files of these sources. O(sources), and in the answers there are."""
        ids = ((source_id,) for source_id in source_ids)
        file = schema.source_file
        for given in given_rows(self._connection, {"id": file.c.source_id.type}, ids):
            self._connection.execute(
                _ANSWER.delete().where(
                    sa.exists().where(
                        file.c.sha256 == _ANSWER.c.sha256,
                        file.c.source_id.in_(sa.select(given.c.id)),
                    )
                )
            )

    def forget_answers_before(self, at: datetime) -> int:
        """Forget answers that are older, but not that a file is lost; how many."""
        return self._connection.execute(
            _ANSWER.delete().where(_ANSWER.c.at < seconds(at), _ANSWER.c.url != NOWHERE)
        ).rowcount

    def lost(self, hashes: Iterable[str] | None = None) -> dict[str, LostFile]:
        """Files that are neither here nor anywhere, by hash: of these, or all. O(lost files)."""
        query = sa.select(_ANSWER.c.sha256, _ANSWER.c.at, _ANSWER.c.message).where(
            _ANSWER.c.url == NOWHERE
        )
        wanted = None if hashes is None else frozenset(hashes)
        return {
            row.sha256: LostFile(sha256=row.sha256, at=moment(row.at), sentence=row.message)
            for row in self._connection.execute(query.order_by(_ANSWER.c.sha256))
            if wanted is None or row.sha256 in wanted
        }


def _page(
    query: sa.Select[Any], key: sa.ColumnElement[int], after: int, rows_max: int
) -> sa.Select[Any]:
    return query.where(key > after).order_by(key).limit(rows_max)


def _members(table: sa.Table, membership: Membership) -> sa.Select[tuple[int]]:
    return (
        sa.select(table.c.package_id)
        .where(
            table.c.suite_id == membership.suite_id,
            interval_holds(table.c.since, table.c.until, membership.number),
        )
        .distinct()
    )


def _listings(sha256: str) -> sa.CompoundSelect[tuple[str, str, int | None, str, float]]:
    """(mirror, path, until, snapshots_url, release_date) of each time a mirror listed a file."""
    binary, source, file = schema.binary_release, schema.source_release, schema.source_file
    of_binaries, of_sources = schema.suite_binary, schema.suite_source

    def listed(path: sa.ColumnElement[str], members: sa.Table) -> sa.Select[tuple[str, str]]:
        mirror: sa.ColumnElement[str] = _SUITE.c.mirror
        if "index_architecture" in members.c:  # which may lie on a mirror of its own
            of_architecture = _SUITE.c.mirrors.op("->>", return_type=sa.Text())
            mirror = sa.func.coalesce(of_architecture(members.c.index_architecture), mirror)
        return sa.select(
            mirror.label("mirror"),
            path.label("path"),
            members.c.until,
            _SNAPSHOT.c.snapshots_url,
            _SNAPSHOT.c.release_date,
        )

    def joined(query: sa.Select[tuple[str, str]], members: sa.Table) -> sa.Select[tuple[str, str]]:
        return (
            query.join(_SUITE, _SUITE.c.id == members.c.suite_id)
            .outerjoin(
                _SNAPSHOT,
                sa.and_(
                    _SNAPSHOT.c.suite_id == members.c.suite_id,
                    _SNAPSHOT.c.number == members.c.since,
                ),
            )
            .where(_SUITE.c.mirror.is_not(None))
        )

    binaries = joined(
        listed(binary.c.filename, of_binaries)
        .select_from(binary)
        .join(of_binaries, of_binaries.c.package_id == binary.c.id),
        of_binaries,
    ).where(binary.c.sha256 == sha256)
    sources = joined(
        listed(source.c.directory + "/" + file.c.name, of_sources)
        .select_from(file)
        .join(source, source.c.id == file.c.source_id)
        .join(of_sources, of_sources.c.package_id == source.c.id),
        of_sources,
    ).where(file.c.sha256 == sha256)
    return sa.union(binaries, sources)
