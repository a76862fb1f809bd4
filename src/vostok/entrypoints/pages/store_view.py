"""What the page of the store shows: the newest of each counting, reading and collecting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from vostok.documents import JobView
from vostok.domain.counting import counted
from vostok.domain.job import ENDED_STATES, Job, JobKind, JobState
from vostok.entrypoints.pages.pictures import Bar, bytes_bar
from vostok.services.describing.records import job_document

_USES: Final = (
    ("own-packages", "packages made here", "accent", "plain"),
    ("parent-packages", "packages of parents", "busy", "stripes"),
    ("indices", "indices", "infra", "rows"),
    ("attempt-files", "sent by attempts", "blocked", "dots"),
)
"""(key in the result, words, fill, pattern)"""
_REST: Final = (
    ("logs", "logs of builds", "waiting", "back"),
    ("orphans", "named by nobody", "bad", "cross"),
    ("unfinished", "unfinished fetches", "idle", "dots"),
    ("aside", "set aside as corrupt", "bad", "stripes"),
)
_GARBAGE: Final = (
    ("indices", "of old publications and views"),
    ("orphans", "that nobody names"),
    ("unfinished", "of broken fetches"),
    ("aside", "set aside as corrupt"),
    ("logs", "of logs of builds that are gone"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """What the newest collecting removed, or would remove.

    Attributes:
        job: that found it.
        is_dry: whether it only looked.
        parts: (files in words, bytes) of each kind of which there are any.
        others: sentences about what takes no room.
        kept: old publications that stay because somebody keeps them.
    """

    job: JobView
    is_dry: bool
    parts: Sequence[tuple[str, int]]
    others: Sequence[str]
    kept: Sequence[str]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remove."""
        return not self.others and not self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreView:
    """The page's content; None where that was never done, or failed each time."""

    under_way: Sequence[JobView]
    counted: JobView | None
    verified: JobView | None
    garbage: Garbage | None
    failed: Sequence[JobView]
    """Those of the newest of each kind that failed."""

    @property
    def stats(self) -> dict[str, Any]:
        """The result of the newest counting."""
        return {} if self.counted is None else dict(self.counted.get("result") or {})


def store_view(jobs: Sequence[Job]) -> StoreView:
    """The page's content; `jobs` are those of the store, the newest first."""
    collected = _succeeded(jobs, JobKind.STORE_COLLECT)
    verified = _succeeded(jobs, JobKind.STORE_VERIFY)
    stats = _succeeded(jobs, JobKind.STORE_STATS)
    ended = [job for job in jobs if job.state in ENDED_STATES]
    newest = {job.kind: job for job in reversed(ended)}
    return StoreView(
        under_way=[job_document(job) for job in jobs if job.state not in ENDED_STATES],
        counted=None if stats is None else job_document(stats),
        verified=None if verified is None else job_document(verified),
        garbage=None if collected is None else _garbage(collected),
        failed=[job_document(job) for job in newest.values() if job.state is JobState.FAILED],
    )


def space_bar(stats: dict[str, Any]) -> Bar:
    """What takes the room of the store, in one picture."""
    uses, rows = stats.get("uses", {}), []
    for key, words, fill, pattern in (*_USES, *_REST):
        amount = uses.get(key) or stats.get(key) or {}
        rows.append((words, int(amount.get("bytes", 0)), fill, pattern))
    return bytes_bar(rows, "stored")


def space_rows(stats: dict[str, Any]) -> list[dict[str, Any]]:
    """The same as a table: use, files, bytes."""
    uses = stats.get("uses", {})
    return [
        {"use": words, **(uses.get(key) or stats.get(key) or {"files": 0, "bytes": 0})}
        for key, words, _, _ in (*_USES, *_REST)
    ]


def _succeeded(jobs: Sequence[Job], kind: JobKind) -> Job | None:
    found = (job for job in jobs if job.kind is kind and job.state is JobState.SUCCEEDED)
    return next(found, None)


def _garbage(job: Job) -> Garbage:
    found: dict[str, Any] = dict(job.result or {})
    counts = (
        (int(found.get("publications", 0)), "old publication"),
        (int(found.get("views", 0)), "old view"),
        (int(found.get("keys", 0)), "key"),
    )
    others = [counted(count, words) for count, words in counts if count]
    if tombstones := found.get("tombstones"):
        others.append(f"tombstones of {', '.join(tombstones)}")
    return Garbage(
        job=job_document(job),
        is_dry=bool(found.get("dry_run")),
        parts=[
            (f"{counted(int(found[key]['files']), 'file')} {words}", int(found[key]["bytes"]))
            for key, words in _GARBAGE
            if key in found and found[key]["files"]
        ],
        others=others,
        kept=found.get("kept") or [],
    )
