"""Letters: gathering what happened into few of them, and sending those.

The positions of a person's subscriptions and the letter that is made of the news behind them move
in one transaction, so each item is in one letter, whenever the process is killed. A letter keeps
its Message-ID in each attempt: a mail server that has it already can know.

What a letter says is put together when it is sent: of what its person has unsubscribed from
meanwhile, or may not see any more, it says nothing.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from vostok.domain.access import Action, Principal, is_allowed
from vostok.domain.delivery import Delivery, NewDelivery, SentAnswer
from vostok.domain.mail import (
    Letter,
    LetterKind,
    LetterSection,
    LinkPurpose,
    MailAddress,
    Subscription,
    confirmation_text,
    is_confirmed,
    link_token,
    news_subject,
    news_text,
    payload_of,
    section_of,
    sections_of,
)
from vostok.domain.news import NewsHeads, NewsItem, NewsPosition, NewsScope, filtered
from vostok.domain.person import Person
from vostok.errors import GoneError, NotFoundError
from vostok.services.people.rights import with_rights
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Deliveries, Transaction
from vostok.services.telling.delivering import Deliverer
from vostok.services.telling.news import page_address, scope_of, scope_page

ITEMS_AT_ONCE: Final = 500
PAGES_MAX: Final = 40
"""Such pieces of the news of one subscription that go into a letter; the rest into the next."""
PASSED_OVER_MAX: Final = 5_000
"""Events that are in no letter before a position is written anew."""
NOT_ANY_MORE: Final = "its person is not subscribed to it, or may not see it, any more"


class MailSender(Protocol):
    """Hands mail to a mail server."""

    def send(self, letter: Letter) -> SentAnswer:
        """What came of one attempt. Bounded in time."""
        ...


class MailService:
    """Tells subscribers, where the settings name a mail server. Called by the executor."""

    def __init__(
        self,
        database: Database,
        sender: MailSender | None,
        key: Callable[[], bytes],
        clock: Clock,
        url: str,
        *,
        pause: timedelta,
    ) -> None:
        self._database = database
        self._is_configured = sender is not None
        self._clock = clock
        self._url = url.rstrip("/")
        self._pause = pause
        self._looked_at: dict[int, NewsHeads] = {}
        outlet = _LetterOutlet(database, sender, key, self._url)
        self._deliverer = Deliverer(database, outlet, clock)

    def gather(self) -> int:
        """Make letters of what happened; how many.

        One person gets at most one in each pause. Whoever was looked at is passed over until
        something happened again.
        """
        if not self._is_configured:
            return 0
        with self._database.read() as transaction:
            persons = transaction.mail.persons_to_tell(self._clock.now() - self._pause)
            heads = transaction.news.heads() if persons else NewsHeads()
        waiting = [person for person in persons if self._looked_at.get(person.id) != heads]
        self._looked_at = {person.id: heads for person in persons}
        return sum(self._gather_for(person, heads) for person in waiting)

    def _gather_for(self, person: Person, heads: NewsHeads) -> bool:
        """Look first, without keeping anybody from writing: mostly there is nothing."""
        with self._database.read() as transaction:
            reader = _as_principal(transaction, person)
            subscriptions = transaction.mail.of_person(person.id)
            seen = [one for one in subscriptions if is_allowed(reader, Action.VIEW, one.archive)]
            found = [self._read(transaction, person, one, heads) for one in seen]
        lost = [one for one in subscriptions if one not in seen]
        told = [reading for reading in found if reading.has_moved]
        if not all(reading.is_whole for reading in found):
            self._looked_at.pop(person.id, None)
        if not lost and not told:
            return False
        return self._write(person, lost, told)

    def _write(
        self,
        person: Person,
        lost: list[Subscription],
        told: list["_Reading"],
    ) -> bool:
        """Whether there is a letter; none if somebody else has just made one."""
        sections = [reading.section for reading in told if reading.section is not None]
        with self._database.write() as transaction:
            transaction.mail.lock(person.id)
            now = {one.number: one for one in transaction.mail.of_person(person.id)}
            if any(now.get(each.before.number) != each.before for each in told):
                self._looked_at.pop(person.id, None)
                return False
            for subscription in lost:
                transaction.mail.remove(subscription.number)
            for reading in told:
                transaction.mail.set_position(reading.before.number, reading.after)
            if sections:
                first = next(reading.before for reading in told if reading.section is not None)
                item = f"{first.number}@{first.position}"
                transaction.letters.put(
                    person.id,
                    [_new_letter(LetterKind.NEWS, item, payload_of(sections))],
                    at=self._clock.now(),
                )
        return bool(sections)

    def _read(
        self,
        transaction: Transaction,
        person: Person,
        subscription: Subscription,
        heads: NewsHeads,
    ) -> "_Reading":
        """What happened behind a subscription's position, a bounded part of it."""
        try:
            scope = scope_of(transaction, subscription.archive, subscription.campaign)
        except (NotFoundError, GoneError):  # its campaign is not there: nothing can happen in it
            return _Reading(before=subscription, after=subscription.position, section=None)
        position, items, is_whole = subscription.position, list[NewsItem](), False
        for _ in range(PAGES_MAX):
            page = transaction.news.after(scope, position, heads, limit=ITEMS_AT_ONCE)
            wanted = filtered(page, subscription.topics)
            items += [item for item, _ in wanted.items if subscription.wants(item, person.name)]
            position, is_whole = page.position, page.is_whole
            if is_whole:
                break
        section = self._section(subscription, scope, items)
        return _Reading(before=subscription, after=position, section=section, is_whole=is_whole)

    def _section(
        self, subscription: Subscription, scope: NewsScope, items: list[NewsItem]
    ) -> LetterSection | None:
        if not items:
            return None
        told = [(item, page_address(scope.archive, item, self._url)) for item in items]
        return section_of(subscription, told, scope_page(scope, self._url))

    def deliver(self) -> int:
        """Send what is due; how many attempts. Bounded in time."""
        return self._deliverer.deliver() if self._is_configured else 0

    def tidy(self) -> int:
        """Forget letters that ended long ago; how many."""
        return self._deliverer.tidy()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """How far one subscription was read, and what is told for it."""

    before: Subscription
    after: NewsPosition
    section: LetterSection | None
    is_whole: bool = True

    @property
    def has_moved(self) -> bool:
        """Whether it is worth writing down."""
        passed_over = self.after.builds - self.before.position.builds
        return bool(self.section) or not self.is_whole or passed_over >= PASSED_OVER_MAX


