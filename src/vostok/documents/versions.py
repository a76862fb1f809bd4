"""Proofs of versions."""

from typing_extensions import TypedDict


class VersionComparisonView(TypedDict):
    """One comparison of a proof."""

    what: str
    """Whose version it is, as in «the parent's next binNMU»."""
    version: str
    order: str
    """What the new version has to be of it: `above` (it is there) or `below` (it may come)."""
    level: str
    """`must`, `warn` or `on purpose`: what it means if it is not."""
    result: str
    """`holds`, `passed`, `warned`, `on purpose` or `refused`. Passed: it cannot come now."""


class VersionProofView(TypedDict):
    """Everything that a version is compared with before it is issued."""

    archive: str
    source: str
    scheme: str
    vendor: str
    purpose: str
    source_version: str
    present: list[str]
    """All versions that are there of the source, in dpkg's order."""
    base: str
    """What the new version is appended to."""
    rebuild_no: int
    version: str
    result: str
    """`issued`, `warned` or `refused`."""
    sentence: str
    """Why it is refused, or what is to be known of it; "" if there is nothing."""
    comparisons: list[VersionComparisonView]
