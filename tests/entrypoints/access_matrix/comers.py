"""Everybody who comes to a door: each role, each right alone, and ways in that are narrowed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

from tests.entrypoints.access_matrix.asked_rights import HERE, PARENT
from tests.entrypoints.installation import ADMIN, ADMINISTRATOR, BUILDER, Installation

from vostok.domain.access import ANONYMOUS, Principal, Role, TokenScope
from vostok.domain.rights import (
    NO_RIGHTS,
    OF_ARCHIVES,
    OF_INSTALLATION,
    Holder,
    HolderKind,
    Right,
    Rights,
)
from vostok.domain.session import Visitor, form_token
from vostok.services.people.persons import TokenRequest
from vostok.services.people.rights import GrantRequest

ELSEWHERE: Final = "young"
"""An archive that no door is tried on."""
LONG_AGO: Final = 1_000_000_000
FROM: Final = "10.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comer:
    """Somebody who comes to a door, with a way in.

    Attributes:
        principal: what they are by all that was granted to them here, put down beside it; None:
            their way in is good for nothing any more.
        headers: shown to the API; empty: no token.
        session: the secret of a session of the pages; empty: none.
    """

    principal: Principal | None
    headers: dict[str, str]
    session: str = ""

    @property
    def form_token(self) -> str:
        """What the forms of the session carry."""
        return form_token(self.session)

    def at(self, *, is_page: bool, private: str | None) -> Principal | None:
        """What they are at a door, where an archive may be private; None: not let in at all.

        To a page whose session has ended comes somebody; a token that is none opens nothing.
        Whoever holds nothing on a private archive does not see it.
        """
        known = ANONYMOUS if self.principal is None and is_page else self.principal
        if known is None or private is None:
            return known
        is_elsewhere = known.archive not in {None, private}
        sees = known.role is Role.ADMINISTRATOR or known.rights.holds_any(private)
        hidden = frozenset[str]() if sees and not is_elsewhere else frozenset({private})
        return replace(known, rights=replace(known.rights, hidden=hidden))


class Gate:
    """Makes persons, and their ways in."""

    def __init__(self, installation: Installation) -> None:
        self._database_file = installation.settings.data_root / "vostok.db"
        self._services = installation.services

    def person(self, role: Role = Role.MEMBER, rights: Rights = NO_RIGHTS) -> Principal:
        """Somebody with a role, and with rights of their own."""
        principal = self.somebody(role, rights)
        for on, held in ((None, rights.everywhere), *rights.by_archive.items()):
            for right in held:
                self.grant(Holder(kind=HolderKind.PERSON, name=principal.name), right, on)
        return principal

    def somebody(self, role: Role, rights: Rights) -> Principal:
        """Somebody with a role, who gets the rights by another way."""
        with self._services.database.read() as transaction:
            name = f"comer-{transaction.people.count()}"
        self._services.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=role)
        return Principal(name=name, role=role, rights=rights, person_id=1)

    def grant(self, holder: Holder, right: Right, on: str | None) -> None:
        """A right of a person or a team."""
        asked = GrantRequest(archive=on, holder=holder, right=right)
        self._services.rights.give(ADMINISTRATOR, asked)

    def put_in(self, team: str, kind: HolderKind, name: str) -> None:
        """Somebody into a new team."""
        self._services.rights.add_team(ADMINISTRATOR, team)
        self._services.rights.put_in(ADMINISTRATOR, team, [Holder(kind=kind, name=name)])

    def by_token(
        self,
        principal: Principal,
        scope: TokenScope = TokenScope.EVERYTHING,
        archive: str | None = None,
    ) -> Comer:
        """The person with a token that is narrowed."""
        name = f"{scope} {archive}"
        scopes = frozenset({scope})
        asked = TokenRequest(person=principal.name, name=name, scopes=scopes, archive=archive)
        token = self._services.people.create_token(ADMINISTRATOR, asked)[1]
        return Comer(
            principal=replace(principal, scopes=scopes, archive=archive),
            headers={"Authorization": f"Bearer {token}"},
        )

    def by_both(self, principal: Principal) -> Comer:
        """The person with a token for everything, and signed in to the pages."""
        with self._services.database.read() as transaction:
            person = transaction.people.named(principal.name)
        secret, _ = self._services.sessions.begin_for(person, Visitor(address=FROM, agent=""))
        return replace(self.by_token(principal), session=secret)

    def too_late(self, principal: Principal, *changes: str) -> Comer:
        """Somebody whose ways in were good until the database was changed so."""
        comer = self.by_both(principal)
        with self._services.database.read() as transaction:
            person = transaction.people.named(principal.name).id
        with closing(sqlite3.connect(self._database_file)) as connection:
            for change in changes:
                given = {"at": LONG_AGO, "person": person}
                assert connection.execute(change, given).rowcount == 1
            connection.commit()
        return replace(comer, principal=None)


def everybody(installation: Installation) -> dict[str, Comer]:
    """Name -> who comes. Names say what they have, for the message of a mismatch."""
    gate = Gate(installation)
    return {
        **{f"role {r}": gate.by_both(gate.person(r)) for r in Role if r not in WITHOUT_PERSON},
        **{
            f"role {role}": Comer(principal=Principal(name=role, role=role), headers=headers)
            for role, headers in WITHOUT_PERSON.items()
        },
        "the installation's token": Comer(principal=ADMINISTRATOR, headers=ADMIN),
        **dict(_holders(gate)),
        **dict(_narrowed(gate)),
        **dict(_too_late(gate)),
    }


WITHOUT_PERSON: Final = {Role.BUILDER: BUILDER, Role.ANONYMOUS: {}}
"""Roles that no person has, and what is shown by whoever has them."""


def _holders(gate: Gate) -> Iterator[tuple[str, Comer]]:
    """Members with one right each, and whose rights come by ways of their own."""
    for right in Right:
        only = frozenset({right})
        if right in OF_INSTALLATION:
            held, where = Rights(everywhere=only), "the installation"
        else:
            held, where = Rights(by_archive={HERE: only}), HERE
        yield f"{right} on {where}", gate.by_both(gate.person(rights=held))
    for what, held in {
        "every right elsewhere": Rights(by_archive={ELSEWHERE: OF_ARCHIVES}),
        "administer everything": Rights(everywhere=frozenset({Right.ADMINISTER})),
        "all but administer on everything": Rights(everywhere=OF_ARCHIVES - {Right.ADMINISTER}),
    }.items():
        yield what, gate.by_both(gate.person(rights=held))
    of_parent = {PARENT: frozenset({Right.DERIVE})}
    maker = Rights(everywhere=frozenset({Right.CREATE}), by_archive=of_parent)
    yield "create, and derive from the parent", gate.by_both(gate.person(rights=maker))
    yield "derive from the parent", gate.by_both(gate.person(rights=Rights(by_archive=of_parent)))
    administering = Rights(by_archive={HERE: frozenset({Right.ADMINISTER})})
    within = gate.somebody(Role.MEMBER, administering)
    gate.put_in("inner", HolderKind.PERSON, within.name)
    gate.put_in("outer", HolderKind.TEAM, "inner")
    gate.grant(Holder(kind=HolderKind.TEAM, name="outer"), Right.ADMINISTER, HERE)
    yield "administer by a team in a team", gate.by_both(within)


def _narrowed(gate: Gate) -> Iterator[tuple[str, Comer]]:
    """Tokens that are for less than those may whose they are."""
    administering = Rights(by_archive={HERE: frozenset({Right.ADMINISTER})})
    for what, principal in (
        ("an administrator", gate.person(Role.ADMINISTRATOR)),
        ("who administers", gate.person(rights=administering)),
    ):
        for scope in TokenScope:
            yield f"token of {what} to {scope}", gate.by_token(principal, scope)
        for on in (HERE, ELSEWHERE):
            yield f"token of {what} on {on}", gate.by_token(principal, archive=on)
            narrowest = gate.by_token(principal, TokenScope.UPLOAD, on)
            yield f"token of {what} to upload on {on}", narrowest


def _too_late(gate: Gate) -> Iterator[tuple[str, Comer]]:
    """Administrators whose ways in are good for nothing any more."""
    for what, changes in {
        "an expired way in": [
            "update token set expires_at = :at where person_id = :person",
            "update session set expires_at = :at where person_id = :person",
        ],
        "a way in that was taken": [
            "update token set revoked_at = :at where person_id = :person",
            "delete from session where person_id = :person and :at",
        ],
        "who was shut out": ["update person set disabled_at = :at where id = :person"],
    }.items():
        yield what, gate.too_late(gate.person(Role.ADMINISTRATOR), *changes)
