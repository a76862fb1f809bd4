from datetime import UTC, datetime, timedelta

import pytest

from vostok.domain.session import (
    GUESSERS_MAX,
    GUESSES_OF_ADDRESS_MAX,
    GUESSES_OF_NAME_MAX,
    GUESSING_WINDOW,
    Guesses,
    check_password,
    form_token,
    guesser,
    is_form_token,
)
from vostok.errors import InvalidInputError

NOW = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)
NO_WAIT = timedelta(0)


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1001, "twelve lett\0rs"])
def test_a_password_is_neither_short_nor_endless(password: str) -> None:
    with pytest.raises(InvalidInputError):
        check_password(password)


def test_a_form_token_belongs_to_one_session() -> None:
    assert is_form_token(form_token("mine"), "mine")
    assert not is_form_token(form_token("yours"), "mine")
    assert not is_form_token("", "mine")
    assert not is_form_token("grün", "mine")


def test_a_name_waits_after_too_many_failures_from_anywhere() -> None:
    guesses = Guesses()

    for place in range(GUESSES_OF_NAME_MAX):
        assert guesses.wait("ann", "192.0.2.1", NOW) == NO_WAIT
        guesses.note("ann", f"192.0.2.{place}", NOW)

    assert guesses.wait("ann", "198.51.100.9", NOW) == GUESSING_WINDOW
    assert guesses.wait("bob", "198.51.100.9", NOW) == NO_WAIT


def test_an_address_waits_after_too_many_failures_with_any_name() -> None:
    guesses = Guesses()

    for place in range(GUESSES_OF_ADDRESS_MAX):
        guesses.note(f"name{place}", "192.0.2.1", NOW)

    assert guesses.wait("ann", "192.0.2.1", NOW) > NO_WAIT
    assert guesses.wait("ann", "192.0.2.2", NOW) == NO_WAIT


def test_waiting_ends_when_the_failures_are_old() -> None:
    guesses = Guesses()
    for _ in range(GUESSES_OF_NAME_MAX):
        guesses.note("ann", "192.0.2.1", NOW)

    assert guesses.wait("ann", "192.0.2.1", NOW + GUESSING_WINDOW) == NO_WAIT


def test_signing_in_forgets_the_failures_of_the_name() -> None:
    guesses = Guesses()
    for _ in range(GUESSES_OF_NAME_MAX):
        guesses.note("ann", "192.0.2.1", NOW)

    guesses.forget("ann")

    assert guesses.wait("ann", "192.0.2.1", NOW) == NO_WAIT


def test_what_is_remembered_of_guessers_is_bounded() -> None:
    guesses = Guesses()

    for place in range(GUESSERS_MAX + 10):
        guesses.note(f"name{place}", f"10.{place >> 16}.{place >> 8 & 255}.{place & 255}", NOW)

    assert len(guesses._failures) == GUESSERS_MAX  # noqa: SLF001 - the bound itself


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_guesser_is_a_whole_home_network(address: str, counted: str) -> None:
    assert guesser(address) == counted
