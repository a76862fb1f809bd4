"""What happened and leaves no other row, in the database."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.campaigns import CAMPAIGNS, campaign_value
from vostok.adapters.database.rows import seconds
from vostok.domain.archive import HIDDEN_MARK
from vostok.domain.campaign import Campaign, CampaignState
from vostok.domain.news import Notice

_CAMPAIGN, _BUILD = schema.campaign, schema.build
# Read from the index of live builds, which holds no other: most campaigns ended long ago.
_HAS_LIVE = _CAMPAIGN.c.id.in_(
    sa.select(_BUILD.c.campaign_id)
    .where(sa.text(schema.LIVE), _BUILD.c.campaign_id.is_not(None))
    .correlate(None)
)
_IS_OVER = sa.and_(
    _CAMPAIGN.c.ended_at.is_(None), _CAMPAIGN.c.state == CampaignState.READY, ~_HAS_LIVE
)


class SqlNotices:
    """Implements `services.repositories.Notices`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, archive_id: int, notice: Notice, *, at: datetime) -> None:
        """Have something told."""
        self._connection.execute(
            schema.notice.insert().values(
                archive_id=archive_id,
                at=seconds(at),
                topic=notice.topic,
                actor=notice.actor,
                subject=notice.subject,
                title=notice.title,
                sentence=notice.sentence,
                campaign=notice.campaign,
                job_id=notice.job_id,
            )
        )

    def is_any_campaign_to_mark(self) -> bool:
        """Whether `end_campaigns` would do something. O(live builds)."""
        to_mark = sa.or_(_IS_OVER, sa.and_(_CAMPAIGN.c.ended_at.is_not(None), _HAS_LIVE))
        query = sa.select(_CAMPAIGN.c.id).where(to_mark).limit(1)
        return self._connection.execute(query).first() is not None

    def end_campaigns(self, at: datetime) -> Sequence[Campaign]:
        """Mark campaigns without builds to come. See `services.repositories.Notices`."""
        self._connection.execute(
            _CAMPAIGN.update()
            .where(_CAMPAIGN.c.ended_at.is_not(None), _HAS_LIVE)
            .values(ended_at=None)
        )
        ended = list(
            self._connection.execute(
                _CAMPAIGN.update()
                .where(_IS_OVER)
                .values(ended_at=seconds(at))
                .returning(_CAMPAIGN.c.id)
            ).scalars()
        )
        if not ended:
            return []
        rows = self._connection.execute(
            CAMPAIGNS.where(
                _CAMPAIGN.c.id.in_(ended), schema.archive.c.name.not_like(f"{HIDDEN_MARK}%")
            ).order_by(_CAMPAIGN.c.id)
        )
        return [campaign_value(row) for row in rows]
