"""What the API says of selections that are tried: its documents; and what it is asked."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.selections import PreviewView as Preview
from vostok.documents.selections import SelectedBinariesView as SelectedBinaries
from vostok.documents.selections import SelectedSourcesView as SelectedSources
from vostok.documents.selections import SelectedSourceView as SelectedSource

__all__ = ["Preview", "PreviewRequest", "SelectedBinaries", "SelectedSource", "SelectedSources"]


class PreviewRequest(TypedDict):
    """A selection to try; null architectures mean all of the suite."""

    parent: str
    selection: str
    architectures: NotRequired[list[str] | None]
    cursor: NotRequired[str | None]
    limit: NotRequired[int]
