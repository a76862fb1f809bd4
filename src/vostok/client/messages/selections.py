"""What the API says of selections that are tried."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class PreviewRequest(TypedDict):
    """A selection to try; null architectures mean all of the suite."""

    parent: str
    selection: str
    architectures: NotRequired[list[str] | None]
    offset: NotRequired[int]
    limit: NotRequired[int]


class SelectedSource(TypedDict):
    """A source that a selection takes, and why."""

    source: str
    version: str
    bytes: int
    reason: str


class SelectedBinaries(TypedDict):
    """Binary packages of the selected sources on one architecture."""

    architecture: str
    count: int
    bytes: int


class SelectedSources(TypedDict):
    """How many sources a selection takes, of how many."""

    count: int
    bytes: int
    total: int


class Preview(TypedDict):
    """What a selection takes; `selected` may be the first part of it."""

    parent: str
    number: int
    selection: str
    architectures: list[str]
    sources: SelectedSources
    binaries: list[SelectedBinaries]
    offset: int
    selected: list[SelectedSource]
