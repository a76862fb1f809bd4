"""Webhooks: who may have an archive's news sent somewhere, and sending them.

The position of a webhook and the deliveries that are made of the news behind it move in one
transaction, so each item is made into one delivery, whenever the process is killed.
"""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from vostok.documents.news import NewsItemView
from vostok.domain.access import Action, Principal, require
from vostok.domain.delivery import ATTEMPTS_MAX, Delivery, NewDelivery, SentAnswer
from vostok.domain.news import TOLD_BY_DEFAULT, NewsHeads, NewsItem, NewsScope, NewsTopic, filtered
from vostok.domain.webhook import (
    ADDRESS_CHARACTERS_MAX,
    WEBHOOKS_OF_ARCHIVE_MAX,
    Webhook,
    WebhookState,
    payload_text,
    secret_of,
    signature,
)
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.audit import note
from vostok.services.people.managing import check_still_let_in
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Deliveries, Transaction
from vostok.services.telling.answering_for_webhooks import lock_answered, switch_off_unanswered
from vostok.services.telling.delivering import Deliverer, is_sent_soon
from vostok.services.telling.news import end_of, item_document

ITEMS_AT_ONCE: Final = 200
PASSED_OVER_MAX: Final = 5_000
"""Events that concern a webhook not at all before its position is written anew."""
TEST_TOPIC: Final = "test"
"""Of deliveries that somebody asked for to see whether they arrive."""
NONCE_BYTES: Final = 16
DELIVERIES_SHOWN: Final = 100


