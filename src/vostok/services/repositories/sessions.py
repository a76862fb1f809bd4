"""Sessions of persons at the pages, and the passwords with which they begin."""

from datetime import datetime
from typing import Protocol

from vostok.domain.access import Principal
from vostok.domain.person import Person


class Sessions(Protocol):
    """Who is signed in. Secrets are known by their hashes only."""

    def set_password(self, person_id: int, password_hash: str) -> None:
        """Give a person a password."""

    def person_with_password(self, name: str) -> tuple[Person, str] | None:
        """A person who may come in, and the hash of their password; None without one."""

    def has_administrator(self) -> bool:
        """Whether an administrator who may come in has a password."""

    def begin(
        self,
        secret_hash: str,
        *,
        person_id: int | None,
        token_hash: str | None,
        at: datetime,
        expires_at: datetime,
        sessions_max: int,
    ) -> None:
        """Note a session of a person or of an installation's token.

        Beyond `sessions_max` of the same one, the oldest end.
        """

    def find(
        self, secret_hash: str, now: datetime
    ) -> tuple[Principal | None, str | None, datetime] | None:
        """The person of a session that lasts, or the hash of its token, and when it ends.

        None for one that is unknown or over. The principal is None where the token's hash is
        given, and for a person who is shut out.
        """

    def end(self, secret_hash: str) -> None:
        """End a session."""

    def end_all(self, person_id: int) -> None:
        """End all sessions of a person."""

    def end_old(self, now: datetime) -> None:
        """Forget the sessions that are over."""
