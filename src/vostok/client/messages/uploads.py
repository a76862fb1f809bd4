"""What the API says of uploads."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class SentFile(TypedDict):
    """A file of an upload."""

    name: str
    size: int
    sha256: str


class UploadBuild(TypedDict):
    """A build that an accepted upload was given."""

    id: int
    architecture: str
    state: str
    sentence: str


class Upload(TypedDict):
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
    files: NotRequired[list[SentFile]]
    builds: NotRequired[list[UploadBuild]]


class ReceivedFile(TypedDict):
    """What came of a file that was sent: the upload, if it was the .changes."""

    upload: Upload | None
