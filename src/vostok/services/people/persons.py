"""Persons, their keys and tokens, and who a token stands for."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vostok.domain.access import (
    ANONYMOUS,
    WHOLE,
    Action,
    Principal,
    Role,
    TokenScope,
    in_order,
    require,
    token_hash,
)
from vostok.domain.person import (
    CERTIFICATE_BYTES_MAX,
    KEYS_OF_PERSON_MAX,
    TOKENS_OF_PERSON_MAX,
    AccessToken,
    Certificate,
    Person,
    PersonKey,
    PersonKind,
    check_email,
    check_names_address,
    check_person_name,
    check_role,
    check_scopes,
    check_token_name,
    expiry,
)
from vostok.domain.rights import Grant, Membership
from vostok.domain.robot_use import said_use
from vostok.domain.session import KnownPassword
from vostok.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
)
from vostok.services.audit import note
from vostok.services.people.guessing import GuessingGuard
from vostok.services.people.managing import (
    OUT_OF_REACH,
    check_room_for_another,
    note_way_in,
    person_of,
    persons_to_manage,
)
from vostok.services.people.passwords import require_unchanged
from vostok.services.people.rights import with_rights
from vostok.services.people.shutting_out import let_in_again, person_to_shut_out, shut_out
from vostok.services.ports import Certificates, Clock
from vostok.services.repositories import Database, Transaction

TOKEN_BYTES = 32
USE_NOTED_AFTER = timedelta(seconds=60)
"""A token that is used all the time is noted to be in use this often: noting is a write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A token that somebody wants for a person; `days` None: without an end."""

    person: str
    name: str
    scopes: frozenset[TokenScope] = WHOLE
    archive: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWithAccess:
    """A person, with what they sign and come in with.

    Attributes:
        guarantors: who handed them a way in by a grant: they may do no more than these.
        vouches_for: to whom they did so themselves.
        teams: in which they are themselves.
        robots: for which they answer.
        grants: what was granted to them and to their teams, as far as whoever asks may know.
        may_use: of a robot, what of that it may use now, and why, in one sentence.
    """

    person: Person
    keys: tuple[PersonKey, ...]
    tokens: tuple[AccessToken, ...]
    guarantors: tuple[str, ...]
    vouches_for: tuple[str, ...]
    teams: tuple[Membership, ...]
    robots: tuple[Person, ...]
    grants: tuple[Grant, ...]
    may_use: str | None


class PeopleService:
    """Finds principals, and manages those that are persons. Tokens are stored as hashes only."""

    def __init__(
        self, database: Database, certificates: Certificates, guard: GuessingGuard, clock: Clock
    ) -> None:
        self._database = database
        self._certificates = certificates
        self._guard = guard
        self._clock = clock

    def let_in(self, name: str, role: Role, token: str) -> None:
        """Accept a token of the installation, and from now on no other of the same name."""
        with self._database.write() as transaction:
            transaction.people.put_token(
                token_hash=token_hash(token), name=name, role=role, at=self._clock.now()
            )

    def principal(self, token: str | None, *, address: str) -> Principal:
        """Whom a bearer token stands for; without one, anonymous.

        Args:
            token: as it was shown.
            address: from where, for counting failures.

        Raises:
            NotAuthenticatedError: nobody has that token, or it is good for nothing any more.
            TooManyFailuresError: too many wrong ones came from that address.
        """
        if token is None:
            with self._database.read() as transaction:
                return with_rights(transaction, ANONYMOUS)
        found = self.find_principal(token, address=address)
        if found is None:
            raise NotAuthenticatedError(
                "the token is not known here", hint="give the one in the data root's admin.token"
            )
        return found

    def find_principal(self, token: str, *, address: str) -> Principal | None:
        """Whom a token stands for now; that it was used is noted.

        Raises:
            TooManyFailuresError: too many wrong ones came from that address.
        """
        hashed, now = token_hash(token), self._clock.now()
        self._guard.check(address, secret_hash=hashed)
        with self._database.read() as transaction:
            found = transaction.people.principal_of(hashed, now)
            if found is not None:
                principal, used_at = with_rights(transaction, found[0]), found[1]
        if found is None:
            self._guard.note_failure(address, secret_hash=hashed)
            return None
        self._guard.note_success(address, secret_hash=hashed)
        if used_at is None or now - used_at > USE_NOTED_AFTER:
            with self._database.write() as transaction:
                transaction.people.note_use(hashed, now)
        return principal

    # Persons ------------------------------------------------------------------------------

    def add(self, principal: Principal, name: str, *, email: str, role: Role) -> Person:
        """A new person. They come in by a token, a password or an identity, once they have one.

        Raises:
            InvalidInputError: name, address or role is not possible.
            ConflictError: there is one of that name; or of that address, which only
                administrators give to several; or there are too many.
            NotAllowedError: only administrators add others than members.
        """
        require(principal, Action.MANAGE_PEOPLE, name)
        check_person_name(name)
        check_email(email)
        check_role(role)
        is_by_grant = principal.role is not Role.ADMINISTRATOR
        if is_by_grant and role is not Role.MEMBER:
            raise NotAllowedError(
                f"{principal.name} manages people by a grant, and adds members only: {name} would "
                f"be {role}",
                hint="an administrator does it",
                reason=OUT_OF_REACH,
            )
        now = self._clock.now()
        with self._database.write() as transaction:
            if is_by_grant and transaction.identities.persons_with_address(email):
                raise ConflictError(
                    f"somebody here has the address {email}, by which they may sign in",
                    hint="give another one, or let an administrator add them",
                )
            check_room_for_another(transaction, principal)
            person = transaction.people.add(
                name, email=email, role=role, by=principal.name, at=now
            )
            note_way_in(transaction, principal, person, now)
            self._note(transaction, principal, name, f"added as {role}")
        return person

    def persons(self, principal: Principal, kind: PersonKind | None = None) -> list[Person]:
        """All persons by name, or those that are of one kind."""
        require(principal, Action.MANAGE_PEOPLE, "the persons")
        with self._database.read() as transaction:
            persons = transaction.people.all()
        return [person for person in persons if kind is None or person.kind is kind]

    def within_reach(self, principal: Principal) -> frozenset[str]:
        """The names of those on whom the principal may act."""
        require(principal, Action.MANAGE_PEOPLE, "the persons")
        with self._database.read() as transaction:
            return persons_to_manage(transaction, principal)

    def person(self, principal: Principal, name: str) -> PersonWithAccess:
        """One person, with their keys and what is known of their tokens."""
        with self._database.read() as transaction:
            person = person_of(transaction, principal, name)
            held = transaction.rights.held_by(person.id)
            grants = tuple(grant for grant in held if principal.sees(grant.archive))
            return PersonWithAccess(
                person=person,
                keys=tuple(transaction.people.keys(person.id)),
                tokens=tuple(_shown(principal, transaction.people.tokens(person.id))),
                guarantors=tuple(transaction.guarantees.of(person.id)),
                vouches_for=tuple(transaction.guarantees.by(person.id)),
                teams=tuple(transaction.teams.of_person(person.id)),
                robots=tuple(transaction.robots.answered_by(person.id)),
                grants=grants,
                may_use=None
                if person.robot is None
                else _use(transaction, principal, person, grants),
            )

    def set_disabled(self, principal: Principal, name: str, *, is_disabled: bool) -> Person:
        """Shut a person out: tokens and keys are good for nothing until they are let in again.

        Who undoes what whom did: `vostok.services.people.shutting_out`.

        Raises:
            NotAllowedError: somebody shut them out who is more than the principal.
        """
        with self._database.read() as transaction:  # whoever may not do it holds up no writer
            person_to_shut_out(transaction, principal, name)
        with self._database.write() as transaction:
            if is_disabled:
                said = shut_out(transaction, principal, name, self._clock.now())
            else:
                said = let_in_again(transaction, principal, name)
            if said:
                self._note(transaction, principal, name, said)
            return transaction.people.named(name)

    # Keys ---------------------------------------------------------------------------------

    def add_key(self, principal: Principal, name: str, data: bytes) -> PersonKey:
        """Register the OpenPGP certificate in a file as one that a person signs uploads with.

        One that the person has is renewed: with other ends, subkeys and revocations. Certificates
        are public: others than administrators register only one whose owner put the person's
        address into it. One that was revoked as somebody else's becomes this person's.

        Raises:
            InvalidInputError: it is none, more than one, a secret key, expired or revoked, or does
                not name the person's address.
            ConflictError: it is somebody else's, was revoked as one of this person, or the person
                has too many.
        """
        self._ask_first(principal, name)
        if len(data) > CERTIFICATE_BYTES_MAX:
            raise InvalidInputError(
                f"a certificate of {len(data)} bytes is over the bound of {CERTIFICATE_BYTES_MAX}",
                hint="export a smaller one: gpg --export-options export-minimal --export ID",
            )
        now = self._clock.now()
        certificate = self._certificates.read(data, at=now)
        with self._database.write() as transaction:
            person = person_of(transaction, principal, name)
            note_way_in(transaction, principal, person, now)
            keys = transaction.people.keys(person.id)
            for known in keys:
                if known.fingerprint == certificate.fingerprint and known.revoked_at is None:
                    renewed = self._renewed(known, certificate)
                    self._note(transaction, principal, name, f"key {known.fingerprint} renewed")
                    return transaction.people.renew_key(known, renewed)
            if principal.role is not Role.ADMINISTRATOR:
                owner = _owner(transaction, person)
                check_names_address(person, certificate, address=owner.email)
            _check_room(person, "keys", len(keys), KEYS_OF_PERSON_MAX)
            key = transaction.people.add_key(person.id, certificate, by=principal.name, at=now)
            self._note(transaction, principal, name, f"key {key.fingerprint} added")
        return key

    def _ask_first(self, principal: Principal, name: str) -> None:
        """Refuse before anything that was sent is looked at; the transaction asks again."""
        with self._database.read() as transaction:
            person_of(transaction, principal, name)

    def _renewed(self, known: PersonKey, given: Certificate) -> Certificate:
        renewed = self._certificates.renewed(known.certificate, given, at=self._clock.now())
        size = len(renewed.armoured)
        if size > CERTIFICATE_BYTES_MAX:
            raise InvalidInputError(
                f"with what was registered before, the certificate has {size} bytes; at most "
                f"{CERTIFICATE_BYTES_MAX}",
                hint="export a smaller one: gpg --export-options export-minimal --export ID",
            )
        return renewed

    def keys(self, principal: Principal, name: str | None) -> list[PersonKey]:
        """The keys of one person, or of all on whom the principal may act."""
        with self._database.read() as transaction:
            if name is not None:
                return transaction.people.keys(person_of(transaction, principal, name).id)
            reach = _reach(transaction, principal)
            return [key for key in transaction.people.keys(None) if key.person in reach]

    def revoke_key(self, principal: Principal, name: str, fingerprint: str) -> PersonKey:
        """A key with which nothing is accepted any more. What was accepted stays."""
        with self._database.write() as transaction:
            person = person_of(transaction, principal, name)
            wanted = fingerprint.replace(" ", "").upper()
            key = transaction.people.revoke_key(person.id, wanted, self._clock.now())
            self._note(transaction, principal, name, f"key {key.fingerprint} revoked")
        return key

    # Tokens -------------------------------------------------------------------------------

    def create_token(
        self, principal: Principal, request: TokenRequest, *, seen: KnownPassword | None = None
    ) -> tuple[AccessToken, str]:
        """A new token of a person: what is kept of it, and the token itself, told only now.

        Args:
            principal: who asks.
            request: what for.
            seen: the password on whose strength it is asked for, if it is.

        Raises:
            NotAuthenticatedError: that is no more the person's password.
            NotFoundError: the archive is not there, as far as whoever asks may know.
            InvalidInputError: the name is not possible, the number of days, or the scopes.
            ConflictError: the person has or had one of that name, or too many.
        """
        if seen is None:
            self._ask_first(principal, request.person)
        check_token_name(request.name)
        check_scopes(request.scopes)
        now, token = self._clock.now(), secrets.token_urlsafe(TOKEN_BYTES)
        expires_at = expiry(request.days, now=now)
        with self._database.write() as transaction:
            if seen is not None:
                require_unchanged(transaction, seen)
            person = person_of(transaction, principal, request.person)
            note_way_in(transaction, principal, person, now)
            count = sum(_is_live(known, now) for known in transaction.people.tokens(person.id))
            _check_room(person, "tokens", count, TOKENS_OF_PERSON_MAX)
            archive_id = None
            if request.archive is not None:
                require(principal, Action.VIEW, request.archive)
                archive_id = transaction.archives.named(request.archive).id
            known = transaction.people.add_token(
                person,
                token_hash=token_hash(token),
                name=request.name,
                scopes=request.scopes,
                archive_id=archive_id,
                at=now,
                expires_at=expires_at,
                hidden=principal.rights.hidden,
            )
            where = f" in {request.archive}" if request.archive else ""
            until = f"until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "without an end"
            said = f"token {known.name!r} made for {', '.join(in_order(known.scopes))}{where}"
            self._note(transaction, principal, person.name, f"{said}, {until}")
        return known, token

    def tokens(self, principal: Principal, name: str | None) -> list[AccessToken]:
        """What is known of the tokens of one person, or of all on whom the principal may act."""
        with self._database.read() as transaction:
            if name is not None:
                person = person_of(transaction, principal, name)
                return _shown(principal, transaction.people.tokens(person.id))
            reach = _reach(transaction, principal)
            known = [token for token in transaction.people.tokens() if token.person in reach]
            return _shown(principal, known)

    def revoke_token(self, principal: Principal, name: str, token_name: str) -> AccessToken:
        """A token that opens nothing any more; all of that name, as far as the principal sees."""
        with self._database.write() as transaction:
            person = person_of(transaction, principal, name)
            token = transaction.people.revoke_token(
                person.id, token_name, self._clock.now(), hidden=principal.rights.hidden
            )
            self._note(transaction, principal, name, f"token {token.name!r} revoked")
        return token

    def _note(
        self, transaction: Transaction, principal: Principal, name: str, detail: str
    ) -> None:
        note(
            transaction, self._clock, principal, Action.MANAGE_PEOPLE,
            subject=f"person {name}", detail=detail,
        )  # fmt: skip


def _use(
    transaction: Transaction, principal: Principal, robot: Person, grants: Sequence[Grant]
) -> str:
    """What a robot may use now of grants of which the principal may know, and why."""
    usable = transaction.rights.of_person(robot.id)
    places = [name for name, held in usable.by_archive.items() if held and principal.sees(name)]
    return said_use(
        is_shut_out=robot.is_shut_out,
        is_granted=bool(grants),
        is_usable=bool(usable.everywhere or places),
        guarantors=transaction.guarantees.of(robot.id),
    )


def _owner(transaction: Transaction, person: Person) -> Person:
    """Whose address a key of theirs must have: the person's, or of who answers for the robot."""
    return person if person.robot is None else transaction.people.named(person.robot.answerable)


def _shown(principal: Principal, tokens: list[AccessToken]) -> list[AccessToken]:
    """Without those for archives of which the principal does not know."""
    return [token for token in tokens if principal.sees(token.archive)]


def _reach(transaction: Transaction, principal: Principal) -> frozenset[str]:
    require(principal, Action.MANAGE_PEOPLE, "what persons have")
    return persons_to_manage(transaction, principal)


def _is_live(token: AccessToken, now: datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now)


def _check_room(person: Person, what: str, count: int, count_max: int) -> None:
    if count >= count_max:
        raise ConflictError(
            f"{person.name} has {count} {what}; at most {count_max}",
            hint=f"revoke one first: vostok {what.removesuffix('s')} list {person.name}",
        )
