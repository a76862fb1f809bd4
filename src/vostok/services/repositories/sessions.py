"""Sessions of persons at the pages, and the passwords with which they begin."""

from datetime import datetime
from typing import Protocol

from vostok.domain.access import Principal
from vostok.domain.session import KnownPassword, OpenSession, Visitor


class Sessions(Protocol):
    """Who is signed in. Secrets are known by their hashes only."""

    def set_password(
        self, person_id: int, password_hash: str, *, good_until: datetime | None
    ) -> None:
        """Give a person a password; with an end, one that is for choosing another."""

    def person_with_password(self, name: str, now: datetime) -> KnownPassword | None:
        """The password of a person who may come in; None without one, or if its time is over."""

    def password_hash(self, person_id: int) -> str | None:
        """That of a person's password, whether they may come in or not; None without one."""

    def still_has_password(self, person_id: int, password_hash: str) -> bool:
        """Whether that is the password of a person who may come in.

        It stays so until the transaction ends: others that change it wait.
        """

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
        visitor: Visitor,
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

    def of_person(self, person_id: int, now: datetime) -> list[OpenSession]:
        """The sessions of a person that last, the newest first."""

    def end_one(self, person_id: int, session_id: str) -> bool:
        """End a session of a person; whether there was one."""

    def end(self, secret_hash: str) -> None:
        """End a session."""

    def end_all(self, person_id: int) -> None:
        """End all sessions of a person."""

    def end_old(self, now: datetime) -> None:
        """Forget the sessions that are over."""
