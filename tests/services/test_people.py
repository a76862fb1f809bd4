"""Persons, keys and tokens: who gets in, and who no longer does."""

from datetime import UTC, timedelta

import pysequoia
import pytest
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.access import ANONYMOUS, Principal, Role, TokenScope
from vostok.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
)
from vostok.services.people.persons import TokenRequest


def certificate(user_id: str = "Ann <a@example.org>") -> bytes:
    tsk = pysequoia.Tsk.generate(user_id=user_id, validity_seconds=None)
    return str(tsk.extract_certificate()).encode()


def add(world: Installation, name: str = "richard") -> None:
    world.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=Role.DEVELOPER)


def token_of(
    world: Installation, name: str = "dput", *, person: str = "richard", **more: object
) -> str:
    request = TokenRequest(person=person, name=name, **more)  # type: ignore[arg-type]  # given by tests
    return world.people.create_token(ADMINISTRATOR, request)[1]


def test_a_token_stands_for_its_person_as_far_as_its_scope(derived: Installation) -> None:
    add(derived)

    token = token_of(derived, scopes=frozenset({TokenScope.UPLOAD}), archive="trial")

    found = derived.people.principal(token, address="192.0.2.1")
    assert (found.name, found.role) == ("richard", Role.DEVELOPER)
    assert (found.scopes, found.archive) == (frozenset({TokenScope.UPLOAD}), "trial")
    assert found.person_id is not None


def test_a_token_is_stored_only_as_a_hash(empty: Installation) -> None:
    add(empty)
    token = token_of(empty)

    with empty.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("select * from token").all()

    assert not [row for row in rows if token in row]


@pytest.mark.parametrize("end", ["expired", "revoked", "disabled"])
def test_a_token_that_has_ended_opens_nothing(empty: Installation, end: str) -> None:
    add(empty)
    token = token_of(empty, days=1)
    if end == "expired":
        empty.clock.advance(timedelta(days=2).total_seconds())
    elif end == "revoked":
        empty.people.revoke_token(ADMINISTRATOR, "richard", "dput")
    else:
        empty.people.set_disabled(ADMINISTRATOR, "richard", is_disabled=True)

    with pytest.raises(NotAuthenticatedError):
        empty.people.principal(token, address="192.0.2.1")


def test_a_person_who_is_let_in_again_has_the_old_token(empty: Installation) -> None:
    add(empty)
    token = token_of(empty)
    empty.people.set_disabled(ADMINISTRATOR, "richard", is_disabled=True)

    empty.people.set_disabled(ADMINISTRATOR, "richard", is_disabled=False)

    assert empty.people.principal(token, address="192.0.2.1").name == "richard"


def test_the_last_use_of_a_token_is_noted(empty: Installation) -> None:
    add(empty)
    token = token_of(empty)
    [before] = empty.people.tokens(ADMINISTRATOR, "richard")

    empty.people.principal(token, address="192.0.2.1")

    [after] = empty.people.tokens(ADMINISTRATOR, None)
    assert before.used_at is None
    assert after.used_at is not None


def test_a_token_named_as_the_installations_own_leaves_that_alone(empty: Installation) -> None:
    empty.people.let_in("administrator", Role.ADMINISTRATOR, "the-real-one")
    add(empty)

    token_of(empty, name="administrator")
    empty.people.let_in("administrator", Role.ADMINISTRATOR, "the-next-one")

    assert [token.name for token in empty.people.tokens(ADMINISTRATOR, None)] == ["administrator"]
    assert empty.people.principal("the-next-one", address="192.0.2.1").role is Role.ADMINISTRATOR


@pytest.mark.parametrize(
    "name", ["administrator", "builders", "Ann", "", "a/b", "a" * 64, "ann\n"]
)
def test_a_name_that_cannot_be_one_is_refused(empty: Installation, name: str) -> None:
    with pytest.raises(InvalidInputError):
        add(empty, name)


def test_a_person_is_no_machine(empty: Installation) -> None:
    with pytest.raises(InvalidInputError, match="cannot be a builder"):
        empty.people.add(ADMINISTRATOR, "ann", email="a@example.org", role=Role.BUILDER)


@pytest.mark.parametrize("days", [0, -1, 100_000])
def test_a_token_for_no_such_time_is_refused(empty: Installation, days: int) -> None:
    add(empty)

    with pytest.raises(InvalidInputError, match="days"):
        token_of(empty, days=days)


def test_names_are_given_once(empty: Installation) -> None:
    add(empty)
    token_of(empty)
    empty.people.revoke_token(ADMINISTRATOR, "richard", "dput")

    with pytest.raises(ConflictError, match="there is a person richard already"):
        add(empty)
    with pytest.raises(ConflictError, match="has, or had, a token 'dput'"):
        token_of(empty)


def test_a_certificate_of_somebody_else_is_refused_until_an_administrator_revokes_it_there(
    empty: Installation,
) -> None:
    add(empty)
    add(empty, "andrea")
    andrea = empty.people.principal(token_of(empty, person="andrea"), address="192.0.2.1")
    data = certificate("Andrea <Andrea@Example.org>")
    key = empty.people.add_key(ADMINISTRATOR, "richard", data)

    with pytest.raises(ConflictError, match="is registered as one of richard") as refused:
        empty.people.add_key(andrea, "andrea", data)
    empty.people.revoke_key(ADMINISTRATOR, "richard", key.fingerprint.lower())
    empty.people.add_key(andrea, "andrea", data)

    assert f"vostok key revoke richard {key.fingerprint}" in (refused.value.hint or "")
    [kept] = empty.people.keys(ADMINISTRATOR, None)
    assert (kept.person, kept.added_by, kept.revoked_at) == ("andrea", "andrea", None)
    with pytest.raises(ConflictError, match="is registered as one of andrea"):
        empty.people.add_key(ADMINISTRATOR, "richard", data)


