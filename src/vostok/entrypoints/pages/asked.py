"""What the address of a page asks for."""

from typing import Final

from starlette.requests import Request

from vostok.errors import NotFoundError

# SQLite and PostgreSQL number with 64 bits; nobody has more of anything.
_DIGITS_MAX: Final = 18


def wants_json(request: Request) -> bool:
    """Whether the page's content is asked for as data."""
    return request.url.path.endswith(".json")


def is_number(text: str) -> bool:
    """Whether a text is a number that something can have."""
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX


def number_in_path(request: Request, parameter: str, noun: str) -> int:
    """The number of something in the path.

    Raises:
        NotFoundError: it is no number.
    """
    text: str = request.path_params[parameter]
    if not is_number(text):
        raise NotFoundError(f"{text[:80]!r} is not the number of a {noun}")
    return int(text)
