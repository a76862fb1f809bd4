"""Persons with their keys and tokens, and whom a token stands for."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from vostok.domain.access import Principal, Role, TokenScope
from vostok.domain.person import AccessToken, Certificate, Person, PersonKey


class People(Protocol):
    """Who may ask for something."""

    def add(self, name: str, *, email: str | None, role: Role, by: str, at: datetime) -> Person:
        """A new person; ConflictError if there is, or was, one of that name."""

    def named(self, name: str) -> Person:
        """One person; NotFoundError if there is none, GoneError if it was a robot."""

    def by_id(self, person_id: int) -> Person:
        """One person."""

    def all(self) -> list[Person]:
        """All persons by name, without robots that were deleted."""

    def count(self, *, created_by: str | None = None) -> int:
        """How many there are that are no robots, or were added by one."""

    def lock(self, person_id: int) -> None:
        """Have others who lock the person wait until this transaction ends."""

    def set_disabled(
        self, person_id: int, at: datetime | None, *, by_manager: str | None = None
    ) -> None:
        """Shut a person out, or with None let them in again.

        Args:
            person_id: whom.
            at: since when.
            by_manager: who did it, if they manage people by a grant.
        """

    def add_key(
        self, person_id: int, certificate: Certificate, *, by: str, at: datetime
    ) -> PersonKey:
        """Register a certificate. Where it was revoked as somebody else's, that is forgotten.

        Raises:
            ConflictError: it is registered already, or was revoked as one of this person; the
                message says whose it is.
        """

    def renew_key(self, key: PersonKey, certificate: Certificate) -> PersonKey:
        """Keep another state of the certificate of a registered key."""

    def keys(self, person_id: int | None = None) -> list[PersonKey]:
        """The keys of one person, or of all, the oldest first."""

    def revoke_key(self, person_id: int, fingerprint: str, at: datetime) -> PersonKey:
        """A key that is good for nothing from now on; NotFoundError if there is none such."""

    def put_token(self, *, token_hash: str, name: str, role: Role, at: datetime) -> None:
        """Let one of the installation's own tokens in, and no other of the same name."""

    def drop_token(self, name: str) -> bool:
        """Let one of the installation's own tokens in no more; whether there was one."""

    def tokens_used(self, names: Collection[str]) -> dict[str, datetime | None]:
        """Those of the installation's own tokens that are let in, and when each was used last."""

    def token_hash_of(self, name: str) -> str | None:
        """The hash of one of the installation's own tokens; None if there is none such."""

    def add_token(
        self,
        person: Person,
        *,
        token_hash: str,
        name: str,
        scopes: frozenset[TokenScope],
        archive_id: int | None,
        at: datetime,
        expires_at: datetime | None,
        hidden: Collection[str] = (),
    ) -> AccessToken:
        """A person's new token; ConflictError if they have, or had, one of that name.

        Those for `hidden` archives are passed over: whoever asks may not know of them.
        """

    def tokens(self, person_id: int | None = None) -> list[AccessToken]:
        """The tokens of one person, or of all persons, the oldest first."""

    def revoke_token(
        self, person_id: int, name: str, at: datetime, *, hidden: Collection[str] = ()
    ) -> AccessToken:
        """A token that is good for nothing from now on; NotFoundError if there is none such.

        All of that name, but for those for `hidden` archives; of several the newest is told.
        """

    def end_tokens_and_keys(
        self, person_id: int, at: datetime, *, doubted_since: datetime
    ) -> None:
        """Revoke all tokens of a person, and forget their keys, but for some that were revoked.

        Those are kept that were registered before the doubt began: their owner revoked them.
        Whoever holds a forgotten key can register it again.
        """

    def principal_of(
        self, token_hash: str, now: datetime
    ) -> tuple[Principal, datetime | None] | None:
        """Whom a token stands for now, and when it was used last.

        None for one that is unknown, expired or revoked, or whose person is shut out; a robot is
        with the person who answers for it.
        """

    def note_use(self, token_hash: str, at: datetime) -> None:
        """Note when a token was used."""
