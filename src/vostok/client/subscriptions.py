"""Calls of what one is told of by mail."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from vostok.client.asking import Asking, words
from vostok.client.messages.subscriptions import Letter, MailAddress, Subscription


class SubscriptionCalls(Asking):
    """Calls of subscriptions; `person` is for who manages people, by default it is oneself."""

    def own_subscriptions(self, *, person: str | None = None) -> Iterator[Subscription]:
        """What one is told of by mail, the oldest first."""
        return self._listed(Subscription, "subscriptions", "subscriptions", {"person": person})

    def subscribe(
        self, archive: str, *, campaign: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription:
        """Be told of an archive or a campaign; without topics, of what matters most."""
        body = {"archive": archive, "campaign": campaign, "topics": list(topics)}
        return self._one(Subscription, "POST", "subscriptions", body)

    def unsubscribe(self, number: int, *, person: str | None = None) -> None:
        """End a subscription."""
        self._done("DELETE", f"subscriptions/{number}{_of(person)}")

    def mail_address(self, *, person: str | None = None) -> MailAddress:
        """Where one gets mail, and whether that is confirmed."""
        return self._one(MailAddress, "GET", "mail-address", query=words({"person": person}))

    def ask_again(self) -> MailAddress:
        """The same; the link that confirms it is sent once more."""
        return self._one(MailAddress, "POST", "mail-address/confirmations")

    def letters(self, *, person: str | None = None) -> Iterator[Letter]:
        """The newest letters to a person, the newest first."""
        return self._listed(Letter, "letters", "letters", {"person": person})

    def send_again(self, number: int, *, person: str | None = None) -> Letter:
        """The letter, which will be sent again."""
        return self._one(Letter, "POST", f"letters/{number}/attempts{_of(person)}")


def _of(person: str | None) -> str:
    return "" if person is None else f"?person={quote(person, safe='')}"
