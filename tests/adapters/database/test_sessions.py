"""Sessions and passwords, on both databases."""

# ruff: noqa: S106, S107 - passwords of nobody

import pytest
from tests.builders import NOW, later

from vostok.adapters.database import SqlDatabase
from vostok.domain.access import Principal, Role
from vostok.domain.session import Visitor, session_id


def add_person(
    database: SqlDatabase, name: str, role: Role = Role.MEMBER, password_hash: str | None = "#"
) -> int:
    with database.write() as transaction:
        person = transaction.people.add(
            name, email=f"{name}@example.org", role=role, by="admin", at=NOW
        )
        if password_hash is not None:
            transaction.sessions.set_password(person.id, password_hash, good_until=None)
        return person.id


def begin(
    database: SqlDatabase,
    secret_hash: str,
    person_id: int | None,
    *,
    at: float = 0,
    sessions_max: int = 50,
) -> None:
    with database.write() as transaction:
        transaction.sessions.begin(
            secret_hash,
            person_id=person_id,
            token_hash=None if person_id else "t",
            at=later(at),
            expires_at=later(at + 100),
            sessions_max=sessions_max,
            visitor=Visitor(address="192.0.2.1", agent="a browser"),
        )


def lasting(database: SqlDatabase, *hashes: str, at: float = 0) -> list[str]:
    """Those of the sessions that last."""
    with database.read() as transaction:
        return [known for known in hashes if transaction.sessions.find(known, later(at))]


def test_a_session_is_found_with_its_person_until_it_ends(database: SqlDatabase) -> None:
    lou = add_person(database, "lou")

    begin(database, "a", lou)

    with database.read() as transaction:
        found = transaction.sessions.find("a", later(99))
        over = transaction.sessions.find("a", later(100))
        unknown = transaction.sessions.find("b", NOW)
    principal = Principal(name="lou", role=Role.MEMBER, person_id=lou)
    assert found == (principal, None, later(100))
    assert (over, unknown) == (None, None)


def test_the_session_of_a_token_names_the_tokens_hash(database: SqlDatabase) -> None:
    begin(database, "a", None)

    with database.read() as transaction:
        assert transaction.sessions.find("a", NOW) == (None, "t", later(100))


def test_the_session_of_a_person_who_is_shut_out_stands_for_nobody(
    database: SqlDatabase,
) -> None:
    lou = add_person(database, "lou")
    begin(database, "a", lou)

    with database.write() as transaction:
        transaction.people.set_disabled(lou, later(1))

    with database.read() as transaction:
        assert transaction.sessions.find("a", NOW) == (None, None, later(100))
        assert transaction.sessions.person_with_password("lou", NOW) is None


def test_a_password_is_replaced_and_found_by_its_persons_name(database: SqlDatabase) -> None:
    lou = add_person(database, "lou", password_hash="old")
    add_person(database, "meg", password_hash=None)

    with database.write() as transaction:
        transaction.sessions.set_password(lou, "new", good_until=None)
        found = transaction.sessions.person_with_password("lou", NOW)
        without = transaction.sessions.person_with_password("meg", NOW)
        unknown = transaction.sessions.person_with_password("nobody", NOW)

    assert found is not None
    assert (found.person.id, found.password_hash, found.is_one_time) == (lou, "new", False)
    assert (without, unknown) == (None, None)


def test_beyond_the_bound_the_oldest_sessions_of_the_same_person_end(
    database: SqlDatabase,
) -> None:
    lou, meg = add_person(database, "lou"), add_person(database, "meg")
    begin(database, "of-meg", meg)

    for number, name in enumerate("abc"):
        begin(database, name, lou, at=number, sessions_max=2)

    assert lasting(database, *"abc", "of-meg", at=3) == ["b", "c", "of-meg"]


def test_one_session_ends_or_all_of_a_person_or_all_that_are_over(database: SqlDatabase) -> None:
    lou, meg = add_person(database, "lou"), add_person(database, "meg")
    for number, name in enumerate("abcd"):
        begin(database, name, lou if name != "d" else meg, at=number)

    with database.write() as transaction:
        transaction.sessions.end("b")
    one = lasting(database, *"abcd", at=4)
    with database.write() as transaction:
        transaction.sessions.end_old(later(100))
    over = lasting(database, *"abcd", at=-1)
    with database.write() as transaction:
        transaction.sessions.end_all(lou)

    assert one == ["a", "c", "d"]
    assert over == ["c", "d"]
    assert lasting(database, *"abcd", at=4) == ["d"]


@pytest.mark.parametrize(
    ("role", "password_hash", "is_disabled", "is_there"),
    [
        (Role.ADMINISTRATOR, "#", False, True),
        (Role.ADMINISTRATOR, None, False, False),
        (Role.ADMINISTRATOR, "#", True, False),
        (Role.DEVELOPER, "#", False, False),
    ],
)
def test_an_administrator_is_there_who_may_come_in_and_has_a_password(
    database: SqlDatabase,
    role: Role,
    password_hash: str | None,
    is_disabled: bool,  # noqa: FBT001 - of the table above
    is_there: bool,  # noqa: FBT001 - of the table above
) -> None:
    ann = add_person(database, "ann", role, password_hash)

    with database.write() as transaction:
        transaction.people.set_disabled(ann, later(1) if is_disabled else None)

    with database.read() as transaction:
        assert transaction.sessions.has_administrator() is is_there


def test_a_password_with_an_end_is_for_one_time_and_is_none_after_it(
    database: SqlDatabase,
) -> None:
    lou = add_person(database, "lou", role=Role.ADMINISTRATOR, password_hash=None)

    with database.write() as transaction:
        transaction.sessions.set_password(lou, "new", good_until=later(10))
        before = transaction.sessions.person_with_password("lou", later(9))
        after = transaction.sessions.person_with_password("lou", later(10))
        is_counted = transaction.sessions.has_administrator()

    assert before is not None
    assert before.is_one_time
    assert (after, is_counted) == (None, False)


def test_the_sessions_of_a_person_are_listed_and_ended_one_by_one(database: SqlDatabase) -> None:
    lou, meg = add_person(database, "lou"), add_person(database, "meg")
    hashes = {name: name * 40 for name in "abc"}
    for number, name in enumerate("ab"):
        begin(database, hashes[name], lou, at=number)
    begin(database, hashes["c"], meg)

    with database.write() as transaction:
        listed = transaction.sessions.of_person(lou, later(2))
        ended = transaction.sessions.end_one(lou, session_id(hashes["a"]))
        foreign = transaction.sessions.end_one(lou, session_id(hashes["c"]))

    assert [known.id for known in listed] == [session_id(hashes[name]) for name in "ba"]
    assert (listed[0].address, listed[0].agent) == ("192.0.2.1", "a browser")
    assert (ended, foreign) == (True, False)
    assert lasting(database, *hashes.values(), at=2) == [hashes["b"], hashes["c"]]


def test_a_password_is_still_a_persons_until_it_is_changed_or_they_are_shut_out(
    database: SqlDatabase,
) -> None:
    lou, ann = add_person(database, "lou", password_hash="old"), add_person(database, "ann")

    with database.write() as transaction:
        at_first = transaction.sessions.still_has_password(lou, "old")
        of_another = transaction.sessions.still_has_password(ann, "old")
        transaction.sessions.set_password(lou, "new", good_until=None)
        changed = transaction.sessions.still_has_password(lou, "old")
        transaction.people.set_disabled(lou, NOW)
        shut_out = transaction.sessions.still_has_password(lou, "new")

    assert (at_first, of_another, changed, shut_out) == (True, False, False, False)
