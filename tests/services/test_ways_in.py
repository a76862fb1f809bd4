"""By what a person comes in, and how that is closed: passwords for once, sessions, identities."""

# ruff: noqa: S105 - passwords of nobody

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.passwords import PlainPasswords

from vostok.domain.access import ANONYMOUS, Principal, Role, TokenScope, token_hash
from vostok.domain.audit import AuditFilter
from vostok.domain.identity import Identity
from vostok.domain.session import Visitor
from vostok.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
)
from vostok.services.people.passwords import ONE_TIME_LASTING, TO_BE_CHANGED, PasswordService
from vostok.services.people.sessions import SessionService
from vostok.services.people.ways_in import WaysInService

PASSWORD = "correct horse battery"
FRESH = "another good password"
HOME = "192.0.2.1"
ISSUER = "https://id.example.org"


@pytest.fixture
def passwords(empty: Installation) -> PasswordService:
    """Lou is a member, and has no password."""
    empty.people.add(ADMINISTRATOR, "lou", email="lou@example.org", role=Role.MEMBER)
    return PasswordService(empty.database, PlainPasswords(), empty.guard, empty.clock)


@pytest.fixture
def sessions(empty: Installation, passwords: PasswordService) -> SessionService:
    return SessionService(
        empty.database, passwords, empty.guard, empty.clock, session_seconds=3_600
    )


@pytest.fixture
def ways_in(empty: Installation) -> WaysInService:
    return WaysInService(empty.database, empty.clock)


def lou_of(world: Installation) -> Principal:
    with world.database.read() as transaction:
        lou = transaction.people.named("lou")
    return Principal(name="lou", role=lou.role, person_id=lou.id)


def linked(world: Installation, subject: str = "4711") -> None:
    with world.database.write() as transaction:
        lou = transaction.people.named("lou")
        identity = Identity(issuer=ISSUER, subject=subject)
        transaction.identities.link(lou.id, identity, world.clock.now())


def told(world: Installation) -> str:
    with world.database.read() as transaction:
        return transaction.audit.entries(AuditFilter(count=1))[0].detail


def test_a_password_for_once_is_good_for_choosing_another_and_nothing_else(
    empty: Installation, passwords: PasswordService, sessions: SessionService
) -> None:
    _, once = passwords.reset(ADMINISTRATOR, "lou")

    with pytest.raises(NotAllowedError, match="for choosing your own") as refused:
        sessions.sign_in("lou", once, address=HOME)
    with pytest.raises(InvalidInputError, match="is the old one"):
        passwords.change("lou", once, once, address=HOME)
    passwords.change("lou", once, FRESH, address=HOME)

    assert refused.value.reason == TO_BE_CHANGED
    assert told(empty) == "own password changed"
    assert sessions.sign_in("lou", FRESH, address=HOME)[1].principal.name == "lou"
    with pytest.raises(NotAuthenticatedError):
        passwords.change("lou", once, PASSWORD, address=HOME)


def test_a_password_for_once_ends_after_its_time(
    empty: Installation, passwords: PasswordService
) -> None:
    _, once = passwords.reset(ADMINISTRATOR, "lou")

    empty.clock.advance(ONE_TIME_LASTING.total_seconds())

    with pytest.raises(NotAuthenticatedError, match="do not belong together"):
        passwords.change("lou", once, FRESH, address=HOME)


def test_nobody_gives_themselves_a_password_without_the_old_one(
    empty: Installation, passwords: PasswordService
) -> None:
    empty.people.add(ADMINISTRATOR, "ann", email="ann@example.org", role=Role.ADMINISTRATOR)
    with empty.database.read() as transaction:
        ann_id = transaction.people.named("ann").id
    ann = Principal(name="ann", role=Role.ADMINISTRATOR, person_id=ann_id)

    with pytest.raises(NotAllowedError, match="by who knows the old one"):
        passwords.give(ann, "ann", PASSWORD)
    with pytest.raises(NotAllowedError, match="by who knows the old one"):
        passwords.reset(ann, "ann")
    passwords.give(ann, "lou", PASSWORD)

    assert passwords.known("lou", PASSWORD, address=HOME).person.name == "lou"


def test_a_person_sees_their_sessions_and_ends_one_of_them(
    empty: Installation,
    passwords: PasswordService,
    sessions: SessionService,
    ways_in: WaysInService,
) -> None:
    passwords.give(ADMINISTRATOR, "lou", PASSWORD)
    here, _ = sessions.sign_in("lou", PASSWORD, address=HOME, agent="a browser")
    empty.clock.advance(1)
    there, _ = sessions.sign_in("lou", PASSWORD, address="198.51.100.7", agent="a telephone")

    listed = ways_in.of(lou_of(empty), "lou").sessions
    ways_in.end_session(lou_of(empty), "lou", listed[0].id)

    assert [(known.address, known.agent) for known in listed] == [
        ("198.51.100.7", "a telephone"),
        (HOME, "a browser"),
    ]
    assert sessions.find(there, address=HOME) is None
    assert sessions.find(here, address=HOME) is not None
    with pytest.raises(NotFoundError, match="has no session"):
        ways_in.end_session(ADMINISTRATOR, "lou", listed[0].id)
    assert ways_in.end_sessions(ADMINISTRATOR, "lou") == 1
    assert sessions.find(here, address=HOME) is None
    assert told(empty) == "1 sessions ended"


