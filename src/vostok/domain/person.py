"""Persons, the keys that they sign with, and the tokens that stand for them."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from vostok.domain.access import Role, TokenScope, in_order
from vostok.errors import InvalidInputError

PERSONS_MAX: Final = 10_000
"""Without robots, which are counted apart: every person makes some."""
PERSONS_BY_GRANT_MAX: Final = 1_000
"""Of those that one adds who manages people by a grant: nobody is ever deleted."""
ROBOTS_MAX: Final = 10_000
"""Of those that were not deleted."""
ROBOTS_BY_GRANT_MAX: Final = 1_000
"""How many one makes in all who manages people by a grant, with those that were deleted."""
ROBOTS_ANSWERED_MAX: Final = 10
"""For how many one answers who made them without managing people."""
ROBOTS_MADE_MAX: Final = 100
"""How many such a person makes in all: the names of deleted ones stay taken."""
PURPOSE_CHARACTERS_MAX: Final = 300
EMAIL_CHARACTERS_MAX: Final = 254
TOKEN_NAME_CHARACTERS_MAX: Final = 100
TOKEN_DAYS_MAX: Final = 3_650
TOKENS_OF_PERSON_MAX: Final = 200
KEYS_OF_PERSON_MAX: Final = 50
CERTIFICATE_BYTES_MAX: Final = 1 << 20
"""A certificate of a busy developer, with all signatures on it, has some 100 kB."""

ROLES_OF_PERSONS: Final = frozenset({Role.ADMINISTRATOR, Role.DEVELOPER, Role.MEMBER})
RESERVED_NAMES: Final = frozenset({"administrator", "builders", "anonymous", "vostok"})
"""Of principals that are no persons."""
ROBOT_NAME_END: Final = "-robot"

_NAME: Final = re.compile(r"[a-z][a-z0-9.-]{0,62}")
_EMAIL: Final = re.compile(r"[^\s<>@\x00-\x1f\x7f]+@[^\s<>@\x00-\x1f\x7f]+")
_TOKEN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]*")


class PersonState(StrEnum):
    """Whether somebody may come in."""

    ACTIVE = "active"
    DISABLED = "disabled"


class PersonKind(StrEnum):
    """What somebody is who works here."""

    PERSON = "person"
    ROBOT = "robot"
    """A program, for which a person answers (`RobotDetails`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotDetails:
    """What a robot is for, and who answers for it.

    Attributes:
        answerable: name of the person.
        is_answerable_out: whether that person is shut out; so is the robot then.
        deleted_at: since when it is no more; its name stays taken.
    """

    purpose: str
    answerable: str
    is_answerable_out: bool
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works here. Never deleted: what they did names them.

    Attributes:
        email: None of a robot.
        disabled_at: since when they are shut out; None: they may come in.
        disabled_by_manager: who shut them out, who is no administrator; None: one.
        robot: what is known of one that is a robot.
    """

    id: int
    name: str
    email: str | None
    role: Role
    created_by: str
    created_at: datetime
    disabled_at: datetime | None
    disabled_by_manager: str | None = None
    robot: RobotDetails | None = None

    @property
    def kind(self) -> PersonKind:
        """What they are."""
        return PersonKind.PERSON if self.robot is None else PersonKind.ROBOT

    @property
    def is_shut_out(self) -> bool:
        """Whether nothing is to be done on their behalf."""
        is_answerable_out = self.robot is not None and self.robot.is_answerable_out
        return self.disabled_at is not None or is_answerable_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An OpenPGP certificate, as a file of it was read.

    Attributes:
        fingerprint: of the primary key, in upper case.
        armoured: all of it, public parts only.
        user_ids: as its owner wrote and signed them; nobody else vouches for them.
    """

    fingerprint: str
    armoured: str
    user_ids: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKey:
    """A certificate that a person signs uploads with."""

    person_id: int
    person: str
    fingerprint: str
    certificate: str
    added_by: str
    added_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What is known of a token; the token itself was shown once."""

    person: str
    name: str
    scopes: frozenset[TokenScope]
    archive: str | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


def check_person_name(name: str) -> str:
    """The name, if it can be one of a person.

    Raises:
        InvalidInputError: it cannot.
    """
    if not _NAME.fullmatch(name) or name in RESERVED_NAMES or name.endswith(ROBOT_NAME_END):
        raise InvalidInputError(
            f"{name[:70]!r} cannot be the name of a person",
            hint="a lower-case letter, then letters, digits, . or -; at most 63 characters; "
            f"not {', '.join(sorted(RESERVED_NAMES))}; names of robots end in {ROBOT_NAME_END}",
        )
    return name


def check_robot_name(name: str) -> str:
    """The name, if it can be one of a robot: wherever it did something, the name says what it is.

    Raises:
        InvalidInputError: it cannot.
    """
    if not _NAME.fullmatch(name) or not name.endswith(ROBOT_NAME_END):
        raise InvalidInputError(
            f"{name[:70]!r} cannot be the name of a robot",
            hint="a lower-case letter, then letters, digits, . or -; at most 63 characters, "
            f"of which the last are {ROBOT_NAME_END}: nightly{ROBOT_NAME_END}",
        )
    return name


def is_robot_name(name: str) -> bool:
    """Whether a name is one of robots, which persons cannot have."""
    return name.endswith(ROBOT_NAME_END)


def check_purpose(purpose: str) -> str:
    """The purpose, if it can be one of a robot.

    Raises:
        InvalidInputError: it says nothing, too much, or cannot be printed.
    """
    if (
        not purpose.strip()
        or len(purpose) > PURPOSE_CHARACTERS_MAX
        or any(unicodedata.category(letter) == "Cc" for letter in purpose)
    ):
        raise InvalidInputError(
            f"{purpose[:70]!r} cannot be the purpose of a robot",
            hint=f"say on one line what it does, in at most {PURPOSE_CHARACTERS_MAX} characters: "
            "'asks for the nightly rebuild of trial'",
        )
    return purpose


def check_email(address: str) -> str:
    """The address, if it can be one.

    Raises:
        InvalidInputError: it cannot.
    """
    if len(address) > EMAIL_CHARACTERS_MAX or not _EMAIL.fullmatch(address):
        raise InvalidInputError(
            f"{address[:70]!r} is not an address", hint="for example: ann@example.org"
        )
    return address


def check_names_address(person: Person, certificate: Certificate, *, address: str | None) -> None:
    """Nothing, if the owner of a certificate calls themself by an address.

    That is the one that the person has here; for a robot, that of who answers for it.

    Certificates are public, so to have one proves nothing. A user ID counts only with a signature
    by the certificate's own key: what is in it its owner has said.

    Raises:
        InvalidInputError: no user ID has that address.
    """
    its = {_address(user_id) for user_id in certificate.user_ids}
    if address is None or address.casefold() not in its:
        owner = person.name if person.robot is None else person.robot.answerable
        raise InvalidInputError(
            f"no user ID of the key {certificate.fingerprint} has the address {address}, "
            f"which {owner} has here",
            hint=f"add one: gpg --quick-add-uid {certificate.fingerprint} "
            f"'{person.name} <{address}>', and export it again; or an administrator "
            "registers the key",
        )


def _address(user_id: str) -> str:
    """The address in a user ID, `Ann <ann@example.org>` or it alone, in lower case."""
    return user_id.strip().rpartition("<")[2].removesuffix(">").casefold()


def looks_like(address: str, other: str) -> bool:
    """Whether two addresses differ in nothing but case, as widely as Unicode knows it.

    So they do where a letter beyond ASCII is the other case of one of ASCII, as the Kelvin sign is
    of k; such addresses are of two different mailboxes (`is_same_address`).
    """
    return address.casefold() == other.casefold()


def is_same_address(address: str, other: str) -> bool:
    """Whether mail to two addresses goes to the same mailbox: they look alike, script included."""
    return looks_like(address, other) and [letter.isascii() for letter in address] == [
        letter.isascii() for letter in other
    ]


def check_role(role: Role) -> Role:
    """The role, if a person can have it.

    Raises:
        InvalidInputError: it is a machine's, or nobody's.
    """
    if role not in ROLES_OF_PERSONS:
        raise InvalidInputError(
            f"a person cannot be a {role}",
            hint=f"choose one of: {', '.join(sorted(ROLES_OF_PERSONS))}",
        )
    return role


def check_token_name(name: str) -> str:
    """The name, if it can be one of a token.

    Raises:
        InvalidInputError: it cannot.
    """
    if len(name) > TOKEN_NAME_CHARACTERS_MAX or not _TOKEN_NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name[:70]!r} cannot be the name of a token",
            hint="say where it will lie, for example: 'dput on laptop'",
        )
    return name


def check_scopes(scopes: Collection[TokenScope]) -> frozenset[TokenScope]:
    """The scopes, if a token can be for all of them at once.

    Raises:
        InvalidInputError: there are none, or one that stands alone has others beside it.
    """
    for alone in (TokenScope.EVERYTHING, TokenScope.FEED):
        if alone in scopes and len(set(scopes)) > 1:
            raise InvalidInputError(
                f"a token for {alone} is for nothing else beside it",
                hint="it opens all already: leave the others out"
                if alone is TokenScope.EVERYTHING
                else "it lies open in the addresses of feeds: make another one for the others",
            )
    if not scopes:
        raise InvalidInputError(
            "it is not said what the token is for",
            hint=f"choose one or several of: {', '.join(TokenScope)}",
        )
    return frozenset(scopes)


def scopes_text(scopes: Collection[TokenScope]) -> str:
    """Scopes as one text, as RFC 6749 writes them: with spaces between."""
    return " ".join(in_order(scopes))


def expiry(days: int | None, *, now: datetime) -> datetime | None:
    """When a token for that many days ends; None: never.

    Raises:
        InvalidInputError: no such number of days.
    """
    if days is None:
        return None
    if not 1 <= days <= TOKEN_DAYS_MAX:
        raise InvalidInputError(
            f"a token is good for 1 to {TOKEN_DAYS_MAX} days, not {days}",
            hint="for example --days 90; without it the token has no end",
        )
    return now + timedelta(days=days)
