"""Where files can be had, what mirrors answered, and which files are lost."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.file_names import parts_of
from vostok.adapters.database.rows import moment, seconds
from vostok.domain.file_answer import AnswerStatus, FileAnswer, LostFile

_ANSWER = schema.file_answer
_SUITE = schema.suite
_SNAPSHOT = schema.snapshot
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


def _listings(sha256: str) -> sa.CompoundSelect[tuple[str, str, int | None, str, float]]:
    """(mirror, path, until, snapshots_url, release_date) of each time a mirror listed a file."""
    binary, source, file = schema.binary_release, schema.source_release, schema.source_file
    of_binaries, of_sources = schema.suite_binary, schema.suite_source

    def listed(path: sa.ColumnElement[str], members: sa.Table) -> sa.Select[tuple[str, str]]:
        return sa.select(
            _SUITE.c.mirror,
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