def test_ones_own_last_way_in_is_not_closed_but_an_administrator_closes_it(
    empty: Installation, passwords: PasswordService, ways_in: WaysInService
) -> None:
    linked(empty)
    [known] = ways_in.of(lou_of(empty), "lou").identities

    with pytest.raises(ConflictError, match="only way in"):
        ways_in.unlink(lou_of(empty), "lou", known.number)
    passwords.reset(ADMINISTRATOR, "lou")
    with pytest.raises(ConflictError, match="only way in"):
        ways_in.unlink(lou_of(empty), "lou", known.number)
    ways_in.unlink(ADMINISTRATOR, "lou", known.number)
    ways_in.link(ADMINISTRATOR, "lou", known.number)
    passwords.give(ADMINISTRATOR, "lou", PASSWORD)
    unlinked = ways_in.unlink(lou_of(empty), "lou", known.number)

    assert unlinked.unlinked_at is not None
    assert told(empty) == f"identity {known.number} at {ISSUER} unlinked"


def test_who_loses_an_identity_to_an_administrator_loses_their_sessions(
    empty: Installation, sessions: SessionService, ways_in: WaysInService
) -> None:
    linked(empty)
    with empty.database.read() as transaction:
        lou = transaction.people.named("lou")
    secret, _ = sessions.begin_for(lou, Visitor(address=HOME))

    ways_in.unlink(ADMINISTRATOR, "lou", 1)

    assert sessions.find(secret, address=HOME) is None


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        (ANONYMOUS, NotAuthenticatedError),
        (Principal(name="meg", role=Role.MEMBER, person_id=9), NotAllowedError),
        (
            Principal(
                name="lou", role=Role.MEMBER, person_id=1, scopes=frozenset({TokenScope.READ})
            ),
            NotAllowedError,
        ),
        (Principal(name="lou", role=Role.MEMBER, person_id=1, archive="trial"), NotAllowedError),
    ],
)
@pytest.mark.usefixtures("passwords")
def test_others_and_narrowed_tokens_neither_see_nor_close_ways_in(
    ways_in: WaysInService, who: Principal, kind: type[NotAllowedError]
) -> None:
    with pytest.raises(kind):
        ways_in.of(who, "lou")
    with pytest.raises(kind):
        ways_in.end_sessions(who, "lou")
    with pytest.raises(kind):
        ways_in.unlink(who, "lou", 1)


def test_who_is_shut_out_and_let_in_again_has_no_session_of_before(
    empty: Installation, passwords: PasswordService, sessions: SessionService
) -> None:
    passwords.give(ADMINISTRATOR, "lou", PASSWORD)
    secret, _ = sessions.sign_in("lou", PASSWORD, address=HOME)

    empty.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=True)
    empty.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=False)

    assert sessions.find(secret, address=HOME) is None


def test_owners_link_again_what_they_unlinked_and_nothing_that_an_administrator_did(
    empty: Installation, passwords: PasswordService, ways_in: WaysInService
) -> None:
    linked(empty)
    passwords.give(ADMINISTRATOR, "lou", PASSWORD)
    lou = lou_of(empty)
    ways_in.unlink(lou, "lou", 1)
    own = ways_in.link(lou, "lou", 1)

    ways_in.unlink(ADMINISTRATOR, "lou", 1)
    ways_in.unlink(lou, "lou", 1)
    with pytest.raises(NotAllowedError, match="an administrator unlinked identity 1"):
        ways_in.link(lou, "lou", 1)

    assert own.unlinked_at is None
    [still] = ways_in.of(lou, "lou").identities
    assert still.unlinked_at is not None
    assert ways_in.link(ADMINISTRATOR, "lou", 1).unlinked_at is None


def test_who_unlinks_their_own_identity_goes_on_in_the_session_that_asks_alone(
    empty: Installation,
    passwords: PasswordService,
    sessions: SessionService,
    ways_in: WaysInService,
) -> None:
    linked(empty)
    passwords.give(ADMINISTRATOR, "lou", PASSWORD)
    here, elsewhere = (sessions.sign_in("lou", PASSWORD, address=HOME)[0] for _ in range(2))

    ways_in.unlink(lou_of(empty), "lou", 1, but=token_hash(here))

    assert sessions.find(here, address=HOME) is not None
    assert sessions.find(elsewhere, address=HOME) is None
