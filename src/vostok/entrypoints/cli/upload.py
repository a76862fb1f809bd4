"""``vostok upload``: put, list, show, get."""

import hashlib
from enum import StrEnum
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from vostok.client.messages.uploads import SentFile, UploadWithFiles
from vostok.client.problems import ServerFaultError
from vostok.entrypoints.cli.arguments import ArchiveName, Search, file_content
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, bytes_text, time_text
from vostok.errors import ConflictError, InvalidInputError, NotFoundError

CHANGES_BYTES_MAX: Final = 4 << 20
UPLOADS_LISTED_MAX: Final = 500
"""The newest ones."""


class UploadState(StrEnum):
    """What became of a .changes; as the domain has it, which would load apt's library."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


app = typer.Typer(help="Sources that people put into archives.")


@command(app, "put", examples=["vostok upload put trial ../hello_2.10-3+local1_source.changes"])
def put_upload(
    invocation: Invocation,
    name: ArchiveName,
    changes: Annotated[Path, typer.Argument(metavar="FILE", help="The signed .changes file.")],
) -> None:
    """Put a source into an archive: the files that a .changes names, then the .changes itself.

    It is accepted whole or not at all, and built by itself. The same as dput, with the token of
    the command line.
    """
    # Reading package files loads apt's library, which other commands need not wait for.
    from vostok.debian.changes import parse_changes  # noqa: PLC0415
    from vostok.debian.clearsigned import unsigned_text  # noqa: PLC0415

    text = unsigned_text(file_content(changes, bytes_max=CHANGES_BYTES_MAX), of=changes.name)
    paths = [changes.parent / file.name for file in parse_changes(text).files]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise InvalidInputError(
            f"{', '.join(missing)} is named in {changes.name}, but not beside it"
        )
    with invocation.client() as client:
        for number, path in enumerate([*paths, changes], start=1):
            invocation.output.note(
                f"sending {number} of {len(paths) + 1}: {path.name}, "
                f"{bytes_text(path.stat().st_size)}"
            )
            upload = client.put_upload_file(name, path)
    if upload is None:
        raise ServerFaultError(f"the server did not judge {changes.name}")
    if invocation.output.is_json:
        invocation.output.document(upload)
    else:
        invocation.output.text(f"upload {upload['id']}: {upload['sentence']}")


@command(
    app, "list", examples=["vostok upload list trial", "vostok upload list trial --state refused"]
)
def list_uploads(
    invocation: Invocation,
    name: ArchiveName,
    *,
    search: Search = "",
    state: Annotated[
        list[UploadState] | None, typer.Option(help="Only in this state; repeatable.")
    ] = None,
) -> None:
    """List the newest uploads into an archive, accepted and refused, with who and why."""
    with invocation.client() as client:
        uploads = list(
            islice(client.uploads(name, text=search, states=state or []), UPLOADS_LISTED_MAX)
        )
    if invocation.output.is_json:
        invocation.output.document({"uploads": uploads})
        return
    invocation.output.table(
        [
            Column(title="ID", kind="number"),
            Column(title="AT"),
            Column(title="SOURCE"),
            Column(title="VERSION"),
            Column(title="STATE", kind="state"),
            Column(title="BY"),
            Column(title="SENTENCE"),
        ],
        [
            [
                str(upload["id"]),
                time_text(upload["at"]),
                upload["source"],
                upload["version"],
                upload["state"],
                upload["uploaded_by"],
                upload["sentence"],
            ]
            for upload in uploads
        ],
    )


@command(app, "show", examples=["vostok upload show trial 12"])
def show_upload(
    invocation: Invocation,
    name: ArchiveName,
    number: Annotated[int, typer.Argument(metavar="ID", help="Number of the upload.")],
) -> None:
    """Show one upload with its files, and the builds that came of it."""
    with invocation.client() as client:
        upload = client.upload(name, number)
    if invocation.output.is_json:
        invocation.output.document(upload)
    else:
        _show(invocation.output, upload)


@command(
    app,
    "get",
    examples=[
        "vostok upload get trial 12",
        "vostok upload get trial 12 hello_2.10-3+local1.dsc --directory sources",
    ],
)
def get_upload(
    invocation: Invocation,
    name: ArchiveName,
    number: Annotated[int, typer.Argument(metavar="ID", help="Number of the upload.")],
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help="Only these; by default all.")
    ] = None,
    *,
    directory: Annotated[
        Path, typer.Option(metavar="DIRECTORY", help="Where they are written to; made if needed.")
    ] = Path(),
) -> None:
    """Fetch the files of an accepted upload as they were sent, and check their sums.

    A file that is there already is never written over.
    """
    with invocation.client() as client:
        there = {file["name"]: file for file in client.upload(name, number)["files"]}
        wanted = list(dict.fromkeys(files or there))
        unknown = [file for file in wanted if file not in there or Path(file).name != file]
        if unknown:
            raise NotFoundError(
                f"upload {number} of {name} has no file {', '.join(unknown)}",
                hint=f"see which it has: vostok upload show {name} {number}",
            )
        places = {file: directory / file for file in wanted}
        if taken := [str(place) for place in places.values() if place.exists()]:
            raise ConflictError(
                f"{', '.join(taken)} is there already", hint="name another --directory"
            )
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=directory, prefix=".vostok-") as fetched:
            for file, place in places.items():
                partial = Path(fetched, file)
                client.upload_file(name, number, file, partial, bytes_max=there[file]["size"])
                _check_sum(partial, there[file])
                partial.rename(place)
    if invocation.output.is_json:
        invocation.output.document({"files": [str(place) for place in places.values()]})
    else:
        for place in places.values():
            invocation.output.text(str(place))


def _check_sum(place: Path, file: SentFile) -> None:
    """Nothing, if a file is what the server said.

    Raises:
        ServerFaultError: it is not.
    """
    with place.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != file["sha256"]:
        raise ServerFaultError(f"{file['name']} came with the sum {found}, not {file['sha256']}")


def _show(output: Output, upload: UploadWithFiles) -> None:
    output.heading(f"upload {upload['id']}: {upload['source']} {upload['version']}")
    output.fields(
        [
            ("state", upload["state"]),
            ("sentence", upload["sentence"]),
            ("sent by", upload["uploaded_by"]),
            ("key of", upload["person"] or ""),
            ("signed by", upload["signed_by"]),
            ("file", upload["changes"]),
            ("at", time_text(upload["at"])),
        ]
    )
    if files := upload["files"]:
        output.table(
            [Column(title="FILE"), Column(title="SIZE", kind="number"), Column(title="SHA256")],
            [[file["name"], bytes_text(file["size"]), file["sha256"]] for file in files],
        )
    if builds := upload["builds"]:
        output.table(
            [
                Column(title="BUILD", kind="number"),
                Column(title="ARCHITECTURE"),
                Column(title="STATE"),
                Column(title="WHY"),
            ],
            [[str(b["id"]), b["architecture"], b["state"], b["sentence"]] for b in builds],
        )
