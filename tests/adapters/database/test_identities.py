"""Which identities are which persons, on both databases."""

import pytest
import sqlalchemy as sa
from tests.builders import NOW, later

from vostok.adapters.database import SqlDatabase
from vostok.domain.access import Role
from vostok.domain.identity import Identity
from vostok.errors import NotFoundError

ISSUER = "https://id.example.org"


def add_person(database: SqlDatabase, name: str, email: str) -> int:
    with database.write() as transaction:
        return transaction.people.add(name, email=email, role=Role.MEMBER, by="admin", at=NOW).id


def test_an_identity_is_the_person_that_it_was_linked_to(database: SqlDatabase) -> None:
    ann = add_person(database, "ann", "ann@example.org")
    identity = Identity(issuer=ISSUER, subject="7")

    with database.write() as transaction:
        before = transaction.identities.person_of(identity)
        transaction.identities.link(ann, identity, NOW)

    with database.read() as transaction:
        found = transaction.identities.person_of(identity)
        elsewhere = transaction.identities.person_of(
            Identity(issuer="https://other.example.org", subject="7")
        )
    assert before is elsewhere is None
    assert found
    assert found.name == "ann"


def test_an_identity_is_not_two_persons(database: SqlDatabase) -> None:
    identity = Identity(issuer=ISSUER, subject="7")
    for name in ("ann", "bob"):
        add_person(database, name, f"{name}@example.org")
    with database.write() as transaction:
        transaction.identities.link(transaction.people.named("ann").id, identity, NOW)

    with pytest.raises(sa.exc.IntegrityError), database.write() as transaction:
        transaction.identities.link(transaction.people.named("bob").id, identity, NOW)


def test_addresses_are_the_same_in_whatever_case_they_are_written(database: SqlDatabase) -> None:
    add_person(database, "ann", "Ann@Example.org")
    add_person(database, "bob", "bob@example.org")
    add_person(database, "anna", "ann@example.ORG")

    with database.read() as transaction:
        found = transaction.identities.persons_with_address("ann@example.org")

    assert [person.name for person in found] == ["ann", "anna"]


def test_addresses_beyond_ascii_are_the_same_in_whatever_case_too(database: SqlDatabase) -> None:
    add_person(database, "joerg", "JÖRG@example.org")

    with database.read() as transaction:
        found = transaction.identities.persons_with_address("jörg@EXAMPLE.org")

    assert [person.name for person in found] == ["joerg"]


def test_an_identity_that_was_unlinked_is_nobodys_but_is_remembered(database: SqlDatabase) -> None:
    identity = Identity(issuer=ISSUER, subject="4711")
    ann = add_person(database, "ann", "ann@example.org")
    bob = add_person(database, "bob", "bob@example.org")

    with database.write() as transaction:
        transaction.identities.link(ann, identity, NOW)
        [linked] = transaction.identities.of_person(ann)
        unlinked = transaction.identities.unlink(ann, linked.number, NOW, by_owner=True)
        whose = transaction.identities.person_of(identity)
        is_unlinked = transaction.identities.is_unlinked(identity)
        again = transaction.identities.link_again(ann, linked.number, by_owner=True)

    assert (linked.issuer, linked.subject, linked.unlinked_at) == (
        identity.issuer, "4711", None,
    )  # fmt: skip
    assert (unlinked.unlinked_at, whose, is_unlinked) == (NOW, None, True)
    assert again == linked
    with database.write() as transaction, pytest.raises(NotFoundError):
        transaction.identities.unlink(bob, linked.number, NOW, by_owner=False)


def test_what_an_administrator_unlinked_is_not_its_owners_to_change(database: SqlDatabase) -> None:
    ann = add_person(database, "ann", "ann@example.org")

    with database.write() as transaction:
        identities = transaction.identities
        identities.link(ann, Identity(issuer=ISSUER, subject="4711"), NOW)
        [linked] = identities.of_person(ann)
        own = identities.unlink(ann, linked.number, NOW, by_owner=True)
        withdrawn = identities.unlink(ann, linked.number, later(1), by_owner=False)
        own_again = identities.unlink(ann, linked.number, later(2), by_owner=True)
        by_owner = identities.link_again(ann, linked.number, by_owner=True)
        by_administrator = identities.link_again(ann, linked.number, by_owner=False)

    assert (own.unlinked_at, own.withdrawn_at) == (NOW, None)
    assert (withdrawn.unlinked_at, withdrawn.withdrawn_at) == (later(1), later(1))
    assert (own_again, by_owner) == (withdrawn, withdrawn)
    assert by_administrator == linked
