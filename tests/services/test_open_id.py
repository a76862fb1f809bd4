"""Signing in by a provider: which failures count against an address."""

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.passwords import PlainPasswords

from vostok.domain.access import Role
from vostok.domain.guessing import GUESSES_OF_ADDRESS_MAX
from vostok.domain.identity import Identity, SignInTrip
from vostok.domain.session import Visitor
from vostok.errors import NotAuthenticatedError, TooManyFailuresError
from vostok.services.people.open_id import OpenIdService, new_trip
from vostok.services.people.passwords import PasswordService
from vostok.services.people.sessions import SessionService

GOOD_CODE = "given to lou"
CODE_OF_ANOTHER = "given to whose address begins with a Kelvin sign"
VISITOR = Visitor(address="192.0.2.1", agent="browser")


class Provider:
    """One that gave a code to lou, and one to somebody whose address looks like kim's."""

    name = "Example"
    issuer = "https://id.example.org"

    def address_for(self, trip: SignInTrip) -> str:
        return f"{self.issuer}/?state={trip.state}"

    def identity(self, trip: SignInTrip, code: str) -> Identity:
        if code == CODE_OF_ANOTHER:
            return Identity(
                issuer=self.issuer, subject="2", email="\u212aim@example.org",
                is_email_verified=True,
            )  # fmt: skip
        if code != GOOD_CODE:
            raise NotAuthenticatedError(f"no such code on the trip to {trip.next_path}")
        return Identity(
            issuer=self.issuer, subject="1", email="lou@example.org", is_email_verified=True
        )


@pytest.fixture
def open_id(empty: Installation) -> OpenIdService:
    empty.people.add(ADMINISTRATOR, "lou", email="lou@example.org", role=Role.MEMBER)
    passwords = PasswordService(empty.database, PlainPasswords(), empty.guard, empty.clock)
    sessions = SessionService(
        empty.database, passwords, empty.guard, empty.clock, session_seconds=3_600
    )
    return OpenIdService(
        empty.database, sessions, Provider(), empty.guard, empty.clock, makes_persons=False
    )


def fail_often(open_id: OpenIdService, trip: SignInTrip, **answer: str) -> None:
    for _ in range(GUESSES_OF_ADDRESS_MAX):
        with pytest.raises(NotAuthenticatedError):
            open_id.sign_in(trip, answer, visitor=VISITOR)


def test_answers_that_this_browser_did_not_ask_for_lock_nobody_out(open_id: OpenIdService) -> None:
    trip = new_trip("/jobs")

    fail_often(open_id, trip, state="x", code="any")
    fail_often(open_id, trip)
    _, session = open_id.sign_in(trip, {"state": trip.state, "code": GOOD_CODE}, visitor=VISITOR)

    assert session.principal.name == "lou"


def test_answers_that_the_provider_does_not_stand_by_are_counted(open_id: OpenIdService) -> None:
    trip = new_trip("/jobs")

    fail_often(open_id, trip, state=trip.state, code="made up")

    with pytest.raises(TooManyFailuresError):
        open_id.sign_in(trip, {"state": trip.state, "code": GOOD_CODE}, visitor=VISITOR)


def test_nobody_is_let_in_as_whom_their_address_only_looks_like(
    empty: Installation, open_id: OpenIdService
) -> None:
    empty.people.add(ADMINISTRATOR, "kim", email="kim@example.org", role=Role.MEMBER)
    trip = new_trip("/jobs")

    with pytest.raises(NotAuthenticatedError, match="only looks like"):
        open_id.sign_in(trip, {"state": trip.state, "code": CODE_OF_ANOTHER}, visitor=VISITOR)
