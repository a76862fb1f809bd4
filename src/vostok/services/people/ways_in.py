"""By what a person comes in: sessions that last, and identities at other servers."""

from dataclasses import dataclass

from vostok.domain.access import Action, Principal, Role
from vostok.domain.identity import LinkedIdentity
from vostok.domain.person import Person
from vostok.domain.session import OpenSession, session_id
from vostok.errors import ConflictError, NotAllowedError, NotFoundError
from vostok.services.audit import note
from vostok.services.people.managing import OUT_OF_REACH, person_of
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """By what a person comes in at this moment.

    Attributes:
        has_password: whether one was given or chosen, and its time is not over.
        is_one_time: whether it is only for choosing another one.
    """

    has_password: bool
    is_one_time: bool
    sessions: tuple[OpenSession, ...]
    identities: tuple[LinkedIdentity, ...]


class WaysInService:
    """Shows them to a person and to administrators, and closes them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, principal: Principal, name: str) -> WaysIn:
        """The ways in of one person."""
        now = self._clock.now()
        with self._database.read() as transaction:
            person = person_of(transaction, principal, name)
            password = transaction.sessions.person_with_password(name, now)
            return WaysIn(
                has_password=password is not None,
                is_one_time=password is not None and password.is_one_time,
                sessions=tuple(transaction.sessions.of_person(person.id, now)),
                identities=tuple(transaction.identities.of_person(person.id)),
            )

    def end_session(self, principal: Principal, name: str, shown_id: str) -> None:
        """End one session of a person.

        Raises:
            NotFoundError: there is none such, or it is over.
        """
        with self._database.write() as transaction:
            person = person_of(transaction, principal, name)
            if not transaction.sessions.end_one(person.id, shown_id):
                raise NotFoundError(
                    f"{name} has no session {shown_id[:40]}",
                    hint=f"see which there are: vostok session list {name}",
                )
            self._note(transaction, principal, name, f"session {shown_id} ended")

    def end_sessions(self, principal: Principal, name: str, *, but: str | None = None) -> int:
        """End all sessions of a person; how many there were.

        Args:
            principal: who asks.
            name: the person.
            but: hash of the secret of the one that goes on, if one does.
        """
        kept = None if but is None else session_id(but)
        with self._database.write() as transaction:
            person = person_of(transaction, principal, name)
            count = self._end_others(transaction, person, kept)
            if count:
                self._note(transaction, principal, name, f"{count} sessions ended")
        return count

    def unlink(
        self, principal: Principal, name: str, number: int, *, but: str | None = None
    ) -> LinkedIdentity:
        """Have nobody sign in by an identity any more. The person's sessions end.

        It is remembered, so that it does not become theirs again by its address.

        Args:
            principal: who asks.
            name: the person.
            number: of the identity.
            but: hash of the secret of the session that goes on, if the person asks by one.

        Raises:
            NotFoundError: the person has none of that number.
            ConflictError: it is the principal's own last way in.
        """
        now = self._clock.now()
        with self._database.write() as transaction:
            person = person_of(transaction, principal, name)
            is_own = person.id == principal.person_id
            if is_own:
                self._refuse_last(transaction, person, number)
            identity = transaction.identities.unlink(person.id, number, now, by_owner=is_own)
            self._end_others(transaction, person, None if but is None else session_id(but))
            self._note(
                transaction, principal, name, f"identity {number} at {identity.issuer} unlinked"
            )
        return identity

    def link(self, principal: Principal, name: str, number: int) -> LinkedIdentity:
        """Have a person sign in again by an identity that was unlinked.

        Raises:
            NotAllowedError: it is the principal's own, and an administrator unlinked it.
            NotFoundError: the person had none of that number.
        """
        with self._database.write() as transaction:
            person = person_of(transaction, principal, name)
            is_own = person.id == principal.person_id
            if not is_own and principal.role is not Role.ADMINISTRATOR:
                raise NotAllowedError(
                    f"{principal.name} manages people by a grant, and links no identities",
                    hint="an administrator does it, or who unlinked it",
                    reason=OUT_OF_REACH,
                )
            identity = transaction.identities.link_again(person.id, number, by_owner=is_own)
            if identity.unlinked_at is not None:
                raise NotAllowedError(
                    f"an administrator unlinked identity {number} of {name}",
                    hint=f"another administrator links it again: vostok identity link {name} "
                    f"{number}",
                )
            self._note(
                transaction, principal, name, f"identity {number} at {identity.issuer} linked"
            )
        return identity

    def _end_others(self, transaction: Transaction, person: Person, kept: str | None) -> int:
        """End a person's sessions but the one with that id; how many there were."""
        known = transaction.sessions.of_person(person.id, self._clock.now())
        ended = [session.id for session in known if session.id != kept]
        for one in ended:  # at most SESSIONS_OF_PERSON_MAX
            transaction.sessions.end_one(person.id, one)
        return len(ended)

    def _refuse_last(self, transaction: Transaction, person: Person, number: int) -> None:
        known = transaction.sessions.person_with_password(person.name, self._clock.now())
        others = [
            identity
            for identity in transaction.identities.of_person(person.id)
            if identity.unlinked_at is None and identity.number != number
        ]
        if not others and (known is None or known.is_one_time):
            raise ConflictError(
                f"it is the only way in that {person.name} has",
                hint="an administrator gives you a password first: "
                f"vostok person reset-password {person.name}",
                reason="last-way-in",
            )

    def _note(
        self, transaction: Transaction, principal: Principal, name: str, detail: str
    ) -> None:
        note(
            transaction, self._clock, principal, Action.MANAGE_PEOPLE,
            subject=f"person {name}", detail=detail,
        )  # fmt: skip
