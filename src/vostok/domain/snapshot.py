"""A snapshot: what one suite of one archive held at one moment. It never changes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The head of a snapshot; its packages are the suite's members at its number."""

    suite_id: int
    number: int
    at: datetime
    release_date: datetime | None
    release_sha256: str
    """Of the verified Release text; equal means that nothing changed."""
    signed_by: str
    sources: int
    binaries: int
    pool_bytes: int
    """Of all files that it lists, each once."""
