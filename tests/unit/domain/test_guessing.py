"""Failures are counted against names and addresses, and no more than needed against bystanders."""

from datetime import UTC, datetime, timedelta

# ruff: noqa: S106 - hashes of nothing
import pytest

from vostok.domain.guessing import (
    ADDRESSES_MAX,
    GUESSES_OF_ADDRESS_MAX,
    GUESSES_OF_NAME_MAX,
    GUESSING_WINDOW,
    GUESTS_MAX,
    NAMES_MAX,
    Guesses,
    guesser,
)

NOW = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)
NO_WAIT = timedelta(0)
HOME = "192.0.2.1"


def exhausted() -> Guesses:
    """An address has shown as many wrong tokens as it may."""
    guesses = Guesses()
    for number in range(GUESSES_OF_ADDRESS_MAX):
        guesses.note(HOME, NOW, secret_hash=f"wrong {number}")
    return guesses


def test_a_name_waits_after_too_many_failures_from_anywhere() -> None:
    guesses = Guesses()

    for place in range(GUESSES_OF_NAME_MAX):
        assert guesses.wait("192.0.2.1", NOW, name="ann") == NO_WAIT
        guesses.note(f"192.0.2.{place}", NOW, name="ann")

    assert guesses.wait("198.51.100.9", NOW, name="ann") == GUESSING_WINDOW
    assert guesses.wait("198.51.100.9", NOW, name="bob") == NO_WAIT


def test_an_address_waits_after_too_many_failures_with_any_name() -> None:
    guesses = Guesses()

    for place in range(GUESSES_OF_ADDRESS_MAX):
        guesses.note("192.0.2.1", NOW, name=f"name{place}")

    assert guesses.wait("192.0.2.1", NOW, name="ann") > NO_WAIT
    assert guesses.wait("192.0.2.2", NOW, name="ann") == NO_WAIT


def test_waiting_ends_when_the_failures_are_old() -> None:
    guesses = Guesses()
    for _ in range(GUESSES_OF_NAME_MAX):
        guesses.note("192.0.2.1", NOW, name="ann")

    assert guesses.wait("192.0.2.1", NOW + GUESSING_WINDOW, name="ann") == NO_WAIT


def test_signing_in_forgets_the_failures_of_the_name() -> None:
    guesses = Guesses()
    for _ in range(GUESSES_OF_NAME_MAX):
        guesses.note("192.0.2.1", NOW, name="ann")

    guesses.forget("ann")

    assert guesses.wait("192.0.2.1", NOW, name="ann") == NO_WAIT


def address_number(number: int) -> str:
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def test_what_is_remembered_of_guessers_is_bounded() -> None:
    guesses = Guesses()

    for place in range(max(NAMES_MAX, ADDRESSES_MAX) + 10):
        guesses.note(address_number(place), NOW, name=f"name{place}")

    assert len(guesses._names) == NAMES_MAX  # noqa: SLF001 - the bound itself
    assert len(guesses._addresses) == ADDRESSES_MAX  # noqa: SLF001 - the bound itself


def test_failures_from_many_addresses_do_not_push_out_those_of_a_name() -> None:
    guesses = Guesses()
    for _ in range(GUESSES_OF_NAME_MAX):
        guesses.note(HOME, NOW, name="ann")

    for place in range(ADDRESSES_MAX + 10):
        guesses.note(address_number(place), NOW, secret_hash="wrong")

    assert guesses.wait("198.51.100.9", NOW, name="ann") == GUESSING_WINDOW


def test_failures_with_many_names_do_not_push_out_those_of_an_address() -> None:
    guesses = exhausted()

    for number in range(NAMES_MAX + 10):
        guesses.note("198.51.100.9", NOW, name=f"name{number}")

    assert guesses.wait(HOME, NOW) == GUESSING_WINDOW


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


def test_the_same_wrong_token_again_is_no_new_guess() -> None:
    guesses = Guesses()

    for _ in range(10 * GUESSES_OF_ADDRESS_MAX):
        guesses.note(HOME, NOW, secret_hash="revoked")

    assert guesses.wait(HOME, NOW, secret_hash="another") == NO_WAIT
    assert exhausted().wait(HOME, NOW, secret_hash="another") == GUESSING_WINDOW


def test_a_token_that_was_right_from_there_before_is_let_in_while_the_address_waits() -> None:
    guesses = exhausted()

    guesses.welcome(HOME, "right")

    assert guesses.wait(HOME, NOW, secret_hash="right") == NO_WAIT
    assert guesses.wait(HOME, NOW, secret_hash="never shown") > NO_WAIT
    assert guesses.wait(HOME, NOW, name="ann") > NO_WAIT


def test_what_is_remembered_of_guests_is_bounded() -> None:
    guesses = Guesses()

    for number in range(GUESTS_MAX + 10):
        guesses.welcome(HOME, f"right {number}")

    assert len(guesses._guests) == GUESTS_MAX  # noqa: SLF001 - the bound itself
