"""What the API says of uploads."""

from typing import NotRequired, TypedDict


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