@pytest.mark.parametrize(
    "user_id",
    [
        "Dave <dave@debian.org>",
        "richard@example.org <dave@debian.org>",
        "Dave <richard@example.org.evil.example>",
        "<richard@example.org> dave",
    ],
)
def test_nobody_registers_a_certificate_whose_owner_does_not_name_their_address(
    empty: Installation, user_id: str
) -> None:
    add(empty)
    richard = empty.people.principal(token_of(empty), address="192.0.2.1")
    data = certificate(user_id)

    with pytest.raises(InvalidInputError, match=r"has the address richard@example\.org"):
        empty.people.add_key(richard, "richard", data)

    assert empty.people.keys(ADMINISTRATOR, None) == []
    assert empty.people.add_key(ADMINISTRATOR, "richard", data).person == "richard"
    assert empty.people.add_key(richard, "richard", data).added_by == "ann"  # renewed


def test_an_address_that_was_put_beside_a_certificate_without_its_key_is_none_of_it(
    empty: Installation,
) -> None:
    add(empty)
    richard = empty.people.principal(token_of(empty), address="192.0.2.1")
    daves = pysequoia.Tsk.generate(user_id="Dave <dave@debian.org>", validity_seconds=None)
    name = b"Richard <richard@example.org>"
    user_id_packet = bytes([0xC0 | 13, len(name)]) + name

    with pytest.raises(InvalidInputError, match=r"has the address richard@example\.org"):
        empty.people.add_key(
            richard, "richard", bytes(daves.extract_certificate()) + user_id_packet
        )


def test_a_key_that_is_given_again_is_renewed(empty: Installation) -> None:
    add(empty)
    tsk = pysequoia.Tsk.generate(user_id="R <r@example.org>", validity_seconds=86_400)
    cert = tsk.extract_certificate()
    later = empty.clock.now() + timedelta(days=900)
    extended = cert.set_expiration(later, tsk.certifier())
    first = empty.people.add_key(ADMINISTRATOR, "richard", bytes(cert))

    second = empty.people.add_key(ADMINISTRATOR, "richard", bytes(extended))
    older = empty.people.add_key(ADMINISTRATOR, "richard", bytes(cert))

    [kept] = empty.people.keys(ADMINISTRATOR, "richard")
    assert (first.fingerprint, second, older) == (kept.fingerprint, kept, kept)
    expires_at = pysequoia.Cert.from_bytes(kept.certificate.encode()).expiration
    assert expires_at is not None
    assert expires_at.astimezone(UTC) - later < timedelta(days=1)
    assert expires_at.astimezone(UTC) > empty.clock.now() + timedelta(days=800)


def test_a_key_that_was_revoked_here_stays_so(empty: Installation) -> None:
    add(empty)
    key = empty.people.add_key(ADMINISTRATOR, "richard", certificate())
    empty.people.revoke_key(ADMINISTRATOR, "richard", key.fingerprint)

    with pytest.raises(ConflictError, match="was revoked here"):
        empty.people.add_key(ADMINISTRATOR, "richard", key.certificate.encode())


def test_a_key_is_revoked_for_its_own_person_only(empty: Installation) -> None:
    add(empty)
    add(empty, "andrea")
    key = empty.people.add_key(ADMINISTRATOR, "richard", certificate())

    with pytest.raises(NotFoundError):
        empty.people.revoke_key(ADMINISTRATOR, "andrea", key.fingerprint)

    assert empty.people.keys(ADMINISTRATOR, "richard")[0].revoked_at is None


@pytest.mark.parametrize("who", ["anonymous", "developer", "builder"])
def test_only_administrators_manage_people(empty: Installation, who: str) -> None:
    asker = ANONYMOUS if who == "anonymous" else Principal(name="x", role=Role(who))
    add(empty)
    people = empty.people
    request = TokenRequest(person="richard", name="x")

    for ask in (
        lambda: people.add(asker, "ann", email="a@example.org", role=Role.DEVELOPER),
        lambda: people.persons(asker),
        lambda: people.person(asker, "richard"),
        lambda: people.set_disabled(asker, "richard", is_disabled=True),
        lambda: people.add_key(asker, "richard", b""),
        lambda: people.keys(asker, None),
        lambda: people.revoke_key(asker, "richard", ""),
        lambda: people.create_token(asker, request),
        lambda: people.tokens(asker, None),
        lambda: people.revoke_token(asker, "richard", "x"),
    ):
        with pytest.raises(NotAllowedError):
            ask()


def test_a_token_for_one_archive_stops_no_build_of_another(derived: Installation) -> None:
    derived.rebuild("hello")
    build = derived.build("hello")
    asker = Principal(name="richard", role=Role.DEVELOPER, archive="other")

    with pytest.raises(NotAllowedError, match="the token is only in other"):
        derived.builds.cancel(asker, build.id)

    derived.builds.cancel(
        Principal(name="richard", role=Role.DEVELOPER, archive="trial"), build.id
    )
