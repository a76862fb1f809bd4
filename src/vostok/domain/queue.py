"""The queue: what waits for builders, what they do now, and how long it will take."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

PRESENT_SECONDS: Final = 300
"""A builder that was heard of so recently counts as there; it speaks every few seconds."""
MEASURED_ATTEMPTS_MAX: Final = 1_000
"""The newest successful attempts whose mean is what a waiting build is expected to take."""


class WaitingBuilds(NamedTuple):
    """Builds of one campaign, or of the uploads into an archive, that wait alike."""

    archive: str
    campaign: int | None
    """None for builds of uploads."""
    reason: str
    is_ready: bool
    """Whether builders are given them; else the campaign is still being prepared."""
    architecture: str
    """Of the builders that can take them."""
    state: str
    score: int
    builds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildAtWork:
    """An attempt that runs."""

    build_id: int
    archive: str
    source: str
    version: str
    rebuild_no: int
    architecture: str
    builder_architecture: str
    state: str
    score: int
    builder: str
    attempt: int
    started_at: datetime
    seen_at: datetime


class Took(NamedTuple):
    """What the newest successful attempts on an architecture took."""

    seconds: float
    """Their mean."""
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """How long the queue of one architecture will last.

    Attributes:
        architecture: of the builders.
        waiting: how many builds.
        running: how many attempts.
        builders: how many are there.
        took: what builds took so far; None: none was successful yet.
        seconds: until the last that waits is built; None: nobody builds, or nothing is known.
    """

    architecture: str
    waiting: int
    running: int
    builders: int
    took: Took | None
    seconds: float | None


def drains(
    waiting: Iterable[WaitingBuilds],
    running: Iterable[BuildAtWork],
    builders: Sequence[Collection[str]],
    took: Mapping[str, Took],
) -> list[Drain]:
    """How long each architecture's queue will last, if its builds take what builds took.

    A builder of several architectures counts for each, so that of two queues that share it each
    is what it is if the other is empty.

    Args:
        waiting: what waits.
        running: what is at work.
        builders: the architectures of each builder that is there.
        took: architecture -> what builds took.
    """
    counts: dict[str, int] = {}
    for group in waiting:
        counts[group.architecture] = counts.get(group.architecture, 0) + group.builds
    at_work: dict[str, int] = {}
    for build in running:
        name = build.builder_architecture
        at_work[name] = at_work.get(name, 0) + 1
    known = {*counts, *at_work, *(name for names in builders for name in names)}
    return [
        _drain(
            architecture,
            waiting=counts.get(architecture, 0),
            running=at_work.get(architecture, 0),
            builders=sum(architecture in names for names in builders),
            took=took.get(architecture),
        )
        for architecture in sorted(known)
    ]


def _drain(
    architecture: str, *, waiting: int, running: int, builders: int, took: Took | None
) -> Drain:
    seconds: float | None = None
    if not waiting:
        seconds = 0.0
    elif builders and took:
        seconds = -(-waiting // builders) * took.seconds
    return Drain(
        architecture=architecture,
        waiting=waiting,
        running=running,
        builders=builders,
        took=took,
        seconds=seconds,
    )


def is_present(seen_at: datetime, now: datetime) -> bool:
    """Whether a builder that was heard of then is there."""
    return now - seen_at <= timedelta(seconds=PRESENT_SECONDS)
