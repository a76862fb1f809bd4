"""Documents of selections that were tried."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class SelectedSourceView(TypedDict):
    """A source that a selection takes, and why."""

    source: str
    version: str
    bytes: int
    reason: str


class SelectedBinariesView(TypedDict):
    """The binary packages of the selected sources on one architecture, or for `all`."""

    architecture: str
    count: int
    bytes: int


class SelectedSourcesView(TypedDict):
    """How many sources a selection takes, of how many, and how large their files are."""

    count: int
    bytes: int
    total: int


class PreviewView(TypedDict):
    """What a selection takes of a suite; `selected` is the part of it that was asked for."""

    parent: str
    number: int
    selection: str
    architectures: list[str]
    sources: SelectedSourcesView
    binaries: list[SelectedBinariesView]
    next: str | None
    selected: list[SelectedSourceView]
