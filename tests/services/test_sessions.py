"""Sessions: who gets one, how long it lasts, and what a change of password does to it."""

# ruff: noqa: S105 - passwords of nobody

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.passwords import PlainPasswords

from vostok.domain.access import ANONYMOUS, Principal, Role, TokenScope
from vostok.domain.audit import AuditFilter
from vostok.domain.guessing import GUESSES_OF_NAME_MAX, GUESSING_WINDOW
from vostok.domain.session import is_form_token
from vostok.errors import (
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    UnavailableError,
)
from vostok.services.people.passwords import PasswordService
from vostok.services.people.sessions import SessionService

PASSWORD = "correct horse battery"
FRESH = "another good password"
HOME = "192.0.2.1"
SESSION_SECONDS = 3_600


@pytest.fixture
def passwords(empty: Installation) -> PasswordService:
    return PasswordService(empty.database, PlainPasswords(), empty.guard, empty.clock)


@pytest.fixture
def sessions(empty: Installation, passwords: PasswordService) -> SessionService:
    """Lou, a member, has a password."""
    empty.people.add(ADMINISTRATOR, "lou", email="lou@example.org", role=Role.MEMBER)
    passwords.give(ADMINISTRATOR, "lou", PASSWORD)
    return SessionService(
        empty.database, passwords, empty.guard, empty.clock, session_seconds=SESSION_SECONDS
    )


def signed_in(sessions: SessionService, password: str = PASSWORD) -> tuple[str, Principal]:
    secret, session = sessions.sign_in("lou", password, address=HOME)
    return secret, session.principal


def test_a_session_stands_for_its_person_and_its_forms_carry_its_token(
    sessions: SessionService,
) -> None:
    secret, session = sessions.sign_in(" Lou ", PASSWORD, address=HOME)

    assert (session.principal.name, session.principal.role) == ("lou", Role.MEMBER)
    assert session.principal.person_id is not None
    assert is_form_token(session.form_token, secret)
    assert sessions.find(secret, address=HOME) == session


def test_a_session_ends_after_its_time(empty: Installation, sessions: SessionService) -> None:
    secret, _ = signed_in(sessions)

    empty.clock.advance(SESSION_SECONDS - 60)
    before = sessions.find(secret, address=HOME)
    empty.clock.advance(120)

    assert before is not None
    assert sessions.find(secret, address=HOME) is None


def test_who_signs_out_or_is_shut_out_has_no_session(
    empty: Installation, sessions: SessionService
) -> None:
    out, shut = signed_in(sessions)[0], signed_in(sessions)[0]

    sessions.sign_out(out)
    still = sessions.find(shut, address=HOME)
    empty.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=True)

    assert sessions.find(out, address=HOME) is None
    assert still is not None
    assert sessions.find(shut, address=HOME) is None


@pytest.mark.parametrize(("name", "password"), [("lou", "wrong"), ("meg", PASSWORD), ("", "")])
def test_nobody_signs_in_with_another_password(
    sessions: SessionService, name: str, password: str
) -> None:
    with pytest.raises(NotAuthenticatedError, match="do not belong together"):
        sessions.sign_in(name, password, address=HOME)


def test_after_too_many_failures_even_the_right_password_waits(
    empty: Installation, sessions: SessionService
) -> None:
    for _ in range(GUESSES_OF_NAME_MAX):
        with pytest.raises(NotAuthenticatedError):
            sessions.sign_in("lou", "wrong", address=HOME)

    with pytest.raises(UnavailableError, match="too many failures"):
        sessions.sign_in("lou", PASSWORD, address="198.51.100.7")
    empty.clock.advance(GUESSING_WINDOW.total_seconds())

    assert signed_in(sessions)[1].name == "lou"


def test_a_new_password_from_an_administrator_ends_all_sessions(
    sessions: SessionService,
    passwords: PasswordService,
) -> None:
    secrets = [signed_in(sessions)[0] for _ in range(2)]

    passwords.give(ADMINISTRATOR, "lou", FRESH)

    assert [sessions.find(secret, address=HOME) for secret in secrets] == [None, None]
    with pytest.raises(NotAuthenticatedError):
        signed_in(sessions)
    assert signed_in(sessions, FRESH)[1].name == "lou"


def test_only_administrators_give_passwords_to_others(
    sessions: SessionService,
    passwords: PasswordService,
) -> None:
    _, lou = signed_in(sessions)

    for who, kind in ((lou, NotAllowedError), (ANONYMOUS, NotAuthenticatedError)):
        with pytest.raises(kind, match="may not manage people"):
            passwords.give(who, "lou", FRESH)
    with pytest.raises(NotFoundError):
        passwords.give(ADMINISTRATOR, "nobody", FRESH)


def test_a_person_changes_their_password_and_all_their_sessions_end(
    empty: Installation,
    sessions: SessionService,
    passwords: PasswordService,
) -> None:
    (here, lou), (elsewhere, _) = signed_in(sessions), signed_in(sessions)

    passwords.change_own(lou, PASSWORD, FRESH, address=HOME)

    assert [sessions.find(old, address=HOME) for old in (here, elsewhere)] == [None, None]
    assert signed_in(sessions, FRESH)[1] == lou
    with empty.database.read() as transaction:
        newest = transaction.audit.entries(AuditFilter(count=1))[0]
    assert (newest.actor, newest.subject, newest.detail) == (
        "lou", "person lou", "own password changed",
    )  # fmt: skip


def test_without_the_old_password_or_with_a_poor_new_one_nothing_changes(
    sessions: SessionService,
    passwords: PasswordService,
) -> None:
    secret, lou = signed_in(sessions)

    with pytest.raises(NotAllowedError, match="not the password that you have now"):
        passwords.change_own(lou, "wrong", FRESH, address=HOME)
    with pytest.raises(InvalidInputError, match="12 to 1000 characters"):
        passwords.change_own(lou, PASSWORD, "short", address=HOME)

    assert sessions.find(secret, address=HOME) is not None
    assert signed_in(sessions)[1] == lou


def test_the_old_password_is_not_guessed_from_an_open_session(
    sessions: SessionService,
    passwords: PasswordService,
) -> None:
    _, lou = signed_in(sessions)
    for _ in range(GUESSES_OF_NAME_MAX):
        with pytest.raises(NotAllowedError):
            passwords.change_own(lou, "wrong", FRESH, address=HOME)

    with pytest.raises(UnavailableError, match="too many failures"):
        passwords.change_own(lou, PASSWORD, FRESH, address=HOME)


@pytest.mark.usefixtures("sessions")
@pytest.mark.parametrize(
    "who",
    [
        ADMINISTRATOR,
        ANONYMOUS,
        Principal(name="lou", role=Role.MEMBER, person_id=1, scopes=frozenset({TokenScope.READ})),
        Principal(name="lou", role=Role.MEMBER, person_id=1, archive="trial"),
    ],
)
def test_who_is_no_person_or_shows_a_narrowed_token_changes_no_password(
    who: Principal, passwords: PasswordService
) -> None:
    with pytest.raises(NotAllowedError, match="no password of their own"):
        passwords.change_own(who, PASSWORD, FRESH, address=HOME)
