"""``vostok publication``: publish, list, not-built."""

import typer

from vostok.entrypoints.cli.arguments import ArchiveName, Wait
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.messages import NotBuiltBinary, Publication
from vostok.entrypoints.cli.output import Column, Output, bytes_text, time_text
from vostok.entrypoints.cli.waiting import finished_job

app = typer.Typer(help="What apt sees of an archive.")


@command(app, "publish", examples=["vostok publication publish trial"])
def publish(invocation: Invocation, name: ArchiveName, *, wait: Wait = True) -> None:
    """Publish what was accepted since the last time. Accepted builds also do this themselves."""
    output = invocation.output
    with invocation.client() as client:
        job = client.publish_archive(name)
        if finished_job(invocation, client, job, wait=wait) and not output.is_json:
            newest = sorted(client.publications(name), key=lambda item: item["number"])[-1:]
            _show(output, newest)


@command(app, "list", examples=["vostok publication list trial"])
def list_publications(invocation: Invocation, name: ArchiveName) -> None:
    """List the publications of an archive that are kept."""
    with invocation.client() as client:
        publications = client.publications(name)
    if invocation.output.is_json:
        invocation.output.document({"publications": publications})
    else:
        _show(invocation.output, publications)


@command(app, "not-built", examples=["vostok publication not-built trial"])
def show_not_built(invocation: Invocation, name: ArchiveName) -> None:
    """Show packages of older versions that an uploaded source builds no more.

    They leave the publication once the upload is built everywhere, but for those that a published
    package, or the build of a published source, still needs.
    """
    with invocation.client() as client:
        found = client.not_built(name)
    output = invocation.output
    if output.is_json:
        output.document(found)
        return
    rows = [
        *(
            _not_built_row(binary, "held back", binary.get("reason", ""))
            for binary in found["kept"]
        ),
        *(_not_built_row(binary, "left out", "nothing needs it") for binary in found["gone"]),
    ]
    if not rows:
        output.note(f"{name} shows nothing that its sources build no more")
        return
    output.table([Column(title=title) for title in NOT_BUILT_TITLES], rows)


NOT_BUILT_TITLES = ("PACKAGE", "VERSION", "ARCHITECTURE", "SOURCE", "NOW", "IS", "BECAUSE")


def _not_built_row(binary: NotBuiltBinary, what: str, why: str) -> list[str]:
    return [
        binary["name"],
        binary["version"],
        " ".join(binary["architectures"]),
        f"{binary['source']} {binary['built_from']}",
        binary["source_version"],
        what,
        why,
    ]


def _show(output: Output, publications: list[Publication]) -> None:
    output.table(
        [
            Column(title="NUMBER", kind="number"),
            Column(title="AT"),
            Column(title="SOURCES", kind="number"),
            Column(title="BINARIES", kind="number"),
            Column(title="SIZE", kind="number"),
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
                publication["reason"] or "",
                publication["url"] or "",
            ]
            for publication in publications
        ],
    )
