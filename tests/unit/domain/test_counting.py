"""Sentences count one thing in the singular."""

import pytest

from vostok.domain.counting import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 sources"), (1, "1 source"), (2, "2 sources"), (21, "21 sources")]
)
def test_only_one_is_singular(number: int, said: str) -> None:
    assert counted(number, "source") == said


def test_a_verb_goes_with_the_number() -> None:
    assert counted(1, "binary is held", "binaries are held") == "1 binary is held"
    assert counted(2, "binary is held", "binaries are held") == "2 binaries are held"
