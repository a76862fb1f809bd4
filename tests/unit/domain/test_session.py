import pytest

from vostok.domain.session import (
    check_password,
    form_token,
    is_form_token,
)
from vostok.errors import InvalidInputError


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1001, "twelve lett\0rs"])
def test_a_password_is_neither_short_nor_endless(password: str) -> None:
    with pytest.raises(InvalidInputError):
        check_password(password)


def test_a_form_token_belongs_to_one_session() -> None:
    assert is_form_token(form_token("mine"), "mine")
    assert not is_form_token(form_token("yours"), "mine")
    assert not is_form_token("", "mine")
    assert not is_form_token("grün", "mine")
