"""Outgoing sources: no-change sources made as files, for archives that are not kept here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from vostok.domain.rebuild_candidate import Candidate
from vostok.domain.rebuild_plan import VERSION_NOT_SAFE, Refusal, version_of
from vostok.domain.rebuild_version.issuing import issuer_of
from vostok.domain.rebuild_version.present import ParentHabits
from vostok.domain.rebuild_version.schemes import Marking, Purpose
from vostok.errors import ConflictError


class Wording(NamedTuple):
    """What is said of outgoing sources: those that are made in the same words are the same."""

    distribution: str
    maintainer: str
    """Who changed it: `Name <address>`."""
    reason: str
    scheme: str
    """By which they are versioned, with the vendor's word: `vendor acme`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingSource:
    """One of them: with the source that it is made of, everything that its bytes depend on."""

    source: str
    source_version: str
    """Of the source that it differs from by one changelog entry."""
    version: str
    warning: str
    """What may outrank the version, or ""."""
    distribution: str
    maintainer: str
    reason: str
    scheme: str
    requested_by: str
    at: datetime

    @property
    def wording(self) -> Wording:
        """What was said of it."""
        return Wording(self.distribution, self.maintainer, self.reason, self.scheme)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOutgoing:
    """A source that a request for outgoing sources gets.

    Attributes:
        rebuild_no: the number that its version takes; None if it was made before.
    """

    source: str
    source_version: str
    version: str
    warning: str
    rebuild_no: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingPlan:
    """What a request for outgoing sources gets. A dry run shows it, a real one stores it."""

    sources: tuple[PlannedOutgoing, ...]
    refused: tuple[Refusal, ...]


def plan_outgoing(
    candidates: Iterable[Candidate],
    there: Mapping[tuple[str, str], OutgoingSource],
    *,
    marking: Marking,
    habits: ParentHabits,
) -> OutgoingPlan:
    """The outgoing sources of a request.

    One that was made of the same source in the same words is given again; in other words it
    gets a new number, for its bytes are others. O(candidates).

    Args:
        candidates: the sources.
        there: (source, its version) -> the one that was made of it in the same words.
        marking: how the archive marks versions.
        habits: what its parents do with versions.
    """
    issuer = issuer_of(marking, habits)
    sources: list[PlannedOutgoing] = []
    refused: list[Refusal] = []
    for candidate in candidates:
        source = candidate.source
        known = there.get((source.name, source.version))
        if known is not None:
            number, version, warning = None, known.version, known.warning
        else:
            try:
                issued = version_of(candidate, Purpose.NO_CHANGE, issuer)
            except ConflictError as error:
                refused.append(
                    Refusal(source=source.name, code=VERSION_NOT_SAFE, sentence=str(error))
                )
                continue
            number = candidate.last_rebuild_no + 1
            version, warning = issued.version, issued.warning
        sources.append(
            PlannedOutgoing(
                source=source.name,
                source_version=source.version,
                version=version,
                warning=warning,
                rebuild_no=number,
            )
        )
    return OutgoingPlan(sources=tuple(sources), refused=tuple(refused))
