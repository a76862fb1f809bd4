"""What the API says of proofs of versions."""

from typing import TypedDict


class VersionComparison(TypedDict):
    """One comparison of a proof; `order` is what the new version has to be of the other."""

    what: str
    version: str
    order: str
    level: str
    result: str


class VersionProof(TypedDict):
    """The version that a source would get, and all that it is compared with."""

    archive: str
    source: str
    scheme: str
    vendor: str
    purpose: str
    source_version: str
    present: list[str]
    base: str
    rebuild_no: int
    version: str
    result: str
    sentence: str
    comparisons: list[VersionComparison]
