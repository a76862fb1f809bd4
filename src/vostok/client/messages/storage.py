"""What the API says of what is stored: its documents; and what it is asked."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.storage import AmountView as Amount
from vostok.documents.storage import ArchiveUseView as ArchiveUse
from vostok.documents.storage import CollectedView as Collected
from vostok.documents.storage import StoreStatsView as StoreStats
from vostok.documents.storage import VerifiedView as Verified

__all__ = ["Amount", "ArchiveUse", "Collected", "StorageRequest", "StoreStats", "Verified"]


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
