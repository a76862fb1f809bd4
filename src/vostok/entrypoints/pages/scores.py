"""A build's score, as it is typed into a field."""

from vostok.domain.build_change import SCORE_MAX, check_score
from vostok.errors import InvalidInputError


def typed_score(text: str) -> int:
    """The score that a text is.

    Raises:
        InvalidInputError: it is no whole number, or out of bounds.
    """
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(SCORE_MAX))
    if not is_number:
        raise InvalidInputError(
            f"{text[:60]!r} is not a whole number from -{SCORE_MAX} to {SCORE_MAX}"
        )
    return check_score(int(text))
