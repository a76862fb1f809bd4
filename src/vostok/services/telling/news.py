"""What happened in an archive or a campaign, for whoever may see it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from vostok.documents.news import NewsItemView, NewsView
from vostok.domain.access import Action, Principal, require
from vostok.domain.news import (
    BEGINNING,
    NewsHeads,
    NewsItem,
    NewsPage,
    NewsPosition,
    NewsScope,
    NewsTopic,
    filtered,
)
from vostok.services.repositories import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsRequest:
    """Whose news are asked for, and behind which position.

    Attributes:
        campaign: number of the campaign; None: of the whole archive.
        topics: what to be told of; positions are the same whatever is asked.
    """

    archive: str
    campaign: int | None = None
    position: NewsPosition = BEGINNING
    topics: frozenset[NewsTopic] = frozenset(NewsTopic)
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsFeed:
    """The newest items of an archive or a campaign, the newest first.

    Attributes:
        archive_id: of no other archive, also not of a later one of the same name.
        created_at: when the archive was made.
    """

    archive: str
    archive_id: int
    campaign: int | None
    title: str
    created_at: datetime
    items: tuple[NewsItem, ...]


class NewsService:
    """Reads the sequence. Each reading looks at a bounded number of rows."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = url.rstrip("/")

    def heads(self) -> NewsHeads:
        """What changes whenever there may be news anywhere, campaigns requested left out."""
        with self._database.read() as transaction:
            return transaction.news.heads()

    def after(self, principal: Principal, asked: NewsRequest) -> NewsPage:
        """What happened behind a position. It may be nothing though there is more to be read.

        Raises:
            NotFoundError: there is no such archive or campaign.
            GoneError: the archive was deleted.
        """
        require(principal, Action.VIEW, asked.archive)
        scope, heads = self._scope(asked), self.heads()
        with self._database.read() as transaction:
            page = transaction.news.after(scope, asked.position, heads, limit=asked.limit)
        return filtered(page, asked.topics)

    def end(self, principal: Principal, asked: NewsRequest) -> NewsPosition:
        """The position behind all that has happened until now."""
        require(principal, Action.VIEW, asked.archive)
        scope, heads = self._scope(asked), self.heads()
        with self._database.read() as transaction:
            return end_of(transaction, scope, heads)

    def _scope(self, asked: NewsRequest) -> NewsScope:
        """Where it is asked for; looked for first, as everything that may not be there is."""
        with self._database.read() as transaction:
            return scope_of(transaction, asked.archive, asked.campaign)

    def newest(
        self, principal: Principal, archive: str, campaign: int | None, *, limit: int
    ) -> NewsFeed:
        """What happened last, without steps of builds that did not end them, newest first."""
        require(principal, Action.VIEW, archive)
        with self._database.read() as transaction:
            scope = scope_of(transaction, archive, campaign)
            owner = transaction.archives.named(archive)
            return NewsFeed(
                archive=archive,
                archive_id=owner.id,
                campaign=campaign,
                title=str(scope),
                created_at=owner.created_at,
                items=tuple(transaction.news.newest(scope, limit=limit)),
            )

    def document(self, archive: str, page: NewsPage) -> NewsView:
        """A page as the API shows it."""
        return {
            "items": [
                item_document(archive, item, position, self._url) for item, position in page.items
            ],
            "next": str(page.position),
            "is_whole": page.is_whole,
        }


def end_of(transaction: Transaction, scope: NewsScope, heads: NewsHeads) -> NewsPosition:
    """The position behind all that has happened in an archive or a campaign until now."""
    campaigns = transaction.campaigns.of_archive(scope.archive_id)
    return NewsPosition(
        builds=heads.builds,
        publications=heads.publications,
        uploads=heads.uploads,
        notices=heads.notices,
        campaigns=max((campaign.number for campaign in campaigns), default=0),
    )


def item_document(archive: str, item: NewsItem, position: NewsPosition, url: str) -> NewsItemView:
    """An item as the API shows it."""
    return {
        "key": item.key,
        "position": str(position),
        "at": item.at.isoformat(),
        "topic": item.topic,
        "archive": archive,
        "actor": item.actor,
        "subject": item.subject,
        "title": item.title,
        "sentence": item.sentence,
        "number": item.number,
        "campaign": item.campaign,
        "version": item.version,
        "architecture": item.architecture,
        "state": item.state,
        "page": page_address(archive, item, url),
    }


def page_address(archive: str, item: NewsItem, url: str) -> str:
    """The address of the page that shows more of an item."""
    segments = item.place_of_page(archive)
    return url + "/" + "/".join(quote(str(segment), safe="+~:") for segment in segments)


def scope_page(scope: NewsScope, url: str) -> str:
    """The address of the page of an archive or a campaign."""
    archive = f"{url}/archives/{quote(scope.archive, safe='')}/"
    return archive if scope.campaign is None else f"{archive}campaigns/{scope.campaign}"


def scope_of(transaction: Transaction, name: str, number: int | None) -> NewsScope:
    """An archive, or one of its campaigns.

    Raises:
        NotFoundError: there is no such archive or campaign.
        GoneError: the archive was deleted.
    """
    archive = transaction.archives.named(name)
    if number is None:
        return NewsScope(archive_id=archive.id, archive=archive.name)
    campaign = transaction.campaigns.numbered(archive.id, number)
    return NewsScope(
        archive_id=archive.id,
        archive=archive.name,
        campaign_id=campaign.id,
        campaign=campaign.number,
    )
