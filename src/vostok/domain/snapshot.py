"""A snapshot: what one suite of one archive held at one moment. It never changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vostok.domain.index_plan import PartName
from vostok.domain.publication import IndexFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The head of a snapshot; its packages are the suite's members at its number."""

    suite_id: int
    number: int
    at: datetime
    release_date: datetime | None
    valid_until: datetime | None
    is_expiry_overridden: bool
    """Whether it was taken though the Release file was no longer valid."""
    release_sha256: str
    """Of the verified Release text; equal means that nothing changed."""
    signed_by: str
    snapshots_url: str
    """The Release file's template of addresses of old states (field Snapshots), or empty."""
    sources: int
    binaries: int
    udebs: int
    pool_bytes: int
    """Of all files that it lists, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotHead:
    """What is known of a snapshot before it is stored, its packages apart.

    `files` are the mirror's index files of which it was made, by their paths below `dists/SUITE`.
    """

    at: datetime
    release_date: datetime | None
    valid_until: datetime | None = None
    is_expiry_overridden: bool = False
    release_sha256: str
    signed_by: str
    snapshots_url: str = ""
    files: Sequence[IndexFile] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartChange:
    """How a part of a suite differs from the same part of its newest snapshot.

    `gone` are ids of releases, `come` the SHA-256s of stanzas. A part that is not wanted any more
    has everything gone.
    """

    part: PartName
    gone: Sequence[int]
    come: Sequence[bytes]
