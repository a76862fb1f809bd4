from argon2 import extract_parameters
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from vostok.adapters.passwords import Argon2Passwords


def test_a_password_is_known_again_and_another_is_not() -> None:
    passwords = Argon2Passwords()

    hashed = passwords.hashed("correct horse battery")

    assert hashed.startswith("$argon2id$")
    assert passwords.is_right(hashed, "correct horse battery")
    assert not passwords.is_right(hashed, "correct horse batterY")
    assert not passwords.is_right("no hash at all", "correct horse battery")


def test_nobody_has_a_password_not_even_nobodys() -> None:
    passwords = Argon2Passwords()

    assert not passwords.is_right(None, "nobody's password")


def test_the_same_password_is_hashed_differently_each_time() -> None:
    passwords = Argon2Passwords()

    assert passwords.hashed("correct horse battery") != passwords.hashed("correct horse battery")


def test_a_hash_costs_what_the_rfc_advises_and_a_cheap_one_is_still_known() -> None:
    passwords, cheap = Argon2Passwords(), Argon2Passwords(CHEAPEST)

    hashed = passwords.hashed("correct horse battery")

    assert extract_parameters(hashed) == RFC_9106_LOW_MEMORY
    assert passwords.is_right(cheap.hashed("correct horse battery"), "correct horse battery")
