"""``vostok publication``: publish, list."""

import typer

from vostok.entrypoints.cli.arguments import ArchiveName, Wait
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.messages import Publication
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
