"""Documents of outgoing sources."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.uploads import UploadedFileView


class OutgoingSourceView(TypedDict):
    """A no-change source for another archive; `is_new` if its version was taken now."""

    source: str
    source_version: str
    version: str
    warning: str
    is_new: bool


class OutgoingRefusalView(TypedDict):
    """A selected source of which none is made, and why."""

    source: str
    code: str
    sentence: str


class OutgoingPlanView(TypedDict):
    """What a request for outgoing sources gets."""

    sources: list[OutgoingSourceView]
    refused: list[OutgoingRefusalView]


class OutgoingPartsView(TypedDict):
    """What the files of an outgoing source are made of: the entry, its date, the old files."""

    source: str
    source_version: str
    version: str
    entry: str
    at: int
    files: list[UploadedFileView]
