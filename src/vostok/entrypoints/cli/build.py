"""``vostok build``: show, log."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from vostok.client.messages import Attempt, Build
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import (
    Column,
    Output,
    bytes_text,
    printable,
    seconds_text,
    time_text,
)

if TYPE_CHECKING:
    from vostok.client import LogPart

app = typer.Typer(help="Builds, their attempts and logs.")

BuildId = Annotated[
    int, typer.Argument(metavar="ID", min=1, help="Build's id, as in `vostok campaign show`.")
]


@command(app, "show", examples=["vostok build show 7"])
def show_build(invocation: Invocation, build_id: BuildId) -> None:
    """Show a build: versions, state and why, the compiler found, every attempt."""
    with invocation.client() as client:
        build = client.build(build_id)
    _print_build(invocation.output, build)


@command(
    app,
    "log",
    examples=["vostok build log 7 --follow", "vostok build log 7 --attempt 1 | less"],
)
def show_log(
    invocation: Invocation,
    build_id: BuildId,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until the attempt has ended.")
    ] = False,
    attempt: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Attempt; by default the newest.")
    ] = None,
) -> None:
    """Print the log of a build's attempt.

    On a terminal, control characters of the log are replaced; in a pipe or a file they are kept.
    """
    with invocation.client() as client:
        parts = client.log_parts(build_id, attempt=attempt, follow=follow)
        if invocation.output.is_json:
            _print_log_document(invocation.output, build_id, list(parts))
            return
        for part in parts:
            if sys.stdout.isatty():
                sys.stdout.write(printable(part.content.decode(errors="replace")))
                sys.stdout.flush()
            else:
                sys.stdout.buffer.write(part.content)
                sys.stdout.buffer.flush()


def _print_log_document(output: Output, build_id: int, parts: "list[LogPart]") -> None:
    content = b"".join(part.content for part in parts)
    output.document(
        {
            "build": build_id,
            "bytes": len(content),
            "is_complete": bool(parts) and parts[-1].is_last,
            "text": content.decode(errors="replace"),
        }
    )


def _print_build(output: Output, build: Build) -> None:
    if output.is_json:
        output.document(build)
        return
    output.heading(
        f"build {build['id']}: {build['source']} {build['version']} {build['architecture']}"
    )
    campaign = build["campaign"]
    proof = build.get("proof") or {}
    output.fields(
        [
            ("state", build["state"]),
            ("reason", build["sentence"] or ""),
            ("control", build.get("control") or ""),
            ("binaries", build["fate"] or ""),
            ("archive", f"{build['archive']}/{build['suite']}"),
            ("source", f"{build['source']} {build['source_version']}"),
            ("part", build["part"]),
            ("form", build.get("form") or ""),
            ("warning", build.get("warning") or ""),
            ("profiles", " ".join(build.get("build_profiles") or [])),
            ("options", " ".join(build.get("build_options") or [])),
            ("seen by", _REACH.get(build.get("reach") or "", "")),
            ("follows", _build_text(build.get("follows"))),
            ("followed by", _build_text(build.get("followed_by"))),
            ("rebuild", str(build["rebuild_no"])),
            ("campaign", "" if campaign is None else str(campaign)),
            ("version", f"{build['version_before'] or '-'} → {build['version']}"),
            ("compiler", proof.get("sentence", "")),
            ("not provable", ", ".join(proof.get("packages_not_provable", []))),
            ("created", time_text(build["created_at"])),
            ("finished", time_text(build["finished_at"])),
            ("seconds", seconds_text(build["seconds"])),
            ("page", build.get("url") or ""),
        ]
    )
    for attempt in build.get("attempts", []):
        _print_attempt(output, attempt)
    if events := build.get("events"):
        output.heading("\nwhat happened")
        output.table(
            [
                Column(title="WHEN"),
                Column(title="WHO"),
                Column(title="STATE", kind="state"),
                Column(title="WHY"),
            ],
            [[time_text(e["at"]), e["actor"], e["state_after"], e["sentence"]] for e in events],
        )


def _build_text(number: int | None) -> str:
    return "" if number is None else f"build {number}"


_REACH = {
    "view": "builds only: it is made under a profile that changes packages",
    "nowhere": "nobody: it only shows whether it builds",
}
"""How far binaries get, where that is not to clients."""


def _print_attempt(output: Output, attempt: Attempt) -> None:
    output.heading(f"\nattempt {attempt['number']} on {attempt['builder']}")
    seconds = attempt.get("seconds") or {}
    output.fields(
        [
            ("outcome", attempt["outcome"] or "running"),
            ("stage", attempt.get("stage") or ""),
            ("reason", attempt.get("sentence") or ""),
            ("started", time_text(attempt["started_at"])),
            ("finished", time_text(attempt["finished_at"])),
            ("seconds", ", ".join(f"{stage} {spent:.0f}" for stage, spent in seconds.items())),
            ("log", attempt.get("log_url") or ""),
            ("log size", bytes_text(attempt.get("log_bytes"))),
            ("files", "\n".join(file["name"] for file in attempt.get("files") or [])),
        ]
    )
    if excerpt := attempt.get("excerpt"):
        output.text("\n" + excerpt.rstrip("\n"))
