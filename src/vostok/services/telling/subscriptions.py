"""Subscriptions: who is told of what by mail, as they asked themselves.

Nobody subscribes somebody else, and nothing is mailed before the address is confirmed.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from vostok.domain.access import Action, Principal, require
from vostok.domain.delivery import Delivery, DeliveryState
from vostok.domain.mail import (
    CONFIRMATION_PAUSE,
    SUBSCRIPTIONS_OF_PERSON_MAX,
    LetterKind,
    LinkPurpose,
    MailAddress,
    Subscription,
    check_mail_topics,
    check_mailable,
    is_confirmed,
    is_link,
    person_of_link,
    unknown_link,
)
from vostok.domain.news import NewsTopic
from vostok.domain.person import Person
from vostok.errors import ConflictError, InvalidInputError, NotFoundError
from vostok.services.audit import note
from vostok.services.people.managing import is_themself, person_to_manage
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction
from vostok.services.telling.mailing import confirmation_letter
from vostok.services.telling.news import end_of, scope_of

LETTERS_SHOWN: Final = 100
NONCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRequest:
    """What somebody wants to be told of; no topics: what is mailed by default."""

    archive: str
    campaign: int | None = None
    topics: frozenset[NewsTopic] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOfPerson:
    """What a person is told of, and where.

    Attributes:
        address: None before they subscribed to anything.
        is_confirmed: whether mail goes to the address that is registered for them.
        is_mailed: whether this server mails at all.
    """

    person: Person
    address: MailAddress | None
    is_confirmed: bool
    is_mailed: bool
    subscriptions: list[Subscription]


class SubscriptionService:
    """Manages what persons are told of by mail."""

    def __init__(
        self,
        database: Database,
        key: Callable[[], bytes],
        clock: Clock,
        *,
        is_mailed: bool,
    ) -> None:
        self._database = database
        self._key = key
        self._clock = clock
        self._is_mailed = is_mailed

    # For persons --------------------------------------------------------------------------

    def subscribe(self, principal: Principal, asked: SubscriptionRequest) -> Subscription:
        """Be told of what happens from now on; whoever is subscribed to it changes the topics.

        The first time, a link is sent to the person's address, and nothing else before it is
        followed.

        Raises:
            InvalidInputError: the principal is no person, or no mail can be sent to them.
            ConflictError: this server sends no mail, or they have too many subscriptions.
        """
        require(principal, Action.SUBSCRIBE, asked.archive)
        with self._database.read() as transaction:
            # Before anything else is refused, which would tell it from one that is hidden.
            scope_of(transaction, asked.archive, asked.campaign)
            heads = transaction.news.heads()
        topics = check_mail_topics(asked.topics)
        person_id = _person_id(principal)
        self._check_configured()
        with self._database.write() as transaction:
            person = transaction.people.by_id(person_id)
            check_mailable(person.email)
            transaction.mail.lock(person.id)
            scope = scope_of(transaction, asked.archive, asked.campaign)
            _check_room(transaction.mail.of_person(person.id), asked)
            subscription = transaction.mail.put(
                person.id,
                scope.archive_id,
                scope.campaign,
                topics,
                position=end_of(transaction, scope, heads),
                at=self._clock.now(),
            )
            if not is_confirmed(transaction.mail.address(person.id), person.email):
                self._ask(transaction, person)
            self._note(transaction, principal, subscription, "subscribed by mail")
        return subscription

    def of(self, principal: Principal, name: str | None = None) -> MailOfPerson:
        """What the principal is told of; who manages people can ask for somebody else's."""
        with self._database.read() as transaction:
            person = _person(transaction, principal, name)
            address = transaction.mail.address(person.id)
            return MailOfPerson(
                person=person,
                address=address,
                is_confirmed=is_confirmed(address, person.email),
                is_mailed=self._is_mailed,
                subscriptions=[
                    one
                    for one in transaction.mail.of_person(person.id)
                    if principal.sees(one.archive)
                ],
            )

    def unsubscribe(
        self, principal: Principal, number: int, name: str | None = None
    ) -> Subscription:
        """End a subscription. What was gathered for it and not sent yet is not sent."""
        with self._database.write() as transaction:
            person = _person(transaction, principal, name)
            found = [one for one in transaction.mail.of_person(person.id) if one.number == number]
            if not found or not principal.sees(found[0].archive):
                raise NotFoundError(
                    f"{person.name} has no subscription {number}",
                    hint="see which there are: vostok subscription list",
                )
            transaction.mail.remove(number)
            self._note(transaction, principal, found[0], "unsubscribed")
        return found[0]

    def letters(self, principal: Principal, name: str | None = None) -> list[Delivery]:
        """The newest letters of a person, and what became of each."""
        with self._database.read() as transaction:
            person = _person(transaction, principal, name)
            return transaction.letters.newest(person.id, rows_max=LETTERS_SHOWN)

    def send_again(
        self, principal: Principal, letter_id: int, name: str | None = None
    ) -> Delivery:
        """Have a letter that failed sent again, under its Message-ID.

        Raises:
            ConflictError: it waits or was sent; or it asks for a confirmation, which only
                `ask_again` sends, with a pause between two.
        """
        with self._database.write() as transaction:
            person = _person(transaction, principal, name)
            self._check_configured()
            transaction.mail.lock(person.id)
            letter = transaction.letters.one(person.id, letter_id)
            _check_again(letter)
            transaction.letters.send_again(letter.id, self._clock.now())
            note(
                transaction, self._clock, principal, Action.SUBSCRIBE,
                subject=f"person {person.name}", detail=f"letter {letter.id} sent again",
            )  # fmt: skip
            return transaction.letters.one(person.id, letter_id)

    def ask_again(self, principal: Principal) -> MailAddress:
        """Send a link to confirm the principal's address once more.

        Raises:
            ConflictError: it is confirmed, or one was sent just now.
        """
        with self._database.write() as transaction:
            person = _person(transaction, principal, None)
            self._check_configured()
            check_mailable(person.email)
            transaction.mail.lock(person.id)
            known = transaction.mail.address(person.id)
            if known is not None and is_confirmed(known, person.email):
                raise ConflictError(f"{person.email} is confirmed: letters are sent there")
            asked_at = None if known is None else known.asked_at
            if asked_at is not None and self._clock.now() - asked_at < CONFIRMATION_PAUSE:
                raise ConflictError(
                    f"a link was sent to {person.email} at {asked_at:%H:%M} UTC",
                    hint="wait some minutes for it; then have another one sent",
                )
            return self._ask(transaction, person)

    # For whoever has a link from a letter -------------------------------------------------

    def look_up(self, token: str, purpose: LinkPurpose) -> Person:
        """The person whose link ends so.

        Raises:
            NotFoundError: it is nobody's, or not any more.
        """
        with self._database.read() as transaction:
            return self._linked(transaction, token, purpose)[0]

    def confirm(self, token: str) -> Person:
        """Note that the reader of a letter says that the address is theirs."""
        with self._database.write() as transaction:
            person, _ = self._linked(transaction, token, LinkPurpose.CONFIRM)
            transaction.mail.lock(person.id)  # beside who follows it too, or asks for another
            person, address = self._linked(transaction, token, LinkPurpose.CONFIRM)
            if address.address != person.email:
                raise unknown_link()
            confirmed = replace(
                address, confirmed_at=self._clock.now(), sentence="letters are sent there"
            )
            transaction.mail.put_address(confirmed)
        return person

    def unsubscribe_all(self, token: str) -> tuple[Person, int]:
        """End all subscriptions of the person of a link; and how many there were."""
        with self._database.write() as transaction:
            person, _ = self._linked(transaction, token, LinkPurpose.UNSUBSCRIBE)
            return person, transaction.mail.remove_all(person.id)

    def _linked(
        self, transaction: Transaction, token: str, purpose: LinkPurpose
    ) -> tuple[Person, MailAddress]:
        person_id = person_of_link(token)
        address = transaction.mail.address(person_id)
        if address is None or not is_link(token, self._key(), address, purpose):
            raise unknown_link()
        return transaction.people.by_id(person_id), address

    def _ask(self, transaction: Transaction, person: Person) -> MailAddress:
        """Send a link to the person's address; not again within some minutes."""
        known, now = transaction.mail.address(person.id), self._clock.now()
        if (
            known is not None
            and known.address == person.email
            and known.asked_at is not None
            and now - known.asked_at < CONFIRMATION_PAUSE
        ):
            return known
        address = MailAddress(
            person_id=person.id,
            address=check_mailable(person.email),
            nonce=secrets.token_hex(NONCE_BYTES),
            sentence="waits to be confirmed by the link that was sent there",
            asked_at=now,
            confirmed_at=None,
        )
        transaction.mail.put_address(address)
        transaction.letters.put(person.id, [confirmation_letter(address)], at=now)
        return address

    def _check_configured(self) -> None:
        if not self._is_mailed:
            raise ConflictError(
                "this server sends no mail",
                hint="whoever runs it sets mail_host and mail_from: docs/how-to/get-mail.md",
                reason="no-mail",
            )

    def _note(
        self, transaction: Transaction, principal: Principal, one: Subscription, what: str
    ) -> None:
        note(
            transaction, self._clock, principal, Action.SUBSCRIBE, archive=one.archive,
            subject=one.subject, detail=f"{what}: {', '.join(sorted(one.topics))}",
        )  # fmt: skip


