"""Passwords of persons: given by administrators, chosen by their owners, and checked."""

import secrets
from datetime import timedelta

from vostok.domain.access import Action, Principal, require
from vostok.domain.person import Person
from vostok.domain.session import PASSWORD_CHARACTERS_MAX, KnownPassword, check_password
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, NotAuthenticatedError
from vostok.services.audit import note
from vostok.services.people.guessing import GuessingGuard
from vostok.services.people.managing import note_way_in, person_to_manage
from vostok.services.ports import Clock, Passwords
from vostok.services.repositories import Database, Transaction

ONE_TIME_BYTES = 16
ONE_TIME_LASTING = timedelta(days=3)
"""For a password that an administrator hands on; until then its owner chooses their own."""

NAME_CHARACTERS_MAX = 100
TO_BE_CHANGED = "password-to-be-changed"
"""The reason of a refusal: the password was right, and is only good for choosing another one."""


class PasswordService:
    """Sets and checks passwords, which are stored as hashes only."""

    def __init__(
        self, database: Database, passwords: Passwords, guard: GuessingGuard, clock: Clock
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._guard = guard
        self._clock = clock

    def give(self, principal: Principal, name: str, password: str) -> Person:
        """Give another person a password. All their sessions end.

        By whom see `services.managing_people`; so for `reset`.

        Raises:
            InvalidInputError: it cannot be one.
            NotAllowedError: it is the principal's own, which needs the old one.
        """
        require(principal, Action.MANAGE_PEOPLE, name)
        hashed = self._passwords.hashed(check_password(password))
        return self._given(principal, name, hashed, "password set", is_one_time=False)

    def reset(self, principal: Principal, name: str) -> tuple[Person, str]:
        """Give another person a password that lets them choose their own, told only now.

        All their sessions end.
        """
        require(principal, Action.MANAGE_PEOPLE, name)
        password = secrets.token_urlsafe(ONE_TIME_BYTES)
        hashed = self._passwords.hashed(password)
        person = self._given(principal, name, hashed, "one-time password given", is_one_time=True)
        return person, password

    def vouch(self, principal: Principal, name: str) -> tuple[Person, str | None]:
        """Say that a person is who they are said to be, so that they may do what was granted.

        Whoever handed them a way in may have kept one. So all end that they have by now: sessions,
        tokens, keys, and webhooks; they begin again with the password that is told only now. Keys
        that were added meanwhile are forgotten even if they were revoked: whoever added them may
        have meant to bar them to their owner. A robot has no password; it begins again with a
        token that an administrator makes.

        Raises:
            ConflictError: only administrators handed them ways in; there is nothing to say.
        """
        require(principal, Action.VOUCH, name)
        password, now = secrets.token_urlsafe(ONE_TIME_BYTES), self._clock.now()
        hashed = self._passwords.hashed(password)
        with self._database.write() as transaction:
            person = transaction.people.named(name)
            transaction.people.lock(person.id)
            guarantors = transaction.guarantees.of(person.id)
            since = transaction.guarantees.since(person.id)
            if since is None:
                raise ConflictError(
                    f"{name} may do what was granted to them: nobody vouches for them by a grant",
                    hint=f"see what they have: vostok person show {name}",
                )
            transaction.guarantees.end(person.id)
            if person.robot is None:
                until = now + ONE_TIME_LASTING
                transaction.sessions.set_password(person.id, hashed, good_until=until)
            transaction.sessions.end_all(person.id)
            transaction.people.end_tokens_and_keys(person.id, now, doubted_since=since)
            transaction.webhooks.switch_off_of(name, f"was switched off: {name} begins anew")
            note(
                transaction, self._clock, principal, Action.VOUCH, subject=f"person {name}",
                detail=f"vouched for, instead of {', '.join(guarantors)}; ways in ended",
            )  # fmt: skip
        return person, password if person.robot is None else None

    def change(self, name: str, old: str, new: str, *, address: str) -> KnownPassword:
        """A person's own new password, for whoever knows the one that they have.

        All their sessions end; their tokens stay.

        Raises:
            InvalidInputError: the new one cannot be one, or is the old one.
            NotAuthenticatedError: name and old password do not belong together, or no more.
            TooManyFailuresError: too many failures for this name or address.
        """
        check_password(new)
        seen = self._checked(name, old, address)
        person = seen.person
        if new == old:
            raise InvalidInputError(
                "the new password is the old one", hint="take another one, or keep it"
            )
        fresh = self._passwords.hashed(new)
        principal = Principal(name=person.name, role=person.role, person_id=person.id)
        with self._database.write() as transaction:
            require_unchanged(transaction, seen)
            transaction.sessions.set_password(person.id, fresh, good_until=None)
            transaction.sessions.end_all(person.id)
            note(
                transaction, self._clock, principal, Action.MANAGE_PEOPLE,
                subject=f"person {person.name}", detail="own password changed",
            )  # fmt: skip
        return KnownPassword(person=person, password_hash=fresh, is_one_time=False)

    def change_own(
        self, principal: Principal, old: str, new: str, *, address: str
    ) -> KnownPassword:
        """The same for whoever is known already.

        Raises:
            NotAllowedError: the old one is another, or who asks is no person, or shows a token
                that is narrowed.
        """
        if principal.person_id is None or not principal.is_whole:
            raise NotAllowedError(
                f"{principal.name} has no password of their own to change",
                hint="an administrator gives a person one: vostok person reset-password NAME",
            )
        try:
            return self.change(principal.name, old, new, address=address)
        except NotAuthenticatedError:
            raise NotAllowedError(
                "that is not the password that you have now",
                hint="an administrator gives a new one: vostok person reset-password NAME",
            ) from None

    def known(self, name: str, password: str, *, address: str) -> KnownPassword:
        """Whose name and password they are. Unknown names take as long as wrong passwords.

        Checking takes time: what is done on its strength asks `require_unchanged` first.

        Raises:
            NotAuthenticatedError: name and password do not belong together.
            NotAllowedError: they do, but the password is for choosing another one.
            TooManyFailuresError: too many failures for this name or address.
        """
        seen = self._checked(name, password, address)
        if seen.is_one_time:
            raise NotAllowedError(
                "this password is for choosing your own, and nothing else",
                hint=f"choose one: vostok person change-password {seen.person.name}",
                reason=TO_BE_CHANGED,
            )
        return seen

    def _checked(self, name: str, password: str, address: str) -> KnownPassword:
        """What is kept of the person's password, for whoever knows it."""
        shown_name = name.strip().lower()[:NAME_CHARACTERS_MAX]
        self._guard.check(address, name=shown_name)
        with self._database.read() as transaction:
            found = transaction.sessions.person_with_password(shown_name, self._clock.now())
        hashed = None if found is None else found.password_hash
        is_right = self._passwords.is_right(hashed, password[: PASSWORD_CHARACTERS_MAX + 1])
        # Again: many could have been let in at once, and only wrong ones would be told so.
        self._guard.check(address, name=shown_name)
        if not is_right or found is None:
            self._guard.note_failure(address, name=shown_name)
            raise NotAuthenticatedError(
                "name and password do not belong together",
                hint="an administrator gives a new one: vostok person reset-password NAME",
            )
        self._guard.note_success(address, name=shown_name)
        return found

    def _given(
        self, principal: Principal, name: str, hashed: str, detail: str, *, is_one_time: bool
    ) -> Person:
        now = self._clock.now()
        with self._database.write() as transaction:
            person = person_to_manage(transaction, principal, name)
            if person.id == principal.person_id:
                raise NotAllowedError(
                    "your own password is changed by who knows the old one",
                    hint=f"vostok person change-password {name}",
                )
            _check_no_robot(person)
            note_way_in(transaction, principal, person, now)
            good_until = now + ONE_TIME_LASTING if is_one_time else None
            transaction.sessions.set_password(person.id, hashed, good_until=good_until)
            transaction.sessions.end_all(person.id)
            note(
                transaction, self._clock, principal, Action.MANAGE_PEOPLE,
                subject=f"person {name}", detail=detail,
            )  # fmt: skip
        return person


def _check_no_robot(person: Person) -> None:
    """Nothing, if it is no robot.

    Raises:
        ConflictError: it is one.
    """
    if person.robot is not None:
        raise ConflictError(
            f"{person.name} is a robot, and has no password",
            hint=f"it comes in by tokens: vostok token create {person.name} NAME --scope rebuild",
            reason="is-robot",
        )


def require_unchanged(transaction: Transaction, seen: KnownPassword) -> None:
    """Nothing, if a password that was checked before is still its person's, who may come in.

    Until the transaction ends it stays so. Without this, who knows a stolen password could come
    in by it after it was reset, with what they began before.

    Raises:
        NotAuthenticatedError: it is not.
    """
    if not transaction.sessions.still_has_password(seen.person.id, seen.password_hash):
        raise NotAuthenticatedError(
            f"the password of {seen.person.name} was changed meanwhile, or they were shut out",
            hint="sign in with the new one",
        )
