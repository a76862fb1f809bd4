"""The queue of all archives at once, counted by the database."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment
from vostok.domain.attempt import Outcome
from vostok.domain.build import BuildState
from vostok.domain.campaign import CampaignState
from vostok.domain.queue import MEASURED_ATTEMPTS_MAX, BuildAtWork, Took, WaitingBuilds

_BUILD, _ATTEMPT = schema.build, schema.attempt
_ARCHIVE, _CAMPAIGN = schema.archive, schema.campaign
_WAITING = (BuildState.NEEDS_BUILD, BuildState.DEP_WAIT)


class SqlQueues:
    """Implements `services.repositories.Queues`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def waiting(self, hidden: Collection[str]) -> Sequence[WaitingBuilds]:
        """What waits, counted: what is built first comes first. O(waiting)."""
        groups = (
            sa.select(
                _BUILD.c.archive_id, _BUILD.c.campaign_id, _BUILD.c.builder_architecture,
                _BUILD.c.state, _BUILD.c.score, sa.func.count().label("builds"),
                sa.func.min(_BUILD.c.id).label("first"),
            )
            .where(_BUILD.c.state.in_(_WAITING))
            .group_by(
                _BUILD.c.archive_id, _BUILD.c.campaign_id, _BUILD.c.builder_architecture,
                _BUILD.c.state, _BUILD.c.score,
            )
            .subquery()
        )  # fmt: skip
        rows = self._connection.execute(
            sa.select(
                _ARCHIVE.c.name, _CAMPAIGN.c.number, _CAMPAIGN.c.reason,
                _CAMPAIGN.c.state.label("campaign_state"), groups,
            )
            .select_from(groups)
            .join(_ARCHIVE, _ARCHIVE.c.id == groups.c.archive_id)
            .outerjoin(_CAMPAIGN, _CAMPAIGN.c.id == groups.c.campaign_id)
            .where(_ARCHIVE.c.name.not_in(sorted(hidden)))
            .order_by(groups.c.score.desc(), groups.c.first)
        )  # fmt: skip
        return [
            WaitingBuilds(
                archive=row.name,
                campaign=row.number,
                reason=row.reason or "",
                is_ready=row.campaign_state in {None, CampaignState.READY},
                architecture=row.builder_architecture,
                state=row.state,
                score=row.score,
                builds=row.builds,
            )
            for row in rows
        ]

    def at_work(self, hidden: Collection[str]) -> Sequence[BuildAtWork]:
        """The attempts that run, the oldest first."""
        rows = self._connection.execute(
            sa.select(
                _BUILD.c.id, _ARCHIVE.c.name, _BUILD.c.source, _BUILD.c.version,
                _BUILD.c.rebuild_no, _BUILD.c.architecture, _BUILD.c.builder_architecture,
                _BUILD.c.state, _BUILD.c.score, _ATTEMPT.c.builder, _ATTEMPT.c.number,
                _ATTEMPT.c.started_at, _ATTEMPT.c.seen_at,
            )
            .select_from(_BUILD)
            .join(_ARCHIVE, _ARCHIVE.c.id == _BUILD.c.archive_id)
            .join(
                _ATTEMPT,
                sa.and_(
                    _ATTEMPT.c.build_id == _BUILD.c.id, _ATTEMPT.c.number == _BUILD.c.attempt
                ),
            )
            .where(
                _BUILD.c.state.in_(
                    (BuildState.BUILDING, BuildState.UPLOADING, BuildState.CANCELLING)
                ),
                _ARCHIVE.c.name.not_in(sorted(hidden)),
            )
            .order_by(_ATTEMPT.c.started_at, _BUILD.c.id)
        )  # fmt: skip
        return [
            BuildAtWork(
                build_id=row.id,
                archive=row.name,
                source=row.source,
                version=row.version,
                rebuild_no=row.rebuild_no,
                architecture=row.architecture,
                builder_architecture=row.builder_architecture,
                state=row.state,
                score=row.score,
                builder=row.builder,
                attempt=row.number,
                started_at=moment(row.started_at),
                seen_at=moment(row.seen_at),
            )
            for row in rows
        ]

    def took(self, hidden: Collection[str]) -> Mapping[str, Took]:
        """Architecture of builders -> what the newest successful attempts took."""
        newest = (
            sa.select(
                _BUILD.c.builder_architecture,
                (_ATTEMPT.c.finished_at - _ATTEMPT.c.started_at).label("seconds"),
            )
            .select_from(_ATTEMPT)
            .join(_BUILD, _BUILD.c.id == _ATTEMPT.c.build_id)
            .join(_ARCHIVE, _ARCHIVE.c.id == _BUILD.c.archive_id)
            .where(
                _ATTEMPT.c.outcome == Outcome.BUILT,
                _ATTEMPT.c.finished_at.is_not(None),
                _ARCHIVE.c.name.not_in(sorted(hidden)),
            )
            .order_by(_ATTEMPT.c.id.desc())
            .limit(MEASURED_ATTEMPTS_MAX)
            .subquery()
        )
        rows = self._connection.execute(
            sa.select(
                newest.c.builder_architecture,
                sa.func.avg(newest.c.seconds).label("mean"),
                sa.func.count().label("attempts"),
            ).group_by(newest.c.builder_architecture)
        )
        return {
            row.builder_architecture: Took(seconds=float(row.mean), attempts=row.attempts)
            for row in rows
        }