def _person_id(principal: Principal) -> int:
    """The person that the principal is.

    Raises:
        InvalidInputError: it is a token of the installation, which reads no mail.
    """
    if principal.person_id is None:
        raise InvalidInputError(
            f"{principal.name} is no person, and gets no mail",
            hint="use a person's own token: vostok token create PERSON NAME",
            reason="no-person",
        )
    return principal.person_id


def _person(transaction: Transaction, principal: Principal, name: str | None) -> Person:
    """Whom it is about: the principal with all that they may do, or anybody for who manages."""
    if name is None or is_themself(principal, name):
        require(principal, Action.SUBSCRIBE, "what is mailed")
        return transaction.people.by_id(_person_id(principal))
    return person_to_manage(transaction, principal, name)


def _check_again(letter: Delivery) -> None:
    if letter.topic == LetterKind.CONFIRMATION:
        raise ConflictError(
            f"letter {letter.id} asks for a confirmation, which is not sent again",
            hint="have a new link sent: vostok subscription confirm",
        )
    if letter.state is not DeliveryState.FAILED:
        raise ConflictError(
            f"letter {letter.id} has not failed: it is {letter.state}",
            hint="see what became of each: vostok subscription letters",
        )


def _check_room(there: list[Subscription], asked: SubscriptionRequest) -> None:
    is_new = all((one.archive, one.campaign) != (asked.archive, asked.campaign) for one in there)
    if is_new and len(there) >= SUBSCRIPTIONS_OF_PERSON_MAX:
        raise ConflictError(
            f"you have {len(there)} subscriptions; at most {SUBSCRIPTIONS_OF_PERSON_MAX}",
            hint="end one: vostok subscription list",
        )
