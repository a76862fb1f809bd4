"""Documents of uploads."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class UploadView(TypedDict):
    """A .changes that was judged."""

    id: int
    archive: str
    source: str
    version: str
    state: str
    sentence: str
    uploaded_by: str
    person: str | None
    signed_by: str
    changes: str
    at: str


class UploadedFileView(TypedDict):
    """A file of an upload."""

    name: str
    size: int
    sha256: str


class UploadBuildView(TypedDict):
    """A build that an accepted upload was given."""

    id: int
    architecture: str
    state: str
    sentence: str


class UploadWithFilesView(UploadView):
    """An upload with its files and builds."""

    files: list[UploadedFileView]
    builds: list[UploadBuildView]


class ReceivedFileView(TypedDict):
    """What came of a file that was sent: the upload, if it was the .changes."""

    upload: UploadView | None
