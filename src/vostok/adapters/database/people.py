"""Persons with their keys and tokens, and whom a token stands for."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import inserted_id, lock_row, moment, moment_or_none, seconds
from vostok.domain.access import Principal, Role, TokenScope
from vostok.domain.person import (
    AccessToken,
    Certificate,
    Person,
    PersonKey,
    RobotDetails,
    scopes_text,
)
from vostok.errors import ConflictError, GoneError, NotFoundError

_PERSON, _KEY, _TOKEN = schema.person, schema.person_key, schema.token
_ROBOT, _ANSWERABLE = schema.robot, schema.person.alias("answerable")
PERSONS = (
    sa.select(
        _PERSON,
        _ROBOT.c.purpose,
        _ROBOT.c.deleted_at,
        _ANSWERABLE.c.name.label("answerable"),
        _ANSWERABLE.c.disabled_at.label("answerable_disabled_at"),
    )
    .outerjoin(_ROBOT, _ROBOT.c.person_id == _PERSON.c.id)
    .outerjoin(_ANSWERABLE, _ANSWERABLE.c.id == _ROBOT.c.answerable_id)
)
"""Persons, and of robots what else is known of them: rows for `person_of_row`."""
MAY_COME_IN = sa.and_(
    _PERSON.c.disabled_at.is_(None),
    _PERSON.c.id.not_in(
        sa.select(_ROBOT.c.person_id)
        .join(_ANSWERABLE, _ANSWERABLE.c.id == _ROBOT.c.answerable_id)
        .where(sa.or_(_ROBOT.c.deleted_at.is_not(None), _ANSWERABLE.c.disabled_at.is_not(None)))
    ),
)
"""Of a person's row: nobody who is shut out, themselves or with whom answers for them."""
_KEYS = sa.select(_KEY, _PERSON.c.name.label("person")).join(
    _PERSON, _PERSON.c.id == _KEY.c.person_id
)
_TOKENS = (
    sa.select(_TOKEN, _PERSON.c.name.label("person"), schema.archive.c.name.label("archive"))
    .join(_PERSON, _PERSON.c.id == _TOKEN.c.person_id)
    .outerjoin(schema.archive, schema.archive.c.id == _TOKEN.c.archive_id)
)


