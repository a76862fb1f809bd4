"""Signing in to the pages and out again, and whom a session stands for."""

import secrets
from contextlib import suppress
from datetime import timedelta

from vostok.domain.access import ANONYMOUS, Principal, Role, token_hash
from vostok.domain.person import Person
from vostok.domain.session import (
    SESSIONS_OF_PERSON_MAX,
    KnownPassword,
    Session,
    Visitor,
    form_token,
)
from vostok.errors import NotAuthenticatedError, NotFoundError, TooManyFailuresError
from vostok.services.people.guessing import GuessingGuard
from vostok.services.people.passwords import PasswordService, require_unchanged
from vostok.services.people.rights import with_rights
from vostok.services.ports import Clock
from vostok.services.repositories import Database

SESSION_BYTES = 32
TOKEN_CHARACTERS_MAX = 1_000


class SessionService:
    """Sessions of persons, stored as hashes only."""

    def __init__(
        self,
        database: Database,
        passwords: PasswordService,
        guard: GuessingGuard,
        clock: Clock,
        *,
        session_seconds: int,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._guard = guard
        self._clock = clock
        self._lasting = timedelta(seconds=session_seconds)

    def takes_token(self) -> bool:
        """Whether the administrator's token signs in: until an administrator has a password."""
        with self._database.read() as transaction:
            return not transaction.sessions.has_administrator()

    def sign_in(
        self, name: str, password: str, *, address: str, agent: str = ""
    ) -> tuple[str, Session]:
        """A new session of a person, and its secret, told only now.

        Args:
            name: of the person; unknown ones take as long as wrong passwords.
            password: as typed.
            address: where it was typed, for counting.
            agent: what the browser calls itself, for its owner to know it by.

        Raises:
            NotAuthenticatedError: name and password do not belong together.
            NotAllowedError: the password is good for nothing but choosing another one.
            TooManyFailuresError: too many failures for this name or address.
        """
        seen = self._passwords.known(name, password, address=address)
        return self.begin_by_password(seen, Visitor(address=address, agent=agent))

    def sign_in_by_token(self, token: str, *, address: str) -> tuple[str, Session]:
        """The same by the administrator's token, as long as no administrator has a password.

        Raises:
            NotAuthenticatedError: it is not that token, or it is no longer taken.
            TooManyFailuresError: too many failures for this address.
        """
        hashed = token_hash(token.strip()[:TOKEN_CHARACTERS_MAX])
        self._guard.check(address, secret_hash=hashed)
        with self._database.read() as transaction:
            found = transaction.people.principal_of(hashed, self._clock.now())
            is_taken = not transaction.sessions.has_administrator()
        is_installations = (
            found is not None
            and found[0].role is Role.ADMINISTRATOR
            and found[0].person_id is None
        )
        if not is_taken or not is_installations:
            self._guard.note_failure(address, secret_hash=hashed)
            raise NotAuthenticatedError(
                "that is not the administrator's token"
                if is_taken
                else "an administrator has a password, so the token does not sign in any more",
                hint="the token is in the file admin.token in the data root"
                if is_taken
                else "sign in with a name and a password",
            )
        return self._begun(Visitor(address=address), person_id=None, token=hashed)

    def begin_for(self, person: Person, visitor: Visitor) -> tuple[str, Session]:
        """A new session of somebody who is known by another server's word."""
        return self._begun(visitor, person_id=person.id, token=None)

    def begin_by_password(self, seen: KnownPassword, visitor: Visitor) -> tuple[str, Session]:
        """A new session of somebody whose password was checked or chosen a moment ago.

        Raises:
            NotAuthenticatedError: it is no more their password.
        """
        return self._begun(visitor, person_id=seen.person.id, token=None, seen=seen)

    def find(self, secret: str, *, address: str) -> Session | None:
        """The session with that secret, while it lasts and its person may come in.

        None too where too many wrong secrets came from the address, but for one that was right
        from there before.
        """
        hashed = token_hash(secret)
        try:
            self._guard.check(address, secret_hash=hashed)
        except TooManyFailuresError:
            return None
        found = self._found(secret)
        if found is None:
            self._guard.note_failure(address, secret_hash=hashed)
        else:
            self._guard.note_success(address, secret_hash=hashed)
        return found

    def _found(self, secret: str) -> Session | None:
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

    def look_for_nothing(self) -> None:
        """Look for an archive that there cannot be: takes as long as for any that is not there.

        Whoever asks for a private archive is refused before anything is read; the time that
        it took must not tell them so.
        """
        with self._database.read() as transaction, suppress(NotFoundError):
            transaction.archives.named("")

    def sign_out(self, secret: str) -> None:
        """End a session; nothing, if it has ended already."""
        with self._database.write() as transaction:
            transaction.sessions.end(token_hash(secret))

    def _begun(
        self,
        visitor: Visitor,
        *,
        person_id: int | None,
        token: str | None,
        seen: KnownPassword | None = None,
    ) -> tuple[str, Session]:
        secret, now = secrets.token_urlsafe(SESSION_BYTES), self._clock.now()
        with self._database.write() as transaction:
            if seen is not None:
                require_unchanged(transaction, seen)
            transaction.sessions.end_old(now)
            transaction.sessions.begin(
                token_hash(secret),
                person_id=person_id,
                token_hash=token,
                at=now,
                expires_at=now + self._lasting,
                sessions_max=SESSIONS_OF_PERSON_MAX,
                visitor=visitor,
            )
        found = self._found(secret)
        if found is None:
            raise NotAuthenticatedError("whoever signed in was shut out meanwhile")
        return secret, found
