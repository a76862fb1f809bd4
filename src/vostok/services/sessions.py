"""Signing in to the pages and out again, and whom a session stands for."""

import secrets
import threading
from datetime import datetime, timedelta

from vostok.domain.access import (
    ANONYMOUS,
    Action,
    Principal,
    Role,
    TokenScope,
    require,
    token_hash,
)
from vostok.domain.person import Person
from vostok.domain.session import (
    PASSWORD_CHARACTERS_MAX,
    SESSIONS_OF_PERSON_MAX,
    Guesses,
    Session,
    check_password,
    form_token,
)
from vostok.errors import NotAllowedError, NotAuthenticatedError, UnavailableError
from vostok.services.audit import note
from vostok.services.ports import Clock, Passwords
from vostok.services.repositories import Database
from vostok.services.rights import with_rights

SESSION_BYTES = 32
TOKEN_CHARACTERS_MAX = 1_000


class SessionService:
    """Sessions of persons, stored as hashes only. Failures are counted in this process."""

    def __init__(
        self, database: Database, passwords: Passwords, clock: Clock, *, session_seconds: int
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock
        self._lasting = timedelta(seconds=session_seconds)
        self._guesses = Guesses()
        self._lock = threading.Lock()

    def set_password(self, principal: Principal, name: str, password: str) -> Person:
        """Give a person a password. All their sessions end.

        Raises:
            InvalidInputError: it cannot be one.
        """
        require(principal, Action.MANAGE_PEOPLE, name)
        hashed = self._passwords.hashed(check_password(password))
        with self._database.write() as transaction:
            person = transaction.people.named(name)
            transaction.sessions.set_password(person.id, hashed)
            transaction.sessions.end_all(person.id)
            note(
                transaction, self._clock, principal, Action.MANAGE_PEOPLE,
                subject=f"person {name}", detail="password set",
            )  # fmt: skip
            return person

    def change_password(
        self, principal: Principal, old: str, new: str, *, address: str
    ) -> tuple[str, Session]:
        """A person's own new password, told the one that they have. All their sessions end.

        Returns:
            A session that begins, and its secret, told only now.

        Raises:
            InvalidInputError: the new one cannot be one.
            NotAllowedError: the old one is another, or who asks is no person, or shows a token.
            UnavailableError: too many failures for this name or address; when to come back.
        """
        name = principal.name
        is_whole = principal.scope is TokenScope.EVERYTHING and principal.archive is None
        if principal.person_id is None or not is_whole:
            raise NotAllowedError(
                f"{name} has no password of their own to change",
                hint="an administrator gives a person one: vostok person set-password NAME",
            )
        check_password(new)
        self._refuse_guessing(name, address)
        with self._database.read() as transaction:
            found = transaction.sessions.person_with_password(name)
        hashed = None if found is None else found[1]
        if not self._passwords.is_right(hashed, old[: PASSWORD_CHARACTERS_MAX + 1]):
            self._note_failure(name, address)
            raise NotAllowedError(
                "that is not the password that you have now",
                hint="an administrator gives a new one: vostok person set-password NAME",
            )
        with self._lock:
            self._guesses.forget(name)
        fresh = self._passwords.hashed(new)
        with self._database.write() as transaction:
            transaction.sessions.set_password(principal.person_id, fresh)
            transaction.sessions.end_all(principal.person_id)
            note(
                transaction, self._clock, principal, Action.MANAGE_PEOPLE,
                subject=f"person {name}", detail="own password changed",
            )  # fmt: skip
        return self._begun(person_id=principal.person_id, token=None)

    def takes_token(self) -> bool:
        """Whether the administrator's token signs in: until an administrator has a password."""
        with self._database.read() as transaction:
            return not transaction.sessions.has_administrator()

    def sign_in(self, name: str, password: str, *, address: str) -> tuple[str, Session]:
        """A new session of a person, and its secret, told only now.

        Args:
            name: of the person; unknown ones take as long as wrong passwords.
            password: as typed.
            address: where it was typed, for counting.

        Raises:
            NotAuthenticatedError: name and password do not belong together.
            UnavailableError: too many failures for this name or address; when to come back.
        """
        shown_name = name.strip().lower()[:100]
        self._refuse_guessing(shown_name, address)
        with self._database.read() as transaction:
            found = transaction.sessions.person_with_password(shown_name)
        hashed = None if found is None else found[1]
        is_right = self._passwords.is_right(hashed, password[: PASSWORD_CHARACTERS_MAX + 1])
        if not is_right or found is None:
            self._note_failure(shown_name, address)
            raise NotAuthenticatedError(
                "name and password do not belong together",
                hint="an administrator gives a new one: vostok person set-password NAME",
            )
        with self._lock:
            self._guesses.forget(shown_name)
        return self._begun(person_id=found[0].id, token=None)

    def sign_in_by_token(self, token: str, *, address: str) -> tuple[str, Session]:
        """The same by the administrator's token, as long as no administrator has a password.

        Raises:
            NotAuthenticatedError: it is not that token, or it is no longer taken.
            UnavailableError: too many failures for this address; when to come back.
        """
        self._refuse_guessing("", address)
        hashed = token_hash(token.strip()[:TOKEN_CHARACTERS_MAX])
        with self._database.read() as transaction:
            found = transaction.people.principal_of(hashed, self._clock.now())
            is_taken = not transaction.sessions.has_administrator()
        is_installations = (
            found is not None
            and found[0].role is Role.ADMINISTRATOR
            and found[0].person_id is None
        )
        if not is_taken or not is_installations:
            self._note_failure("", address)
            raise NotAuthenticatedError(
                "that is not the administrator's token"
                if is_taken
                else "an administrator has a password, so the token does not sign in any more",
                hint="the token is in the file admin.token in the data root"
                if is_taken
                else "sign in with a name and a password",
            )
        return self._begun(person_id=None, token=hashed)

    def begin_for(self, person: Person) -> tuple[str, Session]:
        """A new session of somebody whom another server vouches for, and its secret."""
        return self._begun(person_id=person.id, token=None)

    def find(self, secret: str) -> Session | None:
        """The session with that secret, while it lasts and its person may come in."""
        now = self._clock.now()
        with self._database.read() as transaction:
            known = transaction.sessions.find(token_hash(secret), now)
            if known is None:
                return None
            principal, by_token, expires_at = known
            if by_token is not None:
                found = transaction.people.principal_of(by_token, now)
                principal = None if found is None else found[0]
            if principal is not None:
                principal = with_rights(transaction, principal)
        if principal is None:
            return None
        return Session(principal=principal, form_token=form_token(secret), expires_at=expires_at)

    def stranger(self) -> Principal:
        """Whoever has not signed in, with the private archives that they do not know of."""
        with self._database.read() as transaction:
            return with_rights(transaction, ANONYMOUS)

    def sign_out(self, secret: str) -> None:
        """End a session; nothing, if it has ended already."""
        with self._database.write() as transaction:
            transaction.sessions.end(token_hash(secret))

    def _begun(self, *, person_id: int | None, token: str | None) -> tuple[str, Session]:
        secret, now = secrets.token_urlsafe(SESSION_BYTES), self._clock.now()
        with self._database.write() as transaction:
            transaction.sessions.end_old(now)
            transaction.sessions.begin(
                token_hash(secret),
                person_id=person_id,
                token_hash=token,
                at=now,
                expires_at=now + self._lasting,
                sessions_max=SESSIONS_OF_PERSON_MAX,
            )
        found = self.find(secret)
        if found is None:
            raise NotAuthenticatedError("whoever signed in was shut out meanwhile")
        return secret, found

    def _refuse_guessing(self, name: str, address: str) -> None:
        with self._lock:
            wait = self._guesses.wait(name, address, self._clock.now())
        if wait > timedelta(0):
            minutes = -(-int(wait.total_seconds()) // 60)
            raise UnavailableError(
                "there were too many failures to sign in",
                hint=f"try again in {max(1, minutes)} min",
            )

    def _note_failure(self, name: str, address: str) -> None:
        now: datetime = self._clock.now()
        with self._lock:
            self._guesses.note(name, address, now)
