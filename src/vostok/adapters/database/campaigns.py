"""Campaigns and the counters of rebuilds."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from vostok.adapters.database import schema
from vostok.adapters.database.given_rows import given_rows
from vostok.adapters.database.mass_rows import plain_rows
from vostok.adapters.database.rows import lock_row, moment, parts_of, seconds
from vostok.domain.build import BuildState
from vostok.domain.campaign import SCORE_OF_REBUILDS, Campaign, CampaignKind, CampaignState
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.errors import ConflictError, NotFoundError

_CAMPAIGN = schema.campaign
_COUNTER = schema.rebuild_counter
CAMPAIGNS = sa.select(_CAMPAIGN, schema.archive.c.name.label("archive")).join(
    schema.archive, schema.archive.c.id == _CAMPAIGN.c.archive_id
)


class SqlCampaigns:
    """Implements `services.ports.Campaigns`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        archive_id: int,
        *,
        reason: str,
        requested_by: str,
        selection: str,
        architectures: Sequence[str],
        toolchain_id: int | None,
        dependencies: str,
        at: datetime,
        kind: CampaignKind = CampaignKind.REBUILD,
        scheme: VersionScheme = VersionScheme.SAFE,
        score: int = SCORE_OF_REBUILDS,
        request: Mapping[str, object] = MappingProxyType({}),
    ) -> Campaign:
        """The archive's next campaign, in state `preparing`."""
        lock_row(self._connection, schema.archive, archive_id)
        numbers = sa.select(sa.func.coalesce(sa.func.max(_CAMPAIGN.c.number), 0) + 1).where(
            _CAMPAIGN.c.archive_id == archive_id
        )
        campaign_id = self._connection.execute(
            _CAMPAIGN.insert()
            .values(
                archive_id=archive_id,
                number=self._connection.execute(numbers).scalar_one(),
                reason=reason,
                requested_by=requested_by,
                selection=selection,
                architectures=list(architectures),
                toolchain_id=toolchain_id,
                dependencies=dependencies,
                kind=kind,
                scheme=scheme,
                score=score,
                request=dict(request),
                state=CampaignState.PREPARING,
                sentence="the toolchain's packages and the view are being made",
                created_at=seconds(at),
            )
            .returning(_CAMPAIGN.c.id)
        ).scalar_one()
        return self.by_id(campaign_id)

    def by_id(self, campaign_id: int) -> Campaign:
        """One campaign."""
        return campaign_value(
            self._connection.execute(CAMPAIGNS.where(_CAMPAIGN.c.id == campaign_id)).one()
        )

    def numbered(self, archive_id: int, number: int) -> Campaign:
        """One campaign of an archive; NotFoundError if there is none of that number."""
        row = self._connection.execute(
            CAMPAIGNS.where(_CAMPAIGN.c.archive_id == archive_id, _CAMPAIGN.c.number == number)
        ).first()
        if row is None:
            raise NotFoundError(
                f"there is no campaign {number} in this archive",
                hint="see which there are: vostok campaign list NAME",
            )
        return campaign_value(row)

    def of_archive(self, archive_id: int) -> list[Campaign]:
        """All campaigns of an archive, the newest first."""
        rows = self._connection.execute(
            CAMPAIGNS.where(_CAMPAIGN.c.archive_id == archive_id).order_by(
                _CAMPAIGN.c.number.desc()
            )
        )
        return [campaign_value(row) for row in rows]

    def counts_of_archives(self, archive_ids: Collection[int]) -> dict[int, int]:
        """How many campaigns archives have. See `services.repositories.Campaigns`."""
        found: dict[int, int] = {}
        for part in parts_of(archive_ids):
            rows = self._connection.execute(
                sa.select(_CAMPAIGN.c.archive_id, sa.func.count())
                .where(_CAMPAIGN.c.archive_id.in_(part))
                .group_by(_CAMPAIGN.c.archive_id)
            )
            found.update((archive_id, count) for archive_id, count in rows)
        return found

    def set_state(self, campaign_id: int, state: CampaignState, sentence: str) -> None:
        """Mark how far its preparation is."""
        self._connection.execute(
            _CAMPAIGN.update()
            .where(_CAMPAIGN.c.id == campaign_id)
            .values(state=state, sentence=sentence)
        )

    def set_estimate(self, campaign_id: int, estimate: Mapping[str, object]) -> None:
        """Keep what was expected of its builds."""
        self._connection.execute(
            _CAMPAIGN.update().where(_CAMPAIGN.c.id == campaign_id).values(estimate=dict(estimate))
        )

    def estimate(self, campaign_id: int) -> Mapping[str, object] | None:
        """What was expected of its builds, if that was said."""
        found: Mapping[str, object] | None = self._connection.execute(
            sa.select(_CAMPAIGN.c.estimate).where(_CAMPAIGN.c.id == campaign_id)
        ).scalar_one()
        return found

    def counts(self, campaign_ids: Iterable[int]) -> dict[int, dict[str, int]]:
        """How many builds of each campaign are in each state."""
        build = schema.build
        rows = self._connection.execute(
            sa.select(build.c.campaign_id, build.c.state, sa.func.count().label("builds"))
            .where(build.c.campaign_id.in_(list(campaign_ids)))
            .group_by(build.c.campaign_id, build.c.state)
        )
        counts: dict[int, dict[str, int]] = {}
        for row in rows:
            counts.setdefault(row.campaign_id, {})[row.state] = row.builds
        return counts

    def last_rebuild_numbers(self, archive_id: int) -> dict[str, int]:
        """The highest number ever given to each source of an archive."""
        query = sa.select(_COUNTER.c.source, _COUNTER.c.last).where(
            _COUNTER.c.archive_id == archive_id
        )
        return {row[0]: row[1] for row in plain_rows(self._connection, query)}

    def last_rebuild_number(self, archive_id: int, source: str) -> int:
        """The highest number ever given to one source of an archive; 0 if none was. O(1)."""
        query = sa.select(_COUNTER.c.last).where(
            _COUNTER.c.archive_id == archive_id, _COUNTER.c.source == source
        )
        return self._connection.execute(query).scalar_one_or_none() or 0

    def take_rebuild_numbers(self, archive_id: int, numbers: Mapping[str, int]) -> None:
        """Never give these numbers, or lower ones, again (I3).

        Raises:
            ConflictError: one of them, or a higher one, was given meanwhile.
        """
        if not numbers:
            return
        columns = {name: _COUNTER.c[name].type for name in ("source", "last")}
        taken = sum(
            self._connection.execute(_raised(self._connection, archive_id, given)).rowcount
            for given in given_rows(self._connection, columns, sorted(numbers.items()))
        )
        _check_all_taken(taken, len(numbers))

    def take_numbers_of_builds(self, campaign_id: int, state: BuildState, *, sources: int) -> None:
        """Never give the numbers of a new campaign's builds, or lower ones, again (I3). In a set.

        Args:
            campaign_id: which campaign.
            state: of its builds those that are in this one; all of a source have one number.
            sources: of how many sources they are.

        Raises:
            ConflictError: one of them, or a higher one, was given meanwhile.
        """
        if not sources:
            return
        build = schema.build
        query = sa.select(build.c.archive_id, build.c.source, build.c.rebuild_no).where(
            build.c.campaign_id == campaign_id, build.c.state == state
        )
        if self._connection.dialect.name == "postgresql":
            query = query.distinct()  # SQLite meets the second number of a source without sorting
        taken = self._connection.execute(_raised_to(self._connection, query)).rowcount
        _check_all_taken(taken, sources)


