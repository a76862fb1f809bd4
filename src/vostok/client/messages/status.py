"""What the API says of the server itself."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class BuilderSeen(TypedDict):
    """A builder that has asked for work; `seen_at` is when it last did."""

    name: str
    architectures: list[str]
    seen_at: str | None


class Status(TypedDict):
    """The server itself."""

    version: str
    url: str
    builders: list[BuilderSeen]
