"""Attempts of builds, and the files that they brought. They are appended, never overwritten."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, moment_or_none, seconds
from vostok.adapters.database.usage import add_usage, archive_of_attempt
from vostok.domain.build import Attempt, AttemptFile, Build, BuildState
from vostok.errors import ConflictError, GoneError, NotFoundError

_BUILD = schema.build
_ATTEMPT = schema.attempt
_FILE = schema.attempt_file


class SqlAttempts:
    """The part of `services.repositories.Builds` that is about attempts."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add_attempt(
        self,
        build: Build,
        *,
        builder: str,
        edition: int,
        view_id: int,
        token_hash: str,
        view_token_hash: str,
        at: datetime,
    ) -> Attempt:
        """The next attempt of a build; the older ones stay as they are.

        Raises:
            ConflictError: the build does not wait for a builder, or moved since it was read.
        """
        number = build.attempt + 1
        counted = self._connection.execute(
            _BUILD.update()
            .where(
                _BUILD.c.id == build.id,
                _BUILD.c.state == BuildState.NEEDS_BUILD,
                _BUILD.c.state == build.state,
                _BUILD.c.attempt == build.attempt,
            )
            .values(attempt=number)
        )
        if counted.rowcount != 1:
            raise ConflictError(
                f"build {build.id} does not wait for its attempt {number} any more",
                hint=f"look at it again: vostok build show {build.id}",
            )
        attempt_id = self._connection.execute(
            _ATTEMPT.insert()
            .values(
                build_id=build.id,
                number=number,
                builder=builder,
                edition=edition,
                view_id=view_id,
                token_hash=token_hash,
                view_token_hash=view_token_hash,
                started_at=seconds(at),
                seen_at=seconds(at),
                log_bytes=0,
                file_bytes=0,
            )
            .returning(_ATTEMPT.c.id)
        ).scalar_one()
        return self.attempt(attempt_id)

    def attempt(self, attempt_id: int) -> Attempt:
        """One attempt; NotFoundError if there is none."""
        row = self._connection.execute(
            sa.select(_ATTEMPT).where(_ATTEMPT.c.id == attempt_id)
        ).first()
        if row is None:
            raise NotFoundError(f"there is no attempt {attempt_id}")
        return attempt_value(row)

    def attempt_of_token(self, attempt_id: int, token_hash: str) -> Attempt | None:
        """The attempt, if that is the hash of its token and it has not ended."""
        row = self._connection.execute(
            sa.select(_ATTEMPT).where(
                _ATTEMPT.c.id == attempt_id,
                _ATTEMPT.c.token_hash == token_hash,
                _ATTEMPT.c.finished_at.is_(None),
            )
        ).first()
        return None if row is None else attempt_value(row)

    def attempt_of_view_token(self, view_token_hash: str) -> Attempt | None:
        """The running attempt that may read a view with that token."""
        row = self._connection.execute(
            sa.select(_ATTEMPT).where(
                _ATTEMPT.c.view_token_hash == view_token_hash, _ATTEMPT.c.finished_at.is_(None)
            )
        ).first()
        return None if row is None else attempt_value(row)

    def attempts(self, build_ids: Iterable[int]) -> dict[int, list[Attempt]]:
        """The attempts of builds, in order."""
        found: dict[int, list[Attempt]] = {}
        ids = sorted(set(build_ids))
        for start in range(0, len(ids), 10_000):
            rows = self._connection.execute(
                sa.select(_ATTEMPT)
                .where(_ATTEMPT.c.build_id.in_(ids[start : start + 10_000]))
                .order_by(_ATTEMPT.c.build_id, _ATTEMPT.c.number)
            )
            for row in rows:
                found.setdefault(row.build_id, []).append(attempt_value(row))
        return found

    def current_attempt(self, build: Build) -> Attempt | None:
        """The newest attempt of a build."""
        attempts = self.attempts([build.id]).get(build.id, [])
        return attempts[-1] if attempts else None

    def saw_attempt(self, attempt_id: int, at: datetime) -> None:
        """Note that the builder of an attempt is alive."""
        self._connection.execute(
            _ATTEMPT.update().where(_ATTEMPT.c.id == attempt_id).values(seen_at=seconds(at))
        )

    def set_log_bytes(self, attempt_id: int, size: int) -> None:
        """Note how long an attempt's log is."""
        this = _ATTEMPT.c.id == attempt_id
        before = self._connection.execute(
            sa.select(_ATTEMPT.c.log_bytes).where(this).with_for_update()
        ).scalar_one_or_none()
        if before is None:
            return
        self._connection.execute(_ATTEMPT.update().where(this).values(log_bytes=size))
        archive_id = archive_of_attempt(self._connection, attempt_id)
        add_usage(self._connection, archive_id, "log_bytes", size - before)

    def set_result(self, attempt_id: int, result: Mapping[str, object]) -> None:
        """Keep what the builder reported first; it is judged afterwards."""
        self._connection.execute(
            _ATTEMPT.update()
            .where(_ATTEMPT.c.id == attempt_id, _ATTEMPT.c.result.is_(None))
            .values(result=dict(result))
        )

    def finish_attempt(self, attempt_id: int, *, outcome: str, at: datetime) -> None:
        """End an attempt: its tokens are worth nothing from now on."""
        self._connection.execute(
            _ATTEMPT.update()
            .where(_ATTEMPT.c.id == attempt_id, _ATTEMPT.c.finished_at.is_(None))
            .values(outcome=outcome, finished_at=seconds(at))
        )

    def silent_attempts(self, before: datetime) -> list[Attempt]:
        """Running attempts whose builder was not heard of since a moment."""
        rows = self._connection.execute(
            sa.select(_ATTEMPT)
            .join(_BUILD, _BUILD.c.id == _ATTEMPT.c.build_id)
            .where(
                _ATTEMPT.c.finished_at.is_(None),
                _ATTEMPT.c.seen_at < seconds(before),
                _BUILD.c.state.in_(
                    [BuildState.BUILDING, BuildState.UPLOADING, BuildState.CANCELLING]
                ),
            )
        )
        return [attempt_value(row) for row in rows]

    def put_file(self, attempt_id: int, file: AttemptFile) -> None:
        """Enter a file that the builder sent; sent again, the newest counts.

        Raises:
            GoneError: the attempt has ended, and what it brought stays as it is.
        """
        running = self._connection.execute(
            sa.select(_ATTEMPT.c.id)
            .where(_ATTEMPT.c.id == attempt_id, _ATTEMPT.c.finished_at.is_(None))
            .with_for_update()
        )
        if running.first() is None:
            raise GoneError(f"attempt {attempt_id} has ended")
        former = self._connection.execute(
            _FILE.delete()
            .where(_FILE.c.attempt_id == attempt_id, _FILE.c.name == file.name)
            .returning(_FILE.c.size)
        ).scalars()
        more = file.size - sum(former)
        self._connection.execute(
            _FILE.insert().values(
                attempt_id=attempt_id, name=file.name, size=file.size, sha256=file.sha256
            )
        )
        self._connection.execute(
            _ATTEMPT.update()
            .where(_ATTEMPT.c.id == attempt_id)
            .values(file_bytes=_ATTEMPT.c.file_bytes + more)
        )
        archive_id = archive_of_attempt(self._connection, attempt_id)
        add_usage(self._connection, archive_id, "build_bytes", more)

    def files(self, attempt_ids: Iterable[int]) -> dict[int, list[AttemptFile]]:
        """The files of attempts by name."""
        found: dict[int, list[AttemptFile]] = {}
        ids = sorted(set(attempt_ids))
        for start in range(0, len(ids), 10_000):
            rows = self._connection.execute(
                sa.select(_FILE)
                .where(_FILE.c.attempt_id.in_(ids[start : start + 10_000]))
                .order_by(_FILE.c.name)
            )
            for row in rows:
                found.setdefault(row.attempt_id, []).append(
                    AttemptFile(name=row.name, size=row.size, sha256=row.sha256)
                )
        return found


def attempt_value(row: sa.Row[Any]) -> Attempt:
    """The attempt in a row."""
    return Attempt(
        id=row.id,
        build_id=row.build_id,
        number=row.number,
        builder=row.builder,
        edition=row.edition,
        view_id=row.view_id,
        started_at=moment(row.started_at),
        seen_at=moment(row.seen_at),
        finished_at=moment_or_none(row.finished_at),
        outcome=row.outcome,
        log_bytes=row.log_bytes,
        result=row.result,
    )
