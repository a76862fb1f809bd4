"""Sessions of persons at the pages, and the passwords with which they begin."""

from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.people import PERSONS, person_of_row
from vostok.adapters.database.rows import moment, seconds
from vostok.domain.access import Principal, Role
from vostok.domain.session import (
    AGENT_CHARACTERS_MAX,
    SESSION_ID_CHARACTERS,
    KnownPassword,
    OpenSession,
    Visitor,
    session_id,
)

_PERSON, _SESSION = schema.person, schema.session


class SqlSessions:
    """Implements `services.repositories.Sessions`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def set_password(
        self, person_id: int, password_hash: str, *, good_until: datetime | None
    ) -> None:
        """Give a person a password; with an end, one that is for choosing another."""
        self._connection.execute(
            _PERSON.update()
            .where(_PERSON.c.id == person_id)
            .values(
                password_hash=password_hash,
                password_good_until=None if good_until is None else seconds(good_until),
            )
        )

    def person_with_password(self, name: str, now: datetime) -> KnownPassword | None:
        """The password of a person who may come in. See `services.repositories.Sessions`."""
        row = self._connection.execute(
            PERSONS.where(
                _PERSON.c.name == name,
                _PERSON.c.disabled_at.is_(None),
                _PERSON.c.password_hash.is_not(None),
                sa.or_(
                    _PERSON.c.password_good_until.is_(None),
                    _PERSON.c.password_good_until > seconds(now),
                ),
            )
        ).first()
        if row is None:
            return None
        return KnownPassword(
            person=person_of_row(row),
            password_hash=row.password_hash,
            is_one_time=row.password_good_until is not None,
        )

    def password_hash(self, person_id: int) -> str | None:
        """That of a person's password, whether they may come in or not; None without one."""
        found: str | None = self._connection.execute(
            sa.select(_PERSON.c.password_hash).where(_PERSON.c.id == person_id)
        ).scalar_one()
        return found

    def still_has_password(self, person_id: int, password_hash: str) -> bool:
        """Whether that is a person's password. See `services.repositories.Sessions`."""
        # Written, though it stays the same: that locks the row on both databases.
        held = self._connection.execute(
            _PERSON.update()
            .where(
                _PERSON.c.id == person_id,
                _PERSON.c.password_hash == password_hash,
                _PERSON.c.disabled_at.is_(None),
            )
            .values(password_hash=password_hash)
        )
        return held.rowcount == 1

    def has_administrator(self) -> bool:
        """Whether an administrator who may come in has a password."""
        found = self._connection.execute(
            sa.select(_PERSON.c.id)
            .where(
                _PERSON.c.role == Role.ADMINISTRATOR,
                _PERSON.c.disabled_at.is_(None),
                _PERSON.c.password_hash.is_not(None),
                _PERSON.c.password_good_until.is_(None),
            )
            .limit(1)
        ).first()
        return found is not None

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
        """Note a session. See `services.repositories.Sessions`."""
        of_the_same = (
            _SESSION.c.person_id == person_id
            if person_id is not None
            else _SESSION.c.token_hash == token_hash
        )
        kept = (
            sa.select(_SESSION.c.hash)
            .where(of_the_same)
            .order_by(_SESSION.c.created_at.desc(), _SESSION.c.hash)
            .limit(sessions_max - 1)
        )
        self._connection.execute(
            _SESSION.delete().where(of_the_same, _SESSION.c.hash.not_in(kept))
        )
        self._connection.execute(
            _SESSION.insert().values(
                hash=secret_hash,
                person_id=person_id,
                token_hash=token_hash,
                created_at=seconds(at),
                expires_at=seconds(expires_at),
                address=visitor.address,
                agent=visitor.agent[:AGENT_CHARACTERS_MAX],
            )
        )

    def find(
        self, secret_hash: str, now: datetime
    ) -> tuple[Principal | None, str | None, datetime] | None:
        """The person or token of a session. See `services.repositories.Sessions`."""
        row = self._connection.execute(
            sa.select(_SESSION, _PERSON.c.name, _PERSON.c.role, _PERSON.c.disabled_at)
            .outerjoin(_PERSON, _PERSON.c.id == _SESSION.c.person_id)
            .where(_SESSION.c.hash == secret_hash, _SESSION.c.expires_at > seconds(now))
        ).first()
        if row is None:
            return None
        principal = None
        if row.person_id is not None and row.disabled_at is None:
            principal = Principal(name=row.name, role=Role(row.role), person_id=row.person_id)
        return principal, row.token_hash, moment(row.expires_at)

    def of_person(self, person_id: int, now: datetime) -> list[OpenSession]:
        """The sessions of a person that last, the newest first."""
        rows = self._connection.execute(
            sa.select(_SESSION)
            .where(_SESSION.c.person_id == person_id, _SESSION.c.expires_at > seconds(now))
            .order_by(_SESSION.c.created_at.desc(), _SESSION.c.hash)
        )
        return [
            OpenSession(
                id=session_id(row.hash),
                created_at=moment(row.created_at),
                expires_at=moment(row.expires_at),
                address=row.address,
                agent=row.agent,
            )
            for row in rows
        ]

    def end_one(self, person_id: int, session_id: str) -> bool:
        """End a session of a person; whether there was one."""
        beginning = sa.func.substr(_SESSION.c.hash, 1, SESSION_ID_CHARACTERS)
        ended = self._connection.execute(
            _SESSION.delete().where(_SESSION.c.person_id == person_id, beginning == session_id)
        )
        return ended.rowcount > 0

    def end(self, secret_hash: str) -> None:
        """End a session."""
        self._connection.execute(_SESSION.delete().where(_SESSION.c.hash == secret_hash))

    def end_all(self, person_id: int) -> None:
        """End all sessions of a person."""
        self._connection.execute(_SESSION.delete().where(_SESSION.c.person_id == person_id))

    def end_old(self, now: datetime) -> None:
        """Forget the sessions that are over."""
        self._connection.execute(_SESSION.delete().where(_SESSION.c.expires_at <= seconds(now)))