class SqlPeople:
    """Implements `services.repositories.People`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, name: str, *, email: str | None, role: Role, by: str, at: datetime) -> Person:
        """A new person; ConflictError if there is, or was, one of that name."""
        values = {
            "name": name,
            "email": email or "",
            "role": role,
            "created_by": by,
            "created_at": seconds(at),
        }
        person_id = inserted_id(self._connection, _PERSON, values)
        if person_id is None:
            raise ConflictError(
                f"there is a person {name} already",
                hint=f"look at them: vostok person show {name}",
            )
        return self.by_id(person_id)

    def named(self, name: str) -> Person:
        """One person; NotFoundError if there is none, GoneError if it was a robot."""
        found = self._persons(_PERSON.c.name == name)
        if not found:
            raise NotFoundError(
                f"there is no person {name}",
                hint="see who there is: vostok person list; or vostok person add",
            )
        robot = found[0].robot
        if robot is not None and robot.deleted_at is not None:
            raise GoneError(
                f"the robot {name} was deleted on {robot.deleted_at:%Y-%m-%d}",
                hint="its name stays taken; make another: vostok robot add",
            )
        return found[0]

    def by_id(self, person_id: int) -> Person:
        """One person."""
        (found,) = self._persons(_PERSON.c.id == person_id)
        return found

    def all(self) -> list[Person]:
        """All persons by name, without robots that were deleted."""
        return self._persons(_ROBOT.c.deleted_at.is_(None))

    def count(self, *, created_by: str | None = None) -> int:
        """How many there are that are no robots, or were added by one."""
        query = sa.select(sa.func.count()).where(
            _PERSON.c.id.not_in(sa.select(_ROBOT.c.person_id))
        )
        if created_by is not None:
            query = query.where(_PERSON.c.created_by == created_by)
        found: int = self._connection.execute(query).scalar_one()
        return found

    def lock(self, person_id: int) -> None:
        """Have others who lock the person wait until this transaction ends."""
        lock_row(self._connection, _PERSON, person_id)

    def set_disabled(
        self, person_id: int, at: datetime | None, *, by_manager: str | None = None
    ) -> None:
        """Shut a person out, or with None let them in again."""
        values: dict[str, float | str | None] = {"disabled_at": None, "disabled_by_manager": None}
        if at is not None:
            values = {"disabled_at": seconds(at), "disabled_by_manager": by_manager}
        self._connection.execute(_PERSON.update().where(_PERSON.c.id == person_id).values(values))

    def _persons(self, condition: sa.ColumnElement[bool]) -> list[Person]:
        query = PERSONS.where(condition).order_by(_PERSON.c.name)
        return [person_of_row(row) for row in self._connection.execute(query)]

    # Keys ---------------------------------------------------------------------------------

    def add_key(
        self, person_id: int, certificate: Certificate, *, by: str, at: datetime
    ) -> PersonKey:
        """Register a certificate. See `services.repositories.People`."""
        values = {
            "person_id": person_id,
            "fingerprint": certificate.fingerprint,
            "certificate": certificate.armoured,
            "added_by": by,
            "added_at": seconds(at),
        }
        its_own = _KEY.c.fingerprint == certificate.fingerprint
        self._connection.execute(
            _KEY.delete().where(
                its_own, _KEY.c.revoked_at.is_not(None), _KEY.c.person_id != person_id
            )
        )
        is_new = inserted_id(self._connection, _KEY, values) is not None
        (key,) = self._keys(its_own)
        if is_new:
            return key
        if key.revoked_at is not None:
            raise ConflictError(
                f"the key {key.fingerprint} was revoked here as one of {key.person}",
                hint=f"register another one; look at it: vostok key list {key.person}",
            )
        raise ConflictError(
            f"the key {key.fingerprint} is registered as one of {key.person}",
            hint="if it is not theirs, an administrator ends that first: "
            f"vostok key revoke {key.person} {key.fingerprint}",
        )

    def renew_key(self, key: PersonKey, certificate: Certificate) -> PersonKey:
        """Keep another state of the certificate of a registered key."""
        its_own = _KEY.c.fingerprint == key.fingerprint
        self._connection.execute(
            _KEY.update().where(its_own).values(certificate=certificate.armoured)
        )
        return self._keys(its_own)[0]

    def keys(self, person_id: int | None = None) -> list[PersonKey]:
        """The keys of one person, or of all, the oldest first."""
        return self._keys(sa.true() if person_id is None else _KEY.c.person_id == person_id)

    def revoke_key(self, person_id: int, fingerprint: str, at: datetime) -> PersonKey:
        """A key that is good for nothing from now on. See `services.repositories.People`."""
        its_own = sa.and_(_KEY.c.person_id == person_id, _KEY.c.fingerprint == fingerprint)
        self._connection.execute(
            _KEY.update()
            .where(its_own, _KEY.c.revoked_at.is_(None))
            .values(revoked_at=seconds(at))
        )
        found = self._keys(its_own)
        if not found:
            person = self.by_id(person_id).name
            raise NotFoundError(
                f"{person} has no key {fingerprint}",
                hint=f"see which there are: vostok key list {person}",
            )
        return found[0]

    def _keys(self, condition: sa.ColumnElement[bool]) -> list[PersonKey]:
        rows = self._connection.execute(_KEYS.where(condition).order_by(_KEY.c.id))
        return [
            PersonKey(
                person_id=row.person_id,
                person=row.person,
                fingerprint=row.fingerprint,
                certificate=row.certificate,
                added_by=row.added_by,
                added_at=moment(row.added_at),
                revoked_at=moment_or_none(row.revoked_at),
            )
            for row in rows
        ]

    # Tokens -------------------------------------------------------------------------------

    def put_token(self, *, token_hash: str, name: str, role: Role, at: datetime) -> None:
        """Let one of the installation's own tokens in, and no other of the same name."""
        self._connection.execute(
            _TOKEN.delete().where(_TOKEN.c.name == name, _TOKEN.c.person_id.is_(None))
        )
        self._connection.execute(
            _TOKEN.insert().values(
                hash=token_hash,
                name=name,
                role=role,
                scope=TokenScope.EVERYTHING,
                created_at=seconds(at),
            )
        )

    def drop_token(self, name: str) -> bool:
        """Let one of the installation's own tokens in no more; whether there was one."""
        gone = _TOKEN.delete().where(_TOKEN.c.name == name, _TOKEN.c.person_id.is_(None))
        return bool(self._connection.execute(gone).rowcount)

    def tokens_used(self, names: Collection[str]) -> dict[str, datetime | None]:
        """Those of the installation's own tokens that are let in, and when each was used last."""
        rows = self._connection.execute(
            sa.select(_TOKEN.c.name, _TOKEN.c.used_at).where(_TOKEN.c.person_id.is_(None))
        )
        return {row.name: moment_or_none(row.used_at) for row in rows if row.name in names}

    def token_hash_of(self, name: str) -> str | None:
        """The hash of one of the installation's own tokens; None if there is none such."""
        found: str | None = self._connection.execute(
            sa.select(_TOKEN.c.hash).where(_TOKEN.c.name == name, _TOKEN.c.person_id.is_(None))
        ).scalar_one_or_none()
        return found

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
        """A person's new token. See `services.repositories.People`."""
        if self._tokens(_named(person.id, name, hidden)):
            raise ConflictError(
                f"{person.name} has, or had, a token {name!r}",
                hint=f"choose another name; see: vostok token list {person.name}",
            )
        self._connection.execute(
            _TOKEN.insert().values(
                hash=token_hash,
                name=name,
                role=person.role,
                scope=scopes_text(scopes),
                person_id=person.id,
                archive_id=archive_id,
                created_at=seconds(at),
                expires_at=None if expires_at is None else seconds(expires_at),
            )
        )
        return self._tokens(_TOKEN.c.hash == token_hash)[0]

    def tokens(self, person_id: int | None = None) -> list[AccessToken]:
        """The tokens of one person, or of all persons, the oldest first."""
        return self._tokens(sa.true() if person_id is None else _TOKEN.c.person_id == person_id)

    def revoke_token(
        self, person_id: int, name: str, at: datetime, *, hidden: Collection[str] = ()
    ) -> AccessToken:
        """A token that is good for nothing from now on. See `services.repositories.People`."""
        its_own = _named(person_id, name, hidden)
        self._connection.execute(
            _TOKEN.update()
            .where(its_own, _TOKEN.c.revoked_at.is_(None))
            .values(revoked_at=seconds(at))
        )
        found = self._tokens(its_own)
        if not found:
            person = self.by_id(person_id).name
            raise NotFoundError(
                f"{person} has no token {name!r}",
                hint=f"see which there are: vostok token list {person}",
            )
        return found[-1]

    def _tokens(self, condition: sa.ColumnElement[bool]) -> list[AccessToken]:
        rows = self._connection.execute(
            _TOKENS.where(condition).order_by(_TOKEN.c.created_at, _TOKEN.c.name)
        )
        return [
            AccessToken(
                person=row.person,
                name=row.name,
                scopes=_scopes(row.scope),
                archive=row.archive,
                created_at=moment(row.created_at),
                expires_at=moment_or_none(row.expires_at),
                used_at=moment_or_none(row.used_at),
                revoked_at=moment_or_none(row.revoked_at),
            )
            for row in rows
        ]

    def end_tokens_and_keys(
        self, person_id: int, at: datetime, *, doubted_since: datetime
    ) -> None:
        """Revoke all tokens of a person, and forget their keys. See `services.repositories`."""
        self._connection.execute(
            _TOKEN.update()
            .where(_TOKEN.c.person_id == person_id, _TOKEN.c.revoked_at.is_(None))
            .values(revoked_at=seconds(at))
        )
        self._connection.execute(
            _KEY.delete().where(
                _KEY.c.person_id == person_id,
                sa.or_(_KEY.c.revoked_at.is_(None), _KEY.c.added_at >= seconds(doubted_since)),
            )
        )

    def principal_of(
        self, token_hash: str, now: datetime
    ) -> tuple[Principal, datetime | None] | None:
        """Whom a token stands for now. See `services.repositories.People`."""
        row = self._connection.execute(
            sa.select(
                _TOKEN,
                _PERSON.c.name.label("person"),
                _PERSON.c.role.label("person_role"),
                _PERSON.c.disabled_at,
                _ANSWERABLE.c.disabled_at.label("answerable_disabled_at"),
                schema.archive.c.name.label("archive"),
            )
            .outerjoin(_PERSON, _PERSON.c.id == _TOKEN.c.person_id)
            .outerjoin(_ROBOT, _ROBOT.c.person_id == _PERSON.c.id)
            .outerjoin(_ANSWERABLE, _ANSWERABLE.c.id == _ROBOT.c.answerable_id)
            .outerjoin(schema.archive, schema.archive.c.id == _TOKEN.c.archive_id)
            .where(_TOKEN.c.hash == token_hash)
        ).first()
        if row is None or row.revoked_at is not None:
            return None
        if row.disabled_at is not None or row.answerable_disabled_at is not None:
            return None
        if row.expires_at is not None and row.expires_at <= seconds(now):
            return None
        principal = Principal(
            name=row.name if row.person is None else row.person,
            role=Role(row.role if row.person is None else row.person_role),
            scopes=_scopes(row.scope),
            archive=row.archive,
            person_id=row.person_id,
        )
        return principal, moment_or_none(row.used_at)

    def note_use(self, token_hash: str, at: datetime) -> None:
        """Note when a token was used."""
        self._connection.execute(
            _TOKEN.update().where(_TOKEN.c.hash == token_hash).values(used_at=seconds(at))
        )