class WebhookSender(Protocol):
    """Sends a request outside."""

    def check(self, address: str) -> None:
        """Nothing, if it is an address that may be sent to, as far as can be said now.

        Raises:
            InvalidInputError: it is not.
        """
        ...

    def send(self, address: str, headers: dict[str, str], body: bytes) -> SentAnswer:
        """What came of one attempt. Redirections are not followed; time and answer are bounded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """A webhook that somebody wants; no topics: what is told by default."""

    archive: str
    address: str
    topics: frozenset[NewsTopic] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChange:
    """What is to be otherwise: no topics, or no state: what it is now."""

    topics: frozenset[NewsTopic] = frozenset()
    state: WebhookState | None = None


class WebhookService:
    """Manages webhooks, and tells them of the news."""

    def __init__(
        self,
        database: Database,
        sender: WebhookSender,
        key: Callable[[], bytes],
        clock: Clock,
        url: str,
    ) -> None:
        self._database = database
        self._sender = sender
        self._key = key
        self._clock = clock
        self._url = url.rstrip("/")
        self._deliverer = Deliverer(database, _WebhookOutlet(sender, key, clock), clock)

    # For who administers an archive -----------------------------------------------------

    def add(self, principal: Principal, asked: WebhookRequest) -> tuple[Webhook, str]:
        """A new webhook, told of what happens from now on; and its secret, said only now.

        Raises:
            InvalidInputError: the address cannot be one, or may not be reached.
            ConflictError: the archive has too many, or has this one.
            NotAllowedError: an administrator vouched for the principal since they were let in,
                and all their ways in ended; so for `change` and `redeliver`.
        """
        require(principal, Action.CHANGE_ARCHIVE, asked.archive)
        if len(asked.address) > ADDRESS_CHARACTERS_MAX:
            raise InvalidInputError(
                f"the address has {len(asked.address)} characters, over {ADDRESS_CHARACTERS_MAX}"
            )
        self._sender.check(asked.address)
        with self._database.read() as transaction:
            heads = transaction.news.heads()
        nonce = secrets.token_hex(NONCE_BYTES)
        with self._database.write() as transaction:
            check_still_let_in(transaction, principal)
            archive = transaction.archives.named(asked.archive)
            _check_room(transaction.webhooks.of_archive(archive.id), asked)
            scope = NewsScope(archive_id=archive.id, archive=archive.name)
            webhook = transaction.webhooks.add(
                archive.id,
                asked.address,
                asked.topics or TOLD_BY_DEFAULT,
                nonce=nonce,
                position=end_of(transaction, scope, heads),
                by=principal.name,
                at=self._clock.now(),
            )
            self._note(
                transaction, principal, webhook, f"added for {', '.join(sorted(webhook.topics))}"
            )
        return webhook, secret_of(self._key(), nonce)

    def of_archive(self, principal: Principal, name: str) -> list[Webhook]:
        """The webhooks of an archive, the oldest first."""
        require(principal, Action.CHANGE_ARCHIVE, name)
        with self._database.read() as transaction:
            return transaction.webhooks.of_archive(transaction.archives.named(name).id)

    def show(self, principal: Principal, name: str, number: int) -> tuple[Webhook, list[Delivery]]:
        """One webhook with its newest deliveries."""
        require(principal, Action.CHANGE_ARCHIVE, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            webhook = transaction.webhooks.numbered(archive.id, number)
            deliveries = transaction.webhook_deliveries.newest(number, rows_max=DELIVERIES_SHOWN)
            return webhook, deliveries

    def change(
        self, principal: Principal, name: str, number: int, change: WebhookChange
    ) -> Webhook:
        """Have a webhook told of something else, or switch it on or off.

        One that is switched on is told of what happens from then on.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        with self._database.read() as transaction:
            heads = transaction.news.heads()
        with self._database.write() as transaction:
            check_still_let_in(transaction, principal)
            archive = transaction.archives.named(name)
            transaction.webhooks.numbered(archive.id, number)
            transaction.webhooks.lock(number)
            webhook = transaction.webhooks.numbered(archive.id, number)
            if change.topics:
                transaction.webhooks.set_topics(number, change.topics)
            if change.state is WebhookState.OFF and webhook.state is WebhookState.ON:
                transaction.webhooks.set_state(
                    number, WebhookState.OFF, f"was paused by {principal.name}"
                )
            elif change.state is WebhookState.ON and webhook.state is WebhookState.OFF:
                self._switch_on(transaction, principal, webhook, heads)
            changed = transaction.webhooks.numbered(archive.id, number)
            self._note(
                transaction, principal, webhook, f"changed, {_difference(webhook, changed)}"
            )
            return changed

    def test(self, principal: Principal, name: str, number: int) -> Delivery:
        """Have something sent that only says that it is a test.

        Raises:
            ConflictError: the webhook is switched off, or a test waits already.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        with self._database.write() as transaction:
            archive = transaction.archives.named(name)
            webhook = transaction.webhooks.numbered(archive.id, number)
            if webhook.state is WebhookState.OFF:
                raise ConflictError(
                    f"webhook {number} of {name} is off: {webhook.sentence}",
                    hint=f"switch it on: vostok webhook set {name} {number} --state on",
                )
            transaction.webhooks.lock(number)  # of two who ask at once, one is told of the other
            waiting = transaction.webhook_deliveries.waiting(number, TEST_TOPIC)
            if waiting is not None:
                raise ConflictError(
                    f"a test of webhook {number} waits already, as delivery {waiting.id}",
                    hint=f"see what becomes of it: vostok webhook show {name} {number}",
                )
            transaction.webhook_deliveries.put(
                number, [_test_delivery(name, principal.name)], at=self._clock.now()
            )
            self._note(transaction, principal, webhook, "test sent")
            return transaction.webhook_deliveries.newest(number, rows_max=1)[0]

    def _switch_on(
        self, transaction: Transaction, principal: Principal, webhook: Webhook, heads: NewsHeads
    ) -> None:
        scope = NewsScope(archive_id=webhook.archive_id, archive=webhook.archive)
        transaction.webhooks.set_position(webhook.number, end_of(transaction, scope, heads))
        transaction.webhooks.set_state(
            webhook.number, WebhookState.ON, f"was switched on again by {principal.name}"
        )
        transaction.webhooks.set_answerable(webhook.number, principal.name)

    def remove(self, principal: Principal, name: str, number: int) -> None:
        """Take a webhook away with its deliveries."""
        require(principal, Action.CHANGE_ARCHIVE, name)
        with self._database.write() as transaction:
            archive = transaction.archives.named(name)
            webhook = transaction.webhooks.numbered(archive.id, number)
            transaction.webhooks.remove(number)
            self._note(transaction, principal, webhook, "removed")

    def redeliver(
        self, principal: Principal, name: str, number: int, delivery_id: int
    ) -> tuple[Webhook, Delivery]:
        """Have a delivery sent again; a webhook that was switched off is on again.

        It is told of what happens from then on, and of the deliveries that were left waiting.

        Raises:
            ConflictError: the delivery is sent soon anyway, or just now.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        with self._database.read() as transaction:
            heads = transaction.news.heads()
        with self._database.write() as transaction:
            check_still_let_in(transaction, principal)
            archive = transaction.archives.named(name)
            webhook = transaction.webhooks.numbered(archive.id, number)
            transaction.webhooks.lock(number)
            delivery = transaction.webhook_deliveries.one(number, delivery_id)
            now = self._clock.now()
            if webhook.state is WebhookState.ON and is_sent_soon(delivery, now):
                raise ConflictError(
                    f"delivery {delivery.id} waits already, and is sent without being asked for",
                    hint=f"see what becomes of it: vostok webhook show {name} {number}",
                )
            transaction.webhook_deliveries.send_again(delivery.id, now)
            if webhook.state is WebhookState.OFF:
                self._switch_on(transaction, principal, webhook, heads)
            self._note(transaction, principal, webhook, f"delivery {delivery.id} sent again")
            return (
                transaction.webhooks.numbered(archive.id, number),
                transaction.webhook_deliveries.one(number, delivery_id),
            )

    def _note(
        self, transaction: Transaction, principal: Principal, webhook: Webhook, what: str
    ) -> None:
        note(
            transaction, self._clock, principal, Action.CHANGE_ARCHIVE, archive=webhook.archive,
            subject=f"webhook {webhook.number}", detail=f"{what}: {_place(webhook.address)}",
        )  # fmt: skip

    # For the executor -------------------------------------------------------------------

    def enqueue(self) -> int:
        """Make deliveries of what happened since they were made last; how many. Bounded."""
        switch_off_unanswered(self._database)
        with self._database.read() as transaction:
            webhooks = transaction.webhooks.switched_on()
            heads = transaction.news.heads() if webhooks else NewsHeads()
        return sum(self._enqueue(webhook, heads) for webhook in webhooks)

    def _enqueue(self, webhook: Webhook, heads: NewsHeads) -> int:
        """Look first, without keeping anybody from writing: mostly there is nothing."""
        scope = NewsScope(archive_id=webhook.archive_id, archive=webhook.archive)
        with self._database.read() as transaction:
            page = transaction.news.after(scope, webhook.position, heads, limit=ITEMS_AT_ONCE)
        wanted = filtered(page, webhook.topics)
        passed_over = page.position.builds - webhook.position.builds
        if not wanted.items and page.is_whole and passed_over < PASSED_OVER_MAX:
            return 0
        deliveries = [
            _new_delivery(item, item_document(webhook.archive, item, at, self._url))
            for item, at in wanted.items
        ]
        with self._database.write() as transaction:
            now = lock_answered(transaction, webhook.number)
            if now is None or now.position != webhook.position or now.state != webhook.state:
                return 0
            transaction.webhook_deliveries.put(webhook.number, deliveries, at=self._clock.now())
            transaction.webhooks.set_position(webhook.number, page.position)
        return len(deliveries)

    def deliver(self) -> int:
        """Send what is due; how many attempts. Bounded in time."""
        return self._deliverer.deliver()

    def tidy(self) -> int:
        """Forget deliveries that ended long ago; how many."""
        return self._deliverer.tidy()


