"""What the API says of what is stored."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class StorageRequest(TypedDict, total=False):
    """What an archive is to keep, how to serve, when to be rebuilt; None changes nothing.

    A dry run says what would be.
    """

    keep: str | None
    serve: str | None
    binaries: bool | None
    policy: str | None
    scheme: str | None
    vendor: str
    binnmus: bool | None
    ubuntu_versions: bool | None
    dry_run: bool


class Amount(TypedDict):
    """How many files, and their bytes."""

    files: int
    bytes: int


class ArchiveUse(TypedDict):
    """What an archive names: alone, together with others, and its logs."""

    name: str
    exclusive: Amount
    shared: Amount
    logs: Amount


class StoreStats(TypedDict):
    """What is stored, for what and for whom."""

    files: int
    bytes: int
    uses: dict[str, Amount]
    archives: list[ArchiveUse]
    logs: Amount
    unfinished: Amount
    aside: Amount
    keys_nobody_names: int
    lost_files: int
    lost: list[str]


class Verified(TypedDict):
    """What reading files again brought to light."""

    message: str
    files: int
    bytes: int
    corrupt_files: int
    corrupt: list[str]
    missing_files: int
    missing: list[str]


class Collected(TypedDict):
    """What nobody named or read."""

    message: str
    dry_run: bool
    publications: int
    kept: NotRequired[list[str]]
    views: int
    indices: Amount
    orphans: Amount
    unfinished: Amount
    aside: Amount
    logs: Amount
    keys: int
    tombstones: list[str]
