"""Calls of news: what happened in an archive, and what happens while somebody looks."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Final

from vostok.client.answers import checked
from vostok.client.asking import Asking, filtered, part, words
from vostok.client.messages.news import News, NewsItem
from vostok.client.messages.webhooks import Delivery, NewWebhook, Webhook, WebhookWithDeliveries
from vostok.client.patience import Patience, intervals
from vostok.client.problems import ServerFaultError
from vostok.errors import GoneError, UnavailableError

LINE_CHARACTERS_MAX: Final = 1 << 20


class NewsCalls(Asking):
    """Calls of news, and of the addresses that they are sent to."""

    def archive_news(
        self,
        archive: str,
        *,
        cursor: str | None = None,
        topics: Sequence[str] = (),
        limit: int = 100,
    ) -> News:
        """What happened in an archive behind `next` of an answer, the oldest first."""
        path = f"archives/{part(archive)}/news"
        return self._one(News, "GET", path, query=_asked(cursor, topics, limit=limit))

    def campaign_news(
        self,
        archive: str,
        number: int,
        *,
        cursor: str | None = None,
        topics: Sequence[str] = (),
        limit: int = 100,
    ) -> News:
        """What happened in a campaign behind `next` of an answer, the oldest first."""
        path = f"archives/{part(archive)}/campaigns/{number}/news"
        return self._one(News, "GET", path, query=_asked(cursor, topics, limit=limit))

    def archive_news_stream(
        self, archive: str, *, cursor: str | None = None, topics: Sequence[str] = ()
    ) -> Iterator[NewsItem]:
        """What happens in an archive, each when it happens, for ever.

        It begins behind a cursor or an item's position, else with what happens from now on, and
        goes on where it was when the connection breaks.

        Raises:
            GoneError: whoever asks may look no longer, or the archive is gone.
            UnavailableError: the server was away for too long.
        """
        return self._followed(f"archives/{part(archive)}/news/stream", cursor, topics)

    def campaign_news_stream(
        self, archive: str, number: int, *, cursor: str | None = None, topics: Sequence[str] = ()
    ) -> Iterator[NewsItem]:
        """What happens in a campaign; otherwise the same."""
        path = f"archives/{part(archive)}/campaigns/{number}/news/stream"
        return self._followed(path, cursor, topics)

    def archive_webhooks(
        self, archive: str, *, text: str = "", states: Sequence[str] = ()
    ) -> Iterator[Webhook]:
        """Where the news of an archive are sent, the oldest first."""
        path = f"archives/{part(archive)}/webhooks"
        return self._listed(Webhook, path, "webhooks", filtered(text, states=states))

    def webhook(self, archive: str, number: int) -> WebhookWithDeliveries:
        """One webhook with its newest deliveries."""
        return self._one(WebhookWithDeliveries, "GET", _webhook(archive, number))

    def add_webhook(self, archive: str, address: str, *, topics: Sequence[str] = ()) -> NewWebhook:
        """A new webhook with its secret, which is told only now."""
        body = {"address": address, "topics": list(topics)}
        return self._one(NewWebhook, "POST", f"archives/{part(archive)}/webhooks", body)

    def change_webhook(
        self, archive: str, number: int, *, topics: Sequence[str] = (), state: str | None = None
    ) -> Webhook:
        """The webhook with other topics, or switched on or off."""
        body = {"topics": list(topics), "state": state}
        return self._one(Webhook, "PATCH", _webhook(archive, number), body)

    def test_webhook(self, archive: str, number: int) -> Delivery:
        """A delivery that only says that it is a test."""
        return self._one(Delivery, "POST", f"{_webhook(archive, number)}/tests")

    def remove_webhook(self, archive: str, number: int) -> None:
        """Send nothing there any more."""
        self._done("DELETE", _webhook(archive, number))

    def redeliver(self, archive: str, number: int, delivery: int) -> Delivery:
        """The delivery, which will be sent again."""
        path = f"{_webhook(archive, number)}/deliveries/{delivery}/attempts"
        return self._one(Delivery, "POST", path)

    def _followed(self, path: str, after: str | None, topics: Sequence[str]) -> Iterator[NewsItem]:
        patience = Patience()
        for seconds in intervals():
            try:
                for event in self._events(path, after, topics):
                    patience.answered()
                    after = event.get("id", after)
                    if "data" in event:
                        yield _item(event, path)
            except UnavailableError as error:
                patience.bear(error)
            time.sleep(seconds)

    def _events(
        self, path: str, after: str | None, topics: Sequence[str]
    ) -> Iterator[dict[str, str]]:
        """The events of one connection, those without data too: they say how far it is."""
        headers = {} if after is None else {"Last-Event-ID": after}
        fields: dict[str, str] = {}
        with self._stream(path, query=words({"topic": list(topics)}), headers=headers) as response:
            line = ""
            for text in response.iter_text():
                *whole, line = (line + text).split("\n")
                if len(line) > LINE_CHARACTERS_MAX:
                    raise ServerFaultError(f"{response.url} sent too long a line")
                for one in whole:
                    if one:
                        name, _, value = one.partition(": ")
                        fields[name] = value
                    elif fields:
                        yield fields
                        fields = {}


def _item(event: dict[str, str], path: str) -> NewsItem:
    found = json.loads(event["data"])
    if event.get("event") == "end":
        raise GoneError(found["detail"], hint="see which archives there are: vostok archive list")
    return checked(NewsItem, found, path=path)


def _asked(
    cursor: str | None, topics: Sequence[str], **more: object
) -> dict[str, str | list[str]]:
    return words({"cursor": cursor, "topic": list(topics), **more})


def _webhook(archive: str, number: int) -> str:
    return f"archives/{part(archive)}/webhooks/{number}"