def _check_all_taken(taken: int, wanted: int) -> None:
    if taken != wanted:
        raise ConflictError(
            f"of {wanted} rebuild numbers {wanted - taken} were given to somebody else meanwhile",
            hint="ask again",
        )


def _raised(connection: sa.Connection, archive_id: int, given: sa.Subquery) -> sa.Insert:
    """Counters set to the given numbers, where they were not as high already."""
    # Without a condition SQLite would read ON CONFLICT as that of a join.
    query = sa.select(sa.literal(archive_id), given.c.source, given.c.last).where(sa.true())
    return _raised_to(connection, query)


def _raised_to(connection: sa.Connection, query: sa.Select[Any]) -> sa.Insert:
    """Counters set to the numbers of a query, where they were not as high."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert: Any = dialect.insert(_COUNTER).from_select(["archive_id", "source", "last"], query)
    upsert: sa.Insert = insert.on_conflict_do_update(
        index_elements=[_COUNTER.c.archive_id, _COUNTER.c.source],
        set_={"last": insert.excluded.last},
        where=_COUNTER.c.last < insert.excluded.last,
    )
    return upsert.execution_options(preserve_rowcount=True)


def campaign_value(row: sa.Row[Any]) -> Campaign:
    """A campaign from a row of `CAMPAIGNS`."""
    return Campaign(
        id=row.id,
        archive_id=row.archive_id,
        archive=row.archive,
        number=row.number,
        reason=row.reason,
        requested_by=row.requested_by,
        selection=row.selection,
        architectures=tuple(row.architectures),
        toolchain_id=row.toolchain_id,
        dependencies=row.dependencies,
        kind=CampaignKind(row.kind),
        scheme=VersionScheme(row.scheme),
        score=row.score,
        request=row.request,
        state=CampaignState(row.state),
        sentence=row.sentence,
        created_at=moment(row.created_at),
    )
