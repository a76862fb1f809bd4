"""``vostok archive delete``, and what it will take away."""

import sys
from typing import Annotated, cast

import typer

from vostok.client.messages import Deletion
from vostok.entrypoints.cli import archive
from vostok.entrypoints.cli.arguments import ArchiveName, Wait
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Output, bytes_text
from vostok.entrypoints.cli.waiting import computing, finished_job
from vostok.errors import InvalidInputError

archive_app = archive.app
"""The group of `archive`, with the command of this module in it."""


@command(
    archive_app,
    "delete",
    examples=[
        "vostok archive delete trial --dry-run",
        "vostok archive delete trial",
        "vostok archive delete trial --yes",
    ],
)
def delete_archive(
    invocation: Invocation,
    name: ArchiveName,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the name.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go and what would stay.")
    ] = False,
    wait: Wait = True,
) -> None:
    """Delete an archive with all that is only its own.

    Builds, logs, publications, files, chroots and its key go, and do not come back. Files that
    another archive needs stay.
    """
    output = invocation.output
    if dry_run:
        with invocation.client() as client, computing(output, "working out what would go"):
            found = client.deletion(name)
        _print_deletion(output, found, is_done=False)
        return
    if not yes:
        _confirm(output, name)
    with invocation.client() as client:
        job = client.delete_archive(name)
        ended = finished_job(invocation, client, job, wait=wait)
        if ended is None:
            return
        if not output.is_json and (result := ended.get("result")):
            _print_deletion(output, cast("Deletion", result), is_done=True)
        output.note(f"archive {name} is deleted")


def _confirm(output: Output, name: str) -> None:
    output.notes.print(f"This deletes archive {name} with its builds, logs, files and key.")
    output.notes.print("Type its name to go on: ", end="")
    answer = sys.stdin.readline().strip()
    if answer != name:
        raise InvalidInputError(
            f"{answer!r} is not {name!r}, nothing is deleted",
            hint=f"without a question: vostok archive delete {name} --yes",
        )


def _print_deletion(output: Output, deletion: Deletion, *, is_done: bool) -> None:
    if output.is_json:
        output.document(deletion)
        return
    shared = deletion["shared"]
    output.heading(f"{deletion['archive']}: what {'went' if is_done else 'would go'}")
    output.fields(
        [
            ("rows", str(sum(deletion["rows"].values()))),
            *((f"  {table}", str(count)) for table, count in sorted(deletion["rows"].items())),
            ("files", f"{deletion['files']}, {bytes_text(deletion['bytes'])}"),
            ("logs", f"{deletion['logs']}, {bytes_text(deletion['log_bytes'])}"),
            ("chroots", str(deletion["chroots"])),
            ("key", "its signing key" if deletion["has_key"] else "none"),
        ]
    )
    output.heading(f"\nwhat {'stayed' if is_done else 'would stay'}, as others need it")
    output.fields(
        [
            ("files", f"{shared['files']}, {bytes_text(shared['bytes'])}"),
            *(
                (
                    f"  {example['sha256'][:12]}",
                    f"{bytes_text(example['bytes'])}, needed by {', '.join(example['needed_by'])}",
                )
                for example in shared["examples"]
            ),
        ]
    )
