"""Documents of what is stored: results of the jobs of the store."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11


class AmountView(TypedDict):
    """How many files, and their bytes."""

    files: int
    bytes: int


class ArchiveUseView(TypedDict):
    """What an archive names: alone, together with others, and its logs."""

    name: str
    exclusive: AmountView
    shared: AmountView
    logs: AmountView


class StoreStatsView(TypedDict):
    """What is stored, for what and for whom."""

    files: int
    bytes: int
    uses: dict[str, AmountView]
    archives: list[ArchiveUseView]
    logs: AmountView
    unfinished: AmountView
    aside: AmountView
    keys_nobody_names: int
    lost_files: int
    lost: list[str]


class VerifiedView(TypedDict):
    """What reading files again brought to light."""

    message: str
    files: int
    bytes: int
    corrupt_files: int
    corrupt: list[str]
    missing_files: int
    missing: list[str]


class CollectedView(TypedDict):
    """What nobody named or read."""

    message: str
    dry_run: bool
    publications: int
    kept: NotRequired[list[str]]
    views: int
    indices: AmountView
    orphans: AmountView
    unfinished: AmountView
    aside: AmountView
    logs: AmountView
    keys: int
    tombstones: list[str]
