"""The document of the server itself."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.builds import BuilderView


class StatusView(TypedDict):
    """The server's version and address, and the builders that it has heard of."""

    version: str
    url: str
    builders: list[BuilderView]
