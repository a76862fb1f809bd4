"""How large sources and their packages are, and what their builds took: for estimates."""

from collections.abc import Mapping
from statistics import median

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import plain_rows
from vostok.adapters.database.rows import interval_holds
from vostok.domain.attempt import Outcome
from vostok.domain.estimate import Measured
from vostok.domain.package import Membership
from vostok.domain.workload import Actual, SizedSource

HISTORY_BUILDS_MAX = 300_000
"""So many of the newest successful attempts are looked at."""

_SOURCE, _SOURCES_OF = schema.source_release, schema.suite_source
_BINARY, _BINARIES_OF = schema.binary_release, schema.suite_binary
_BUILD, _ATTEMPT = schema.build, schema.attempt


class SqlMeasures:
    """Implements `services.repositories.Measures`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def sources(self, membership: Membership) -> list[SizedSource]:
        """The current sources of a suite at a number, with the size of all their files."""
        is_current = sa.and_(_in(_SOURCES_OF, membership), _SOURCES_OF.c.is_extra.is_(False))
        sizes = (
            sa.select(
                schema.source_file.c.source_id,
                sa.func.sum(schema.source_file.c.size).label("bytes"),
            )
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == schema.source_file.c.source_id)
            .where(is_current)
            .group_by(schema.source_file.c.source_id)
            .subquery()
        )
        query = (
            sa.select(
                _SOURCE.c.name, _SOURCE.c.architecture,
                sa.cast(sa.func.coalesce(sizes.c.bytes, 0), sa.BigInteger), schema.stanza.c.text,
            )
            .join(_SOURCES_OF, _SOURCES_OF.c.package_id == _SOURCE.c.id)
            .join(schema.stanza, schema.stanza.c.id == _SOURCE.c.stanza_id)
            .outerjoin(sizes, sizes.c.source_id == _SOURCE.c.id)
            .where(is_current)
        )  # fmt: skip
        return [SizedSource._make(row) for row in plain_rows(self._connection, query)]

    def binary_bytes(self, membership: Membership) -> dict[tuple[str, str], int]:
        """(source, architecture or `all`) -> size of its packages, each once."""
        here = sa.select(_BINARIES_OF.c.package_id).where(_in(_BINARIES_OF, membership))
        query = (
            sa.select(_BINARY.c.source_name, _BINARY.c.architecture, sa.func.sum(_BINARY.c.size))
            .where(_BINARY.c.id.in_(here))
            .group_by(_BINARY.c.source_name, _BINARY.c.architecture)
        )
        rows = plain_rows(self._connection, query)
        return {(source, architecture): int(size) for source, architecture, size in rows}

    def history(self) -> Mapping[tuple[str, str], Measured]:
        """(source, architecture or `all`) -> medians over its successful builds anywhere."""
        rows = self._connection.execute(
            sa.select(
                _BUILD.c.source, _BUILD.c.architecture,
                _ATTEMPT.c.finished_at - _ATTEMPT.c.started_at, _ATTEMPT.c.log_bytes,
                _ATTEMPT.c.file_bytes,
            )
            .join(_BUILD, _BUILD.c.id == _ATTEMPT.c.build_id)
            .where(_ATTEMPT.c.outcome == Outcome.BUILT, _ATTEMPT.c.finished_at.is_not(None))
            .order_by(_ATTEMPT.c.id.desc())
            .limit(HISTORY_BUILDS_MAX)
        )  # fmt: skip
        found: dict[tuple[str, str], list[tuple[float, int, int]]] = {}
        for source, architecture, seconds, log_bytes, file_bytes in rows:
            found.setdefault((source, architecture), []).append(
                (float(seconds), log_bytes, file_bytes)
            )
        return {slot: _medians(builds) for slot, builds in found.items()}

    def actual(self, campaign_id: int) -> Actual:
        """What the builds of a campaign took so far, failed attempts and all."""
        row = self._connection.execute(
            sa.select(
                sa.func.count(_ATTEMPT.c.id).label("attempts"),
                sa.func.sum(_ATTEMPT.c.finished_at - _ATTEMPT.c.started_at).label("seconds"),
                sa.func.min(_ATTEMPT.c.started_at).label("began"),
                sa.func.max(_ATTEMPT.c.finished_at).label("ended"),
                sa.func.sum(_ATTEMPT.c.log_bytes).label("log_bytes"),
                sa.func.sum(_ATTEMPT.c.file_bytes).label("file_bytes"),
            )
            .join(_BUILD, _BUILD.c.id == _ATTEMPT.c.build_id)
            .where(_BUILD.c.campaign_id == campaign_id, _ATTEMPT.c.finished_at.is_not(None))
        ).one()
        return Actual(
            attempts=row.attempts,
            machine_seconds=float(row.seconds or 0),
            elapsed_seconds=float((row.ended or 0) - (row.began or 0)),
            log_bytes=int(row.log_bytes or 0),
            pool_bytes=int(row.file_bytes or 0),
        )


def _medians(builds: list[tuple[float, int, int]]) -> Measured:
    return Measured(
        seconds=max(1.0, median(seconds for seconds, _, _ in builds)),
        log_bytes=round(median(size for _, size, _ in builds)),
        file_bytes=round(median(size for _, _, size in builds)),
    )


def _in(table: sa.Table, membership: Membership) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.suite_id == membership.suite_id,
        interval_holds(table.c.since, table.c.until, membership.number),
    )
