"""What the API says of the server itself."""

from typing import TypedDict


class BuilderSeen(TypedDict):
    """A builder that has asked for work; `seen_at` is when it last did."""

    name: str
    architectures: list[str]
    seen_at: str


class Status(TypedDict):
    """The server itself."""

    version: str
    url: str
    builders: list[BuilderSeen]
