"""Making the files of one outgoing source, of the parts that the server gives out."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vostok.client.messages.outgoing import OutgoingParts, OutgoingSource
from vostok.client.messages.uploads import SentFile
from vostok.debian.no_change_source import (
    DSC_BYTES_MAX,
    Digests,
    NoChangePlan,
    control_file,
    described,
    no_change_dsc,
    plan_no_change,
    with_changelog_entry,
)
from vostok.debian.packages import check_file_name, source_files
from vostok.debian.source_changes import section_and_priority, source_changes, uploaded_names
from vostok.debian.version import Version
from vostok.entrypoints.cli.outgoing_directory import OutgoingDirectory, digested, pieces
from vostok.errors import InvalidInputError, UnavailableError

if TYPE_CHECKING:
    from vostok.client import Client


class _New(NamedTuple):
    """A new source's .dsc and its debian/control."""

    dsc: bytes
    control: bytes | None


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
        parts = self._client.outgoing_parts(self._archive, planned["source"], planned["version"])
        files = {check_file_name(file["name"]): file for file in parts["files"]}
        old_dsc = next((name for name in files if name.endswith(".dsc")), "")
        dsc = self._fetched(parts, files, old_dsc).read_bytes()
        plan = plan_no_change(dsc, Version.parse(planned["version"]))
        new = self._packed(files, plan, dsc, parts)
        listed = [file.name for file in source_files(described(new.dsc))]
        sent = uploaded_names(listed, with_original=with_original)
        for name in sent:
            if name != plan.new_name:
                self._fetched(parts, files, name)
        (self._directory.making / plan.dsc_name).write_bytes(new.dsc)
        changes = self._directory.changes_of(planned["source"], planned["version"]).name
        text = self._changes(new, parts["entry"], [plan.dsc_name, *sent])
        (self._directory.making / changes).write_text(text)
        self._directory.keep([*sent, plan.dsc_name, changes])

    def _packed(
        self,
        files: Mapping[str, SentFile],
        plan: NoChangePlan,
        dsc: bytes,
        parts: OutgoingParts,
    ) -> _New:
        """Make the file that carries the changelog."""
        old = self._fetched(parts, files, plan.old_name)
        control = control_file(pieces(old), plan)
        digests = Digests()
        changed = with_changelog_entry(pieces(old), plan, entry=parts["entry"], at=parts["at"])
        with (self._directory.making / plan.new_name).open("wb") as file:
            file.writelines(digests.noting(changed))
        return _New(no_change_dsc(dsc, plan, digests.file(plan.new_name)), control)

    def _changes(self, new: _New, entry: str, names: Sequence[str]) -> str:
        section, priority = section_and_priority(new.control)
        files = [digested(self._directory.making / name) for name in names]
        return source_changes(new.dsc, entry, files, section=section, priority=priority)

    def _fetched(self, parts: OutgoingParts, files: Mapping[str, SentFile], name: str) -> Path:
        """A file of the old source, which is the one that the archive's index names."""
        if name not in files:
            raise InvalidInputError(f"{name or 'a .dsc'} is no file of the source")
        file = files[name]
        if name.endswith(".dsc") and file["size"] > DSC_BYTES_MAX:
            raise InvalidInputError(f"{name} has {file['size']} bytes; at most {DSC_BYTES_MAX}")
        place = self._directory.making / name
        self._client.outgoing_file(
            self._archive,
            parts["source"],
            parts["version"],
            name,
            place,
            bytes_max=file["size"],
        )
        digest = hashlib.sha256()
        for piece in pieces(place):
            digest.update(piece)
        if digest.hexdigest() != file["sha256"]:
            raise UnavailableError(
                f"{name} came with other bytes than the archive names", hint="try again"
            )
        return place