class _LetterOutlet:
    """Implements `services.delivering.Outlet`: its receivers are persons."""

    def __init__(
        self,
        database: Database,
        sender: MailSender | None,
        key: Callable[[], bytes],
        url: str,
    ) -> None:
        self._database = database
        self._sender = sender
        self._key = key
        self._url = url

    def deliveries(self, transaction: Transaction) -> Deliveries:
        return transaction.letters

    def lock(self, transaction: Transaction, owner: int) -> Person | None:
        return transaction.mail.lock(owner)

    def attempt(self, receiver: Person, delivery: Delivery) -> SentAnswer:
        """Nothing is sent that its person has no use for any more."""
        with self._database.read() as transaction:
            person = transaction.people.by_id(receiver.id)
            address = transaction.mail.address(person.id)
            sections = _sections_still_seen(transaction, person, delivery)
        letter = None
        if self._sender is None or address is None or person.is_shut_out:
            pass
        elif delivery.topic == LetterKind.CONFIRMATION:
            letter = self._confirmation(person, address, delivery)
        elif sections and is_confirmed(address, person.email):
            letter = self._news(address, sections, delivery)
        if letter is None or self._sender is None:
            return SentAnswer(status=None, text=NOT_ANY_MORE, is_gone=True)
        return self._sender.send(letter)

    def _confirmation(
        self, person: Person, address: MailAddress, delivery: Delivery
    ) -> Letter | None:
        if address.nonce != delivery.payload or address.address != person.email:
            return None
        link = self._link(address, LinkPurpose.CONFIRM)
        return Letter(
            to=address.address,
            subject="[Vostok] Is this your address?",
            text=confirmation_text(person.name, link),
            key=delivery.key,
            at=delivery.created_at,
            unsubscribe=None,
        )

    def _news(
        self, address: MailAddress, sections: list[LetterSection], delivery: Delivery
    ) -> Letter:
        unsubscribe = self._link(address, LinkPurpose.UNSUBSCRIBE)
        return Letter(
            to=address.address,
            subject=news_subject(sections),
            text=news_text(sections, manage=f"{self._url}/me/mail", unsubscribe=unsubscribe),
            key=delivery.key,
            at=delivery.created_at,
            unsubscribe=unsubscribe,
        )

    def _link(self, address: MailAddress, purpose: LinkPurpose) -> str:
        return f"{self._url}/mail/{purpose}/{link_token(self._key(), address, purpose)}"

    def give_up(
        self, transaction: Transaction, receiver: Person, delivery: Delivery, answer: SentAnswer
    ) -> None:
        """Send nothing more to an address that its mail server does not know.

        Another one, which the person has got since the letter was taken, stays as it is.
        """
        address = transaction.mail.address(receiver.id)
        if address is None or address.address != receiver.email:
            return
        if not answer.is_gone or answer.status is None:
            return
        said = f"is not written to: letter {delivery.id} was refused for good: {answer.text}"
        transaction.mail.put_address(replace(address, confirmed_at=None, sentence=said))


def confirmation_letter(address: MailAddress) -> NewDelivery:
    """A letter that asks whether an address is its person's. The link is not kept in it."""
    return _new_letter(LetterKind.CONFIRMATION, f"confirm {address.nonce}", address.nonce)


def _new_letter(kind: LetterKind, item: str, payload: str) -> NewDelivery:
    return NewDelivery(key=uuid.uuid4().hex, item=item, topic=kind, payload=payload)


def _sections_still_seen(
    transaction: Transaction, person: Person, delivery: Delivery
) -> list[LetterSection]:
    if delivery.topic != LetterKind.NEWS:
        return []
    reader = _as_principal(transaction, person)
    subscribed = {
        one.number
        for one in transaction.mail.of_person(person.id)
        if is_allowed(reader, Action.VIEW, one.archive)
    }
    return [
        section for section in sections_of(delivery.payload) if section.subscription in subscribed
    ]


def _as_principal(transaction: Transaction, person: Person) -> Principal:
    """The person as they are in this moment."""
    return with_rights(
        transaction, Principal(name=person.name, role=person.role, person_id=person.id)
    )
