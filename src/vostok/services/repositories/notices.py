"""What happened and leaves no other row from which it could be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.campaign import Campaign
from vostok.domain.news import Notice


class Notices(Protocol):
    """What is told in the news besides what other tables say."""

    def add(self, archive_id: int, notice: Notice, *, at: datetime) -> None:
        """Have something told."""

    def is_any_campaign_to_mark(self) -> bool:
        """Whether `end_campaigns` would do something. O(live builds)."""

    def end_campaigns(self, at: datetime) -> Sequence[Campaign]:
        """Mark campaigns that have no build to come any more, and return them.

        Those that have one again are not ended any more. O(live builds).
        """
