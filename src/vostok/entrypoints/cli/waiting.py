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

from vostok.client.jobs import unsuccessful
from vostok.client.messages import Job
from vostok.entrypoints.cli.invocation import Invocation
from vostok.entrypoints.cli.output import Output, printable

if TYPE_CHECKING:
    from vostok.client import Client

LINE_SECONDS_MIN: Final = 10.0


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
        with _display(output) as display:
            ended = client.ended_job(job, tell=display.show)
    except KeyboardInterrupt:
        output.note(f"job {job['id']} goes on without you: vostok job show {job['id']}")
        raise
    if output.is_json:
        output.document(ended)
    error = unsuccessful(ended)
    if error is not None:
        raise error
    return ended


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
        done = job["progress"] if job["state"] == "running" else None
        if done is not None and done["done"]:
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
