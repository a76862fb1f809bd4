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
