"""What the API says of proofs of versions: its own documents; and how it is asked for them."""

from typing_extensions import TypedDict  # pydantic reads no other on Python 3.11

from vostok.documents.versions import VersionComparisonView as VersionComparison
from vostok.documents.versions import VersionProofView as VersionProof

__all__ = ["VersionComparison", "VersionProof", "VersionProofRequest"]


class VersionProofRequest(TypedDict, total=False):
    """What is supposed: a version of the binaries, another scheme; null: as it is."""

    base: str | None
    scheme: str | None
    vendor: str
    purpose: str
