"""Outgoing sources: no-change sources made as files, for archives that are not kept here."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingSource:
    """One of them: with the source that it is made of, everything that its bytes depend on."""

    source: str
    source_version: str
    """Of the source that it differs from by one changelog entry."""
    version: str
    warning: str
    """What the version may be outranked by, or ""."""
    distribution: str
    maintainer: str
    """Who changed it, as in the changelog: `Name <address>`."""
    reason: str
    requested_by: str
    at: datetime
