"""Numbers in the addresses of pages."""

from typing import Final

from starlette.requests import Request

from vostok.errors import NotFoundError

# SQLite and PostgreSQL number with 64 bits; nobody has more of anything.
_DIGITS_MAX: Final = 18


def is_number(text: str) -> bool:
    """Whether a text is a number that a database can hold."""
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX


def number_in_path(request: Request, parameter: str, noun: str) -> int:
    """A number in the path of a page.

    Raises:
        NotFoundError: it is none.
    """
    text: str = request.path_params[parameter]
    if not is_number(text):
        raise NotFoundError(f"{text[:80]!r} is not the number of a {noun}")
    return int(text)
