"""Badges: how an archive or a campaign stands, in two words, for pages elsewhere."""

from vostok.domain.access import Action, Principal, require
from vostok.domain.badge import Badge, archive_badge, campaign_badge
from vostok.services.repositories import Database


class BadgeService:
    """Counts what badges say; each is asked for by every reader of the page that shows it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_archive(self, principal: Principal, name: str) -> Badge:
        """How much of an archive is rebuilt. O(builds of the archive), counted in a set.

        Raises:
            NotFoundError: there is no such archive.
            GoneError: it was deleted.
        """
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            return archive_badge(archive, transaction.build_lists.newest_states(archive.id))

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
            counts = transaction.campaigns.counts([campaign.id]).get(campaign.id, {})
            return campaign_badge(archive, campaign, counts)