def _scopes(text: str) -> frozenset[TokenScope]:
    return frozenset(map(TokenScope, text.split()))


def _named(person_id: int, name: str, hidden: Collection[str]) -> sa.ColumnElement[bool]:
    """A person's tokens of that name, but for those for hidden archives."""
    archive = schema.archive
    unseen = sa.select(archive.c.id).where(archive.c.name.in_(sorted(hidden)))
    return sa.and_(
        _TOKEN.c.person_id == person_id,
        _TOKEN.c.name == name,
        sa.or_(_TOKEN.c.archive_id.is_(None), _TOKEN.c.archive_id.not_in(unseen)),
    )


def person_of_row(row: sa.Row[Any]) -> Person:
    """The person in a row of `PERSONS`."""
    robot = None
    if row.purpose is not None:
        robot = RobotDetails(
            purpose=row.purpose,
            answerable=row.answerable,
            is_answerable_out=row.answerable_disabled_at is not None,
            deleted_at=moment_or_none(row.deleted_at),
        )
    return Person(
        id=row.id,
        name=row.name,
        email=row.email or None,
        role=Role(row.role),
        created_by=row.created_by,
        created_at=moment(row.created_at),
        disabled_at=moment_or_none(row.disabled_at),
        disabled_by_manager=row.disabled_by_manager,
        robot=robot,
    )
