"""What the API says of archives: its documents; and what it is asked to import."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.archives import ArchiveView as Archive
from vostok.documents.archives import ChangedArchive
from vostok.documents.archives import SnapshotView as Snapshot
from vostok.documents.archives import SuiteView as Suite
from vostok.documents.archives import TrustView as Trust

__all__ = ["Archive", "ChangedArchive", "ImportRequest", "Snapshot", "Suite", "Trust"]


class ImportRequest(TypedDict):
    """Import of suites of somebody else's archive; a null mirror is the server's own."""

    name: str
    suites: list[str]
    mirror: NotRequired[str | None]
    mirrors: NotRequired[dict[str, str]]
    components: NotRequired[list[str]]
    architectures: NotRequired[list[str]]
    keyring_base64: NotRequired[str | None]
    signed_by: NotRequired[list[str]]
    allow_expired: NotRequired[bool]
    allow_older: NotRequired[bool]
    udebs: NotRequired[bool]
    translations: NotRequired[bool]
    binnmus: NotRequired[bool | None]
