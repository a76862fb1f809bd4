"""Deleting an archive: what may have to go, and the report of what did."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vostok.errors import GoneError


class CandidateKind(StrEnum):
    """What a candidate for removal is outside the database."""

    FILE = "file"
    LOG = "log"
    KEY = "key"
    GRAPH = "graph"
    """What was worked out of the dependencies of one of its suites."""
    JOB = "job"
    """What the job engine still remembers of a job that has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that an archive had and that goes with it, unless somebody else needs it."""

    kind: CandidateKind
    name: str
    size: int | None
    """In bytes; None until it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What is left of a deleted archive, until its name is used again."""

    name: str
    kind: str
    archive_id: int
    at: datetime
    deleted_by: str
    report: dict[str, object]
    is_private: bool = False
    """Whether it is told of to administrators, and to whoever deleted it, only."""

    def gone(self) -> GoneError:
        """The answer of the archive's addresses."""
        return GoneError(
            f"the archive {self.name} was deleted on {self.at:%Y-%m-%d at %H:%M:%S} UTC "
            f"by {self.deleted_by}",
            hint="the name is free; see which archives there are: vostok archive list",
        )
