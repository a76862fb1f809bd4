"""Badges: how an archive or a campaign stands, in two words, for pages elsewhere."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive
from vostok.domain.badge import Badge, archive_badge, campaign_badge
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction

BADGE_LASTING: Final = timedelta(seconds=10)
"""How old what a badge says may be: anybody may ask, and 80,000 builds take 0.1 s to count."""
BADGES_KEPT_MAX: Final = 1_000
"""Some hundred bytes each."""

Counts = Mapping[str, int]
"""State -> how many builds are in it."""
Key = tuple[int, datetime, int | None]
"""Id of an archive and when it was made, as ids come again; number of a campaign, if of one."""


class BadgeService:
    """Counts what badges say; each is asked for by every reader of the page that shows it.

    Whether whoever asks may see the archive is asked each time; only counts are kept.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[datetime, Counts]] = OrderedDict()
        self._counting = threading.Lock()

    def of_archive(self, principal: Principal, name: str) -> Badge:
        """How much of an archive is rebuilt. O(builds of the archive), counted in a set.

        Raises:
            NotFoundError: there is no such archive.
            GoneError: it was deleted.
        """
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
        counts = self._counts(
            _key(archive, None), lambda again: again.build_lists.newest_states(archive.id)
        )
        return archive_badge(archive, counts)

    def of_campaign(self, principal: Principal, name: str, number: int) -> Badge:
        """How much of a campaign is built. O(builds of the campaign), counted in a set.

        Raises:
            NotFoundError: there is no such archive or campaign.
            GoneError: the archive was deleted.
        """
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            campaign = transaction.campaigns.numbered(archive.id, number)
        counts = self._counts(
            _key(archive, number),
            lambda again: again.campaigns.counts([campaign.id]).get(campaign.id, {}),
        )
        return campaign_badge(archive, campaign, counts)

    def _counts(self, key: Key, count: Callable[[Transaction], Counts]) -> Counts:
        """What was counted a moment ago, or is now; by one at a time, for all who wait for it."""
        with self._counting:
            now = self._clock.now()
            counted_at, counts = self._kept.get(key, (None, {}))
            if counted_at is None or not timedelta() <= now - counted_at < BADGE_LASTING:
                with self._database.read() as transaction:
                    counts = count(transaction)
                self._kept[key] = (now, counts)
            self._kept.move_to_end(key)
            while len(self._kept) > BADGES_KEPT_MAX:
                self._kept.popitem(last=False)
            return counts


def _key(archive: Archive, campaign: int | None) -> Key:
    return archive.id, archive.created_at, campaign
