"""What the API says of publications."""

from typing import NotRequired, TypedDict


class Publication(TypedDict):
    """One numbered publication of an archive."""

    number: int
    at: str
    sources: int
    binaries: int
    bytes: int
    reason: str | None
    url: str | None
    kept_as: NotRequired[str | None]
    kept_by: NotRequired[str | None]


class NotBuiltBinary(TypedDict):
    """A binary package that its source builds no more."""

    name: str
    version: str
    architectures: list[str]
    source: str
    built_from: str
    source_version: str
    reason: NotRequired[str]


class NotBuilt(TypedDict):
    """What the next publication leaves out, and what it shows all the same."""

    gone: list[NotBuiltBinary]
    kept: list[NotBuiltBinary]
