"""What a deletion takes away, as a document."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class SharedFile(TypedDict):
    """A file that stays, and the archives that need it."""

    sha256: str
    bytes: int
    needed_by: list[str]


class SharedFiles(TypedDict):
    """What stays; the examples are the largest."""

    files: int
    bytes: int
    examples: list[SharedFile]


class DeletionView(TypedDict):
    """What a deletion takes away, and what stays."""

    archive: str
    kind: str
    rows: dict[str, int]
    chroots: int
    files: int
    bytes: int
    logs: int
    log_bytes: int
    has_key: bool
    shared: SharedFiles
