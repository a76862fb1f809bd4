"""Making the files of one outgoing source, of the parts that the server gives out."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from vostok.adapters.outgoing_source_files import OutgoingParts, make_outgoing_source, pieces
from vostok.client.messages.outgoing import OutgoingSource
from vostok.client.messages.uploads import SentFile
from vostok.entrypoints.cli.outgoing_directory import OutgoingDirectory
from vostok.errors import UnavailableError

if TYPE_CHECKING:
    from vostok.client import Client


class OutgoingMaker:
    """Makes them in a directory."""

    def __init__(self, client: "Client", archive: str, directory: OutgoingDirectory) -> None:
        self._client = client
        self._archive = archive
        self._directory = directory

    def make(self, planned: OutgoingSource, *, with_original: bool) -> None:
        """The files of a source, kept once all of them are there.

        Raises:
            NotFoundError, GoneError, UnavailableError: a file of the old source cannot be had.
            InvalidInputError: no such source can be made of these files.
        """
        self._directory.clear()
        given = self._client.outgoing_parts(self._archive, planned["source"], planned["version"])
        files = {file["name"]: file for file in given["files"]}
        parts = OutgoingParts(
            source=planned["source"],
            version=planned["version"],
            entry=given["entry"],
            at=given["at"],
            sizes={name: file["size"] for name, file in files.items()},
        )
        made = make_outgoing_source(
            self._directory.making,
            parts,
            lambda name: self._fetched(parts, files[name]),
            with_original=with_original,
        )
        self._directory.keep([name for name, _ in made])

    def _fetched(self, parts: OutgoingParts, file: SentFile) -> Path:
        """A file of the old source, which is the one that the archive's index names."""
        place = self._directory.making / file["name"]
        self._client.outgoing_file(
            self._archive,
            parts.source,
            parts.version,
            file["name"],
            place,
            bytes_max=file["size"],
        )
        digest = hashlib.sha256()
        for piece in pieces(place):
            digest.update(piece)
        if digest.hexdigest() != file["sha256"]:
            raise UnavailableError(
                f"{file['name']} came with other bytes than the archive names", hint="try again"
            )
        return place
