"""Waiting for a job of the server, with a bar on a terminal and sparse lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol, cast

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from vostok.entrypoints.cli.failures import WorkFailedError, error_of_job
from vostok.entrypoints.cli.invocation import Invocation
from vostok.entrypoints.cli.messages import Job
from vostok.entrypoints.cli.output import Output, printable
from vostok.errors import UnavailableError

if TYPE_CHECKING:
    from vostok.entrypoints.cli.client import Client

POLL_SECONDS_FIRST: Final = 0.2
POLL_SECONDS_MAX: Final = 1.0
OUTAGE_SECONDS_MAX: Final = 60.0
LINE_SECONDS_MIN: Final = 10.0

_ENDED: Final = frozenset({"succeeded", "failed", "cancelled"})
_POLL_GROWTH: Final = 1.3


class _Display(Protocol):
    def show(self, job: Job) -> None: ...


def finished_job(invocation: Invocation, client: "Client", job: Job, *, wait: bool) -> Job | None:
    """The job once it has succeeded; None if it was not to be waited for.

    Under ``--json`` the job is printed, as it ended or as it is if it was not waited for.

    Raises:
        VostokError: the job failed or was cancelled.
    """
    output = invocation.output
    if not wait:
        _show_job(output, job)
        return None
    try:
        ended = _wait(client, job, output)
    except KeyboardInterrupt:
        output.note(f"job {job['id']} goes on without you: vostok job show {job['id']}")
        raise
    if output.is_json:
        output.document(ended)
    if ended["state"] == "failed":
        raise error_of_job(ended["error"], job_id=ended["id"])
    if ended["state"] == "cancelled":
        raise WorkFailedError(
            f"job {ended['id']} was cancelled", hint=f"vostok job show {ended['id']}"
        )
    return ended


def intervals() -> Iterator[float]:
    """Seconds to wait between polls: short at first, then `POLL_SECONDS_MAX` for ever."""
    seconds = POLL_SECONDS_FIRST
    while True:
        yield seconds
        seconds = min(seconds * _POLL_GROWTH, POLL_SECONDS_MAX)


class Patience:
    """Bears an unreachable server for a while: it may be being started again."""

    def __init__(self) -> None:
        self._since: float | None = None

    def answered(self) -> None:
        """Notes that the server answered."""
        self._since = None

    def bear(self, error: UnavailableError) -> None:
        """Raises the error once the server was away for `OUTAGE_SECONDS_MAX`."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since > OUTAGE_SECONDS_MAX:
            raise error


def _wait(client: "Client", job: Job, output: Output) -> Job:
    patience = Patience()
    with _display(output) as display:
        for seconds in intervals():
            display.show(job)
            if job["state"] in _ENDED:
                break
            time.sleep(seconds)
            try:
                job = client.job(job["id"])
                patience.answered()
            except UnavailableError as error:
                patience.bear(error)
    return job


@contextmanager
def progress_of(output: Output, kind: str, unit: str) -> Iterator[Callable[[str, int, int], None]]:
    """What to tell (message, done, total) of work that is done here and not by the server."""
    with _display(output) as display:

        def tell(message: str, done: int, total: int) -> None:
            shown = {"done": done, "total": total, "unit": unit}
            work = {
                "kind": kind,
                "message": message,
                "state": "running",
                "progress": shown,
            }
            display.show(cast("Job", work))

        yield tell


@contextmanager
def computing(output: Output, what: str) -> Iterator[None]:
    """Say on a terminal what the server works out, for as long as it is asked; elsewhere nothing.

    For answers that come with the request and not of a job, so that there is no progress to show.
    """
    if not output.notes.is_terminal:
        yield
        return
    with output.notes.status(printable(what)):
        yield


@contextmanager
def _display(output: Output) -> Iterator[_Display]:
    if not output.notes.is_terminal:
        yield _Lines(output)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=output.notes, transient=True) as progress:
        yield _Bar(progress)


class _Bar:
    """A progress bar on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, unit="")

    def show(self, job: Job) -> None:
        done = job["progress"] or {"done": 0, "total": None, "unit": ""}
        self._progress.update(
            self._task,
            description=printable(job["message"] or job["kind"]),
            completed=done["done"],
            total=done["total"],
            unit=printable(done["unit"]),
        )


class _Lines:
    """A line when the message changes, and at most every `LINE_SECONDS_MIN` otherwise."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._message = ""
        self._line = ""
        self._shown_at = 0.0

    def show(self, job: Job) -> None:
        if job["state"] == "failed":  # its message is the error, which is told once, as such
            return
        message = job["message"] or job["state"]
        line = f"{job['kind']}: {message}"
        if (done := job["progress"]) is not None and done["done"]:
            total = "" if done["total"] is None else f" of {done['total']}"
            line += f" ({done['done']}{total} {done['unit']})"
        now = time.monotonic()
        is_due = message != self._message or now - self._shown_at >= LINE_SECONDS_MIN
        if is_due and line != self._line:
            self._output.note(line)
            self._message, self._line, self._shown_at = message, line, now


def _show_job(output: Output, job: Job) -> None:
    if output.is_json:
        output.document(job)
    else:
        output.text(f"job {job['id']} ({job['kind']}) is {job['state']}")
        output.note(f"look at it: vostok job show {job['id']}")
