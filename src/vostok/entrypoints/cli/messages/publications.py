"""What the API says of publications."""

from typing import TypedDict


class Publication(TypedDict):
    """One numbered publication of an archive."""

    number: int
    at: str
    sources: int
    binaries: int
    bytes: int
    reason: str | None
    url: str | None
