"""What happened in an archive, in order."""

from typing import Protocol

from vostok.domain.news import NewsHeads, NewsItem, NewsPage, NewsPosition, NewsScope


class News(Protocol):
    """The sequence of what happened."""

    def heads(self) -> NewsHeads:
        """Up to which ids everything is decided: what others write now will come behind them.

        Asked in a transaction before the one that reads.
        """

    def after(
        self, scope: NewsScope, position: NewsPosition, heads: NewsHeads, *, limit: int
    ) -> NewsPage:
        """What happened behind a position, at most `limit` items.

        A page may hold fewer, or none, and not be whole: it looks at a bounded number of rows, and
        its position is behind them.
        """

    def newest(self, scope: NewsScope, *, limit: int) -> list[NewsItem]:
        """The newest items without steps of builds that did not end them, the newest first.

        It looks back over a bounded number of steps of builds, of all archives together.
        """
