"""``vostok job``: list, show, log, cancel."""

from itertools import islice
from typing import Annotated, Final

import typer

from vostok.client.messages import Job, JobLine, Progress
from vostok.domain.job import ENDED_STATES, JobKind, JobState
from vostok.entrypoints.cli.arguments import Search
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text

JOBS_LISTED_MAX: Final = 500
"""The newest ones."""

app = typer.Typer(help="Long work of the server.")

JobNumber = Annotated[str, typer.Argument(metavar="ID", help="Id of the job.")]


@command(
    app,
    "list",
    examples=["vostok job list", "vostok job list --archive trial --state failed --kind sync"],
)
def list_jobs(
    invocation: Invocation,
    *,
    archive: Annotated[
        str | None, typer.Option(metavar="ARCHIVE", help="Only jobs of this archive.")
    ] = None,
    search: Search = "",
    kind: Annotated[
        list[JobKind] | None, typer.Option(metavar="KIND", help="Only of this kind; repeatable.")
    ] = None,
    state: Annotated[
        list[JobState] | None, typer.Option(help="Only in this state; repeatable.")
    ] = None,
) -> None:
    """List the newest jobs that the server remembers."""
    with invocation.client() as client:
        found = client.jobs(archive=archive, text=search, kinds=kind or [], states=state or [])
        jobs = list(islice(found, JOBS_LISTED_MAX))
    if invocation.output.is_json:
        invocation.output.document({"jobs": jobs})
        return
    invocation.output.table(
        [
            Column(title="ID", kind="number"),
            Column(title="KIND"),
            Column(title="ARCHIVE"),
            Column(title="STATE", kind="state"),
            Column(title="PROGRESS"),
            Column(title="CREATED"),
            Column(title="MESSAGE"),
        ],
        [
            [
                str(job["id"]),
                job["kind"],
                job["archive"] or "",
                job["state"],
                _progress(job),
                time_text(job["created_at"]),
                job["message"] or "",
            ]
            for job in jobs
        ],
    )


@command(app, "show", examples=["vostok job show 12"])
def show_job(invocation: Invocation, job_id: JobNumber) -> None:
    """Show a job: how far it is, or how it ended."""
    with invocation.client() as client:
        job = client.job(job_id)
    _print_job(invocation.output, job)


@command(app, "log", examples=["vostok job log 12", "vostok job log 12 --follow"])
def show_log(
    invocation: Invocation,
    job_id: JobNumber,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until the job has ended.")
    ] = False,
) -> None:
    """Print what a job did, step after step.

    However the job ended, to have printed its log is success; `vostok job show` says how it ended.
    """
    output = invocation.output
    with invocation.client() as client:
        lines = client.followed_log(job_id) if follow else client.job_log(job_id)
        if output.is_json:
            output.document({"lines": list(lines)})
        elif follow and not output.is_tsv:
            for line in lines:
                output.text(f"{time_text(line['at'])}  {_line_text(line)}")
        else:
            _print_lines(output, list(lines))


def _print_lines(output: Output, lines: list[JobLine]) -> None:
    output.table(
        [Column(title="AT"), Column(title="KIND"), Column(title="WHAT")],
        [[time_text(line["at"]), line["kind"], _line_text(line)] for line in lines],
    )


def _line_text(line: JobLine) -> str:
    counts = _counts(line["progress"])
    return f"{line['text']} ({counts})" if counts else line["text"]


@command(app, "cancel", examples=["vostok job cancel 12"])
def cancel_job(invocation: Invocation, job_id: JobNumber) -> None:
    """Cancel a job; what it did so far is undone or was never visible."""
    with invocation.client() as client:
        job = client.cancel_job(job_id)
    _print_job(invocation.output, job)


def _progress(job: Job) -> str:
    """How far a job is that runs; one that ended says in its message what it did."""
    return "" if job["state"] in ENDED_STATES else _counts(job["progress"])


def _counts(progress: Progress | None) -> str:
    if progress is None:
        return ""
    total = "" if progress["total"] is None else f" of {progress['total']}"
    return f"{progress['done']}{total} {progress['unit']}"


def _print_job(output: Output, job: Job) -> None:
    if output.is_json:
        output.document(job)
        return
    error = job["error"]
    output.heading(f"job {job['id']}: {job['kind']} {job['archive'] or ''}".rstrip())
    output.fields(
        [
            ("state", job["state"]),
            ("message", job["message"] or ""),
            ("progress", _progress(job)),
            ("error", error["message"] if error else ""),
            ("hint", (error["hint"] or "") if error else ""),
            ("requested", f"{time_text(job['created_at'])} by {job['requested_by']}"),
            ("started", time_text(job["started_at"])),
            ("finished", time_text(job["finished_at"])),
            ("its log", f"vostok job log {job['id']}"),
        ]
    )
