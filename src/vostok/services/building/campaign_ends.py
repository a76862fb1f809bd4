"""Noticing that campaigns have ended: no single step of a build knows that it was the last."""

from vostok.domain.campaign import campaign_summary
from vostok.domain.news import NewsTopic, Notice
from vostok.services.ports import Clock
from vostok.services.repositories import Database


class CampaignEnds:
    """Has the news tell of campaigns of which no build is to come any more.

    One that goes on, because somebody had builds tried again, ends again.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note(self) -> int:
        """Tell of those that ended since it was looked last; how many."""
        with self._database.read() as transaction:
            if not transaction.notices.is_any_campaign_to_mark():
                return 0
        now = self._clock.now()
        with self._database.write() as transaction:
            ended = transaction.notices.end_campaigns(now)
            counts = transaction.campaigns.counts([campaign.id for campaign in ended])
            for campaign in ended:
                _, sentence = campaign_summary(
                    campaign.state, counts.get(campaign.id, {}), campaign.sentence
                )
                notice = Notice(
                    topic=NewsTopic.ENDED,
                    subject=f"campaign {campaign.number}",
                    title=f"{campaign.archive}: campaign {campaign.number} ended",
                    sentence=sentence,
                    campaign=campaign.number,
                )
                transaction.notices.add(campaign.archive_id, notice, at=now)
        return len(ended)
