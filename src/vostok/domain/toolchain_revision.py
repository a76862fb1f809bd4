"""A stored toolchain: its name, the number of its revision, and what it is."""

from dataclasses import dataclass
from datetime import datetime

from vostok.domain.toolchain import ToolchainSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolchainRevision:
    """One revision of a toolchain. It never changes; another content is another revision."""

    id: int
    name: str
    revision: int
    spec: ToolchainSpec
    created_by: str
    created_at: datetime
