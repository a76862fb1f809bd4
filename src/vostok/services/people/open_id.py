"""Signing in with an identity that another server vouches for: OpenID Connect Core 1.0.

The provider says who somebody is; what they may do is granted here. Nothing is stored before it
has answered: what a trip there needs, the browser keeps.
"""

import hmac
import secrets
from collections.abc import Mapping

from vostok.domain.access import Action, Principal, Role
from vostok.domain.identity import SUBJECT_CHARACTERS_MAX, Identity, SignInTrip
from vostok.domain.person import Person, check_email, check_person_name, is_same_address
from vostok.domain.session import Session, Visitor
from vostok.errors import (
    InvalidInputError,
    NotAuthenticatedError,
    NotFoundError,
)
from vostok.services.audit import note
from vostok.services.people.guessing import GuessingGuard
from vostok.services.people.managing import check_room_for_another
from vostok.services.people.sessions import SessionService
from vostok.services.ports import Clock, OpenIdProvider
from vostok.services.repositories import Database, Transaction

OPEN_ID_BACK = "/sign-in/open-id/back"
"""The path here to which a provider sends browsers back; it has to know the whole address."""
REFUSAL_CHARACTERS_MAX = 200
SECRET_BYTES = 32


class OpenIdService:
    """Sends people to a provider, and finds who they are here when they come back.

    Args:
        provider: None where none is configured.
        makes_persons: whether those whom nobody has added become members by signing in.
    """

    def __init__(
        self,
        database: Database,
        sessions: SessionService,
        provider: OpenIdProvider | None,
        guard: GuessingGuard,
        clock: Clock,
        *,
        makes_persons: bool,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._provider = provider
        self._clock = clock
        self._makes_persons = makes_persons
        self._guard = guard

    @property
    def provider_name(self) -> str | None:
        """What people call the provider; None: nobody signs in that way."""
        return None if self._provider is None else self._provider.name

    def address_for(self, trip: SignInTrip) -> str:
        """Where a browser goes to be asked who its owner is.

        Raises:
            NotFoundError: no provider is configured.
            UnavailableError: the provider does not answer.
        """
        return self._configured().address_for(trip)

    def sign_in(
        self, trip: SignInTrip, answer: Mapping[str, str], *, visitor: Visitor
    ) -> tuple[str, Session]:
        """A new session of whoever the provider's answer is about, and its secret.

        Args:
            trip: what this browser kept.
            answer: the parameters with which the provider sent it back.
            visitor: from where, for counting failures, and with what.

        Raises:
            NotAuthenticatedError: the provider vouches for nobody, or for somebody who is not
                known here or is shut out.
            NotFoundError: no provider is configured.
            UnavailableError: the provider does not answer.
            ConflictError: they would be one person too many.
            TooManyFailuresError: too many failures came from that address.
        """
        provider = self._configured()
        self._guard.check(visitor.address)
        # Not counted: nothing of ours is guessed, and any page can send its visitors here.
        _check_state(trip, answer)
        try:
            _check_answer(answer, provider.issuer)
            identity = provider.identity(trip, answer.get("code", ""))
            with self._database.write() as transaction:
                person = self._person_of(transaction, identity)
        except NotAuthenticatedError:
            self._guard.note_failure(visitor.address)
            raise
        return self._sessions.begin_for(person, visitor)

    def _configured(self) -> OpenIdProvider:
        if self._provider is None:
            raise NotFoundError(
                "no provider of identities is configured here",
                hint="set open_id_issuer and open_id_client, or sign in with a password",
            )
        return self._provider

    def _person_of(self, transaction: Transaction, identity: Identity) -> Person:
        if transaction.identities.is_unlinked(identity):
            raise NotAuthenticatedError(
                f"that identity at {identity.issuer} was unlinked from its person here",
                hint="who unlinked it links it again, or an administrator: "
                "vostok identity link NAME NUMBER",
            )
        known = transaction.identities.person_of(identity)
        person = known or self._by_address(transaction, identity)
        if person is None and self._makes_persons:
            person = self._made(transaction, identity)
        if person is None:
            raise NotAuthenticatedError(
                f"nobody here has the address {identity.email or 'of that identity'}"
                f"{'' if identity.is_email_verified else ', which the provider has not verified'}",
                hint="an administrator adds you: vostok person add NAME --email ADDRESS",
            )
        if person.is_shut_out:
            raise NotAuthenticatedError(f"{person.name} is shut out")
        if known is None:
            transaction.identities.link(person.id, identity, self._clock.now())
            self._note(transaction, person, f"signs in by {identity.issuer} from now on")
        return person

    def _by_address(self, transaction: Transaction, identity: Identity) -> Person | None:
        """The one person with an address that the provider says is theirs."""
        if not identity.email or not identity.is_email_verified:
            return None
        persons = transaction.identities.persons_with_address(identity.email)
        if len(persons) > 1:
            raise NotAuthenticatedError(
                f"{len(persons)} persons here have the address {identity.email}",
                hint="an administrator gives each an address of their own",
            )
        if persons and not is_same_address(persons[0].email or "", identity.email):
            raise NotAuthenticatedError(
                f"somebody here has an address that only looks like {identity.email}",
                hint="an administrator looks at both: vostok person list",
            )
        return persons[0] if persons else None

    def _made(self, transaction: Transaction, identity: Identity) -> Person | None:
        """A new member, named as they like if nobody has that name."""
        if not identity.email or not identity.is_email_verified:
            return None
        name = identity.preferred_name.lower()
        try:
            check_person_name(name)
            check_email(identity.email)
        except InvalidInputError as error:
            raise NotAuthenticatedError(str(error), hint=error.hint) from None
        if any(person.name == name for person in transaction.people.all()):
            raise NotAuthenticatedError(
                f"there is a {name} here with another address",
                hint="an administrator adds you under another name: vostok person add",
            )
        check_room_for_another(transaction, None)
        person = transaction.people.add(
            name, email=identity.email, role=Role.MEMBER, by=name, at=self._clock.now()
        )
        self._note(transaction, person, f"added as member, vouched for by {identity.issuer}")
        return person

    def _note(self, transaction: Transaction, person: Person, detail: str) -> None:
        principal = Principal(name=person.name, role=person.role, person_id=person.id)
        note(
            transaction, self._clock, principal, Action.MANAGE_PEOPLE,
            subject=f"person {person.name}", detail=detail,
        )  # fmt: skip


def new_trip(next_path: str) -> SignInTrip:
    """A trip with secrets of its own."""
    state, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
    return SignInTrip(state=state, nonce=nonce, verifier=verifier, next_path=next_path)


def _check_state(trip: SignInTrip, answer: Mapping[str, str]) -> None:
    """Refuse what answers no question of this browser. Source: RFC 6749, section 10.12."""
    if not hmac.compare_digest(answer.get("state", "").encode(), trip.state.encode()):
        raise NotAuthenticatedError(
            "that is no answer to a question of this browser", hint="begin again: /sign-in"
        )


def _check_answer(answer: Mapping[str, str], issuer: str) -> None:
    """Refuse what brings no code. Source: RFC 6749, section 4.1.2, and RFC 9207 for `iss`."""
    if answer.get("iss", issuer) != issuer:
        raise NotAuthenticatedError("another provider answered than was asked")
    if refusal := answer.get("error", "")[:REFUSAL_CHARACTERS_MAX]:
        said = answer.get("error_description", "")[:REFUSAL_CHARACTERS_MAX]
        raise NotAuthenticatedError(f"the provider says {refusal}" + (f": {said}" if said else ""))
    if not answer.get("code"):
        raise NotAuthenticatedError("the provider's answer has no code")


def checked_identity(identity: Identity) -> Identity:
    """The identity, if it can be kept.

    Raises:
        NotAuthenticatedError: its subject is empty or too long.
    """
    if not 0 < len(identity.subject) <= SUBJECT_CHARACTERS_MAX or "\x00" in identity.subject:
        raise NotAuthenticatedError(
            f"the provider names a subject of {len(identity.subject)} characters"
        )
    return identity