class _WebhookOutlet:
    """Implements `services.delivering.Outlet`."""

    def __init__(self, sender: WebhookSender, key: Callable[[], bytes], clock: Clock) -> None:
        self._sender = sender
        self._key = key
        self._clock = clock

    def deliveries(self, transaction: Transaction) -> Deliveries:
        return transaction.webhook_deliveries

    def lock(self, transaction: Transaction, owner: int) -> Webhook | None:
        webhook = lock_answered(transaction, owner)
        return None if webhook is None or webhook.state is WebhookState.OFF else webhook

    def attempt(self, receiver: Webhook, delivery: Delivery) -> SentAnswer:
        body = delivery.payload.encode()
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "Vostok-Delivery": delivery.key,
            "Vostok-Topic": delivery.topic,
            "Vostok-Timestamp": str(timestamp),
            "Vostok-Signature": signature(secret_of(self._key(), receiver.nonce), timestamp, body),
        }
        return self._sender.send(receiver.address, headers, body)

    def give_up(
        self, transaction: Transaction, receiver: Webhook, delivery: Delivery, answer: SentAnswer
    ) -> None:
        """Send nothing there any more until somebody has looked."""
        why = (
            "the receiver answered 410: it wants no more"
            if answer.is_gone
            else f"delivery {delivery.id} was not taken in {ATTEMPTS_MAX} attempts"
        )
        transaction.webhooks.set_state(
            receiver.number, WebhookState.OFF, f"was switched off: {why}"
        )


def _new_delivery(item: NewsItem, document: NewsItemView) -> NewDelivery:
    key = str(uuid.uuid4())
    return NewDelivery(
        key=key, item=item.key, topic=item.topic, payload=payload_text(key, document)
    )


def _test_delivery(archive: str, actor: str) -> NewDelivery:
    key = str(uuid.uuid4())
    said = {"topic": TEST_TOPIC, "archive": archive, "actor": actor, "title": "a test"}
    return NewDelivery(
        key=key, item=f"{TEST_TOPIC} {key}", topic=TEST_TOPIC, payload=payload_text(key, said)
    )


def _check_room(there: list[Webhook], asked: WebhookRequest) -> None:
    if len(there) >= WEBHOOKS_OF_ARCHIVE_MAX:
        raise ConflictError(
            f"{asked.archive} has {len(there)} webhooks; at most {WEBHOOKS_OF_ARCHIVE_MAX}",
            hint=f"remove one: vostok webhook list {asked.archive}",
        )
    for webhook in there:
        if webhook.address == asked.address:
            raise ConflictError(
                f"{asked.archive} has a webhook of that address: {webhook.number}",
                hint=f"look at it: vostok webhook show {asked.archive} {webhook.number}",
            )


def _difference(before: Webhook, after: Webhook) -> str:
    """What became of a webhook, for the audit log."""
    old, new = (", ".join(sorted(each.topics)) for each in (before, after))
    said = [f"told of {new} instead of {old}"] if old != new else []
    if before.state is not after.state:
        said.append(f"{before.state} to {after.state}")
    return " and ".join(said) or "to what it was"


def _place(address: str) -> str:
    """Where an address leads, without what may be a secret: all behind the host."""
    parts = urlsplit(address)
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return f"{place}/…" if parts.path.strip("/") or parts.query else place
