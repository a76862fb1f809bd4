"""``vostok publication``: publish, list, keep, release, not-built."""

from itertools import islice
from typing import Annotated

import typer

from vostok.client.messages import NotBuiltBinary, Publication
from vostok.entrypoints.cli.arguments import ArchiveName, Wait
from vostok.entrypoints.cli.effects import DryRun, show_effects, show_publication_plan
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, bytes_text, time_text
from vostok.entrypoints.cli.waiting import computing, finished_job

PublicationNumber = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, help="Number of a publication that is there.")
]

app = typer.Typer(help="What apt sees of an archive.")


@command(app, "publish", examples=["vostok publication publish trial"])
def publish(
    invocation: Invocation, name: ArchiveName, *, dry_run: DryRun = False, wait: Wait = True
) -> None:
    """Publish what was accepted since the last time. Accepted builds also do this themselves."""
    output = invocation.output
    with invocation.client() as client:
        if dry_run:
            with computing(output, "making the next publication, to be forgotten"):
                plan = client.plan_publication(name)
            show_publication_plan(output, plan)
            return
        job = client.publish_archive(name)
        if finished_job(invocation, client, job, wait=wait) and not output.is_json:
            newest = list(islice(client.publications(name), 1))
            _show(output, newest)


@command(app, "list", examples=["vostok publication list trial"])
def list_publications(invocation: Invocation, name: ArchiveName) -> None:
    """List the publications of an archive that are kept."""
    with invocation.client() as client:
        publications = list(client.publications(name))
    if invocation.output.is_json:
        invocation.output.document({"publications": publications})
    else:
        _show(invocation.output, publications)


@command(
    app,
    "keep",
    examples=[
        "vostok publication keep trial 3",
        "vostok publication keep trial 3 --name before-gcc-14",
    ],
)
def keep_publication(
    invocation: Invocation,
    name: ArchiveName,
    number: PublicationNumber,
    *,
    label: Annotated[
        str, typer.Option("--name", metavar="LABEL", help="What it is to be called.")
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Keep a publication from being collected, however old it becomes."""
    with invocation.client() as client:
        if dry_run:
            plan = client.plan_kept_publication(name, number, label=label)
            nothing = f"publication {number} of {name} would be kept"
            show_effects(invocation.output, plan, nothing=nothing)
            return
        kept = client.keep_publication(name, number, label=label)
    if invocation.output.is_json:
        invocation.output.document(kept)
        return
    called = f", called {label}" if label else ""
    invocation.output.note(f"publication {number} of {name} is kept{called}")


@command(app, "release", examples=["vostok publication release trial 3"])
def release_publication(
    invocation: Invocation,
    name: ArchiveName,
    number: PublicationNumber,
    *,
    dry_run: DryRun = False,
) -> None:
    """Keep a publication no longer: it goes when it is old, like the others."""
    with invocation.client() as client:
        if dry_run:
            plan = client.plan_released_publication(name, number)
            show_effects(invocation.output, plan, nothing="nobody keeps it now")
            return
        released = client.release_publication(name, number)
    if invocation.output.is_json:
        invocation.output.document(released)
        return
    invocation.output.note(f"publication {number} of {name} is kept by nobody any more")


@command(app, "not-built", examples=["vostok publication not-built trial"])
def show_not_built(invocation: Invocation, name: ArchiveName) -> None:
    """Show packages of older versions that an uploaded source builds no more.

    They leave the publication once the upload is built everywhere, but for those that a published
    package, or the build of a published source, still needs.
    """
    what = "working out what sources build no more, and who needs it"
    with invocation.client() as client, computing(invocation.output, what):
        found = list(client.not_built(name))
    output = invocation.output
    if output.is_json:
        output.document({"binaries": found})
        return
    if not found:
        output.note(f"{name} shows nothing that its sources build no more")
        return
    titles = [Column(title=title) for title in NOT_BUILT_TITLES]
    output.table(titles, [_not_built_row(binary) for binary in found])


NOT_BUILT_TITLES = ("PACKAGE", "VERSION", "ARCHITECTURE", "SOURCE", "NOW", "IS", "BECAUSE")


def _not_built_row(binary: NotBuiltBinary) -> list[str]:
    return [
        binary["name"],
        binary["version"],
        " ".join(binary["architectures"]),
        f"{binary['source']} {binary['built_from']}",
        binary["source_version"],
        "held back" if binary["is_held_back"] else "left out",
        binary["reason"],
    ]


def _kept_text(publication: Publication) -> str:
    label = publication.get("kept_as")
    if label is None:
        return ""
    return " ".join(filter(None, [label, f"by {publication.get('kept_by')}"]))


def _show(output: Output, publications: list[Publication]) -> None:
    output.table(
        [
            Column(title="NUMBER", kind="number"),
            Column(title="AT"),
            Column(title="SOURCES", kind="number"),
            Column(title="BINARIES", kind="number"),
            Column(title="SIZE", kind="number"),
            Column(title="KEPT"),
            Column(title="REASON"),
            Column(title="URL"),
        ],
        [
            [
                str(publication["number"]),
                time_text(publication["at"]),
                str(publication["sources"]),
                str(publication["binaries"]),
                bytes_text(publication["bytes"]),
                _kept_text(publication),
                publication["reason"] or "",
                publication["url"] or "",
            ]
            for publication in publications
        ],
    )
