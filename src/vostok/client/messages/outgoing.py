"""What the API says of outgoing sources, and how it is asked for them."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.client.messages.campaigns import RefusedSource
from vostok.client.messages.uploads import SentFile


class OutgoingRequest(TypedDict):
    """No-change sources of the selected ones, for another archive."""

    selection: str
    reason: str
    maintainer: str
    distribution: NotRequired[str | None]
    scheme: NotRequired[str | None]
    vendor: NotRequired[str]
    dry_run: NotRequired[bool]


class OutgoingSource(TypedDict):
    """One of them; `is_new` if its version was taken now."""

    source: str
    source_version: str
    version: str
    warning: str
    is_new: bool


class OutgoingPlan(TypedDict):
    """What a request gets."""

    sources: list[OutgoingSource]
    refused: list[RefusedSource]


class OutgoingParts(TypedDict):
    """What the files of an outgoing source are made of."""

    source: str
    source_version: str
    version: str
    entry: str
    at: int
    files: list[SentFile]
