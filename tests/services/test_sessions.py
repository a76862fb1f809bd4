"""Sessions: who gets one, how long it lasts, and what a change of password does to it."""

# ruff: noqa: S105 - passwords of nobody

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.passwords import PlainPasswords

from vostok.domain.access import ANONYMOUS, Principal, Role, TokenScope
from vostok.domain.audit import AuditFilter
from vostok.domain.session import GUESSES_OF_NAME_MAX, GUESSING_WINDOW, is_form_token
from vostok.errors import (
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    UnavailableError,
)
from vostok.services.sessions import SessionService

PASSWORD = "correct horse battery"
FRESH = "another good password"
HOME = "192.0.2.1"
SESSION_SECONDS = 3_600


@pytest.fixture
def sessions(empty: Installation) -> SessionService:
    """Lou, a member, has a password."""
    service = SessionService(
        empty.database, PlainPasswords(), empty.clock, session_seconds=SESSION_SECONDS
    )
    empty.people.add(ADMINISTRATOR, "lou", email="lou@example.org", role=Role.MEMBER)
    service.set_password(ADMINISTRATOR, "lou", PASSWORD)
    return service


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
    assert sessions.find(secret) == session


def test_a_session_ends_after_its_time(empty: Installation, sessions: SessionService) -> None:
    secret, _ = signed_in(sessions)

    empty.clock.advance(SESSION_SECONDS - 60)
    before = sessions.find(secret)
    empty.clock.advance(120)

    assert before is not None
    assert sessions.find(secret) is None


def test_who_signs_out_or_is_shut_out_has_no_session(
    empty: Installation, sessions: SessionService
) -> None:
    out, shut = signed_in(sessions)[0], signed_in(sessions)[0]

    sessions.sign_out(out)
    still = sessions.find(shut)
    empty.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=True)

    assert sessions.find(out) is None
    assert still is not None
    assert sessions.find(shut) is None


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
) -> None:
    secrets = [signed_in(sessions)[0] for _ in range(2)]

    sessions.set_password(ADMINISTRATOR, "lou", FRESH)

    assert [sessions.find(secret) for secret in secrets] == [None, None]
    with pytest.raises(NotAuthenticatedError):
        signed_in(sessions)
    assert signed_in(sessions, FRESH)[1].name == "lou"


def test_only_administrators_give_passwords_to_others(sessions: SessionService) -> None:
    _, lou = signed_in(sessions)

    for who, kind in ((lou, NotAllowedError), (ANONYMOUS, NotAuthenticatedError)):
        with pytest.raises(kind, match="may not manage people"):
            sessions.set_password(who, "lou", FRESH)
    with pytest.raises(NotFoundError):
        sessions.set_password(ADMINISTRATOR, "nobody", FRESH)


def test_a_person_changes_their_password_and_stays_signed_in_by_a_new_session_alone(
    empty: Installation, sessions: SessionService
) -> None:
    (here, lou), (elsewhere, _) = signed_in(sessions), signed_in(sessions)

    secret, session = sessions.change_password(lou, PASSWORD, FRESH, address=HOME)

    assert session.principal == lou
    assert sessions.find(secret) is not None
    assert [sessions.find(old) for old in (here, elsewhere)] == [None, None]
    assert signed_in(sessions, FRESH)[1] == lou
    with empty.database.read() as transaction:
        newest = transaction.audit.entries(AuditFilter(count=1))[0]
    assert (newest.actor, newest.subject, newest.detail) == (
        "lou", "person lou", "own password changed",
    )  # fmt: skip


def test_without_the_old_password_or_with_a_poor_new_one_nothing_changes(
    sessions: SessionService,
) -> None:
    secret, lou = signed_in(sessions)

    with pytest.raises(NotAllowedError, match="not the password that you have now"):
        sessions.change_password(lou, "wrong", FRESH, address=HOME)
    with pytest.raises(InvalidInputError, match="12 to 1000 characters"):
        sessions.change_password(lou, PASSWORD, "short", address=HOME)

    assert sessions.find(secret) is not None
    assert signed_in(sessions)[1] == lou


def test_the_old_password_is_not_guessed_from_an_open_session(sessions: SessionService) -> None:
    _, lou = signed_in(sessions)
    for _ in range(GUESSES_OF_NAME_MAX):
        with pytest.raises(NotAllowedError):
            sessions.change_password(lou, "wrong", FRESH, address=HOME)

    with pytest.raises(UnavailableError, match="too many failures"):
        sessions.change_password(lou, PASSWORD, FRESH, address=HOME)


@pytest.mark.parametrize(
    "who",
    [
        ADMINISTRATOR,
        ANONYMOUS,
        Principal(name="lou", role=Role.MEMBER, person_id=1, scope=TokenScope.READ),
        Principal(name="lou", role=Role.MEMBER, person_id=1, archive="trial"),
    ],
)
def test_who_is_no_person_or_shows_a_narrowed_token_changes_no_password(
    sessions: SessionService, who: Principal
) -> None:
    with pytest.raises(NotAllowedError, match="no password of their own"):
        sessions.change_password(who, PASSWORD, FRESH, address=HOME)
