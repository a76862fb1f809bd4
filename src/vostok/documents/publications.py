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
    kept_as: NotRequired[str | None]
    """What somebody who keeps it calls it, or ""; null: it goes when it is old."""
    kept_by: NotRequired[str | None]


class NotBuiltBinaryView(TypedDict):
    """A binary package that its source builds no more."""

    name: str
    version: str
    architectures: list[str]
    source: str
    built_from: str
    source_version: str
    is_held_back: bool
    """Whether the next publication shows it all the same."""
    reason: str
    """Why it is held back, or that nothing needs it."""
