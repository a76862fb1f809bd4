"""Lists of builds: which of a campaign's are asked for, in what order, and which piece of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vostok.domain.build import BuildState

LISTED: Final = 2_000
"""Builds in one answer where nothing is said; the rest is asked for by where that ended."""
LISTED_MAX: Final = 5_000
"""Builds in one answer at most."""

ATTENTION: Final = (
    BuildState.FAILED,
    BuildState.FAILED_TO_UPLOAD,
    BuildState.CHROOT_PROBLEM,
    BuildState.SOURCE_UNAVAILABLE,
    BuildState.BD_UNINSTALLABLE,
    BuildState.CANCELLING,
    BuildState.UPLOADING,
    BuildState.BUILDING,
    BuildState.DEP_WAIT,
    BuildState.NEEDS_BUILD,
    BuildState.PLANNED,
    BuildState.BUILT,
    BuildState.CANCELLED,
    BuildState.SUPERSEDED,
    BuildState.NOT_FOR_US,
)
"""What people should look at first."""


class BuildOrder(StrEnum):
    """What a list of builds is sorted by; those that are equal in it by source."""

    SOURCE = "source"
    ARCHITECTURE = "architecture"
    REBUILD = "rebuild"
    VERSION = "version"
    """As dpkg compares them."""
    STATE = "state"
    """By attention."""
    SECONDS = "seconds"
    COMPILER = "compiler"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildList:
    """What is asked for."""

    states: frozenset[str] = frozenset()
    """Only builds in one of them; of none: in any."""
    text: str = ""
    """Part of the source's name."""
    architecture: str = ""
    """Only builds of this one, or of `all`; empty: of any."""
    order: BuildOrder = BuildOrder.SOURCE
    descending: bool = False
    offset: int = 0
    limit: int = LISTED_MAX
    after: int | None = None
    """Id of the build behind which it goes on, in the order of sources; instead of an offset."""
