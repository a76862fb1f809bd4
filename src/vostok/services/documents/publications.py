"""Documents of publications."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class PublicationView(TypedDict):
    """What clients see of a suite since one moment."""

    number: int
    at: str
    sources: NotRequired[int]
    binaries: NotRequired[int]
    bytes: NotRequired[int]
    reason: NotRequired[str]
    url: NotRequired[str]
