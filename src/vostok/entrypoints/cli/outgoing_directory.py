"""The directory in which outgoing sources lie: each source is there whole, or not at all."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vostok.adapters.outgoing_source_files import changes_name, digested
from vostok.debian.changes import parse_changes
from vostok.debian.clearsigned import unsigned_text
from vostok.debian.no_change_source import DSC_BYTES_MAX, described
from vostok.debian.packages import source_files
from vostok.debian.source_changes import uploaded_names
from vostok.errors import ConflictError, InvalidInputError, UnavailableError, VostokError

MAKING: Final = ".making"
"""Below it lies what is being made; what a killed run left there is worth nothing."""

CHANGES_BYTES_MAX: Final = 4 << 20


class OutgoingDirectory:
    """Holds the files of outgoing sources; a source's .changes comes last and stands for all."""

    def __init__(self, place: Path) -> None:
        self.place = place

    @property
    def making(self) -> Path:
        """Where files are made before they are kept."""
        return self.place / MAKING

    def changes_of(self, source: str, version: str) -> Path:
        """The .changes of a source."""
        return self.place / changes_name(source, version)

    def is_standing(self, source: str, version: str, *, with_original: bool) -> bool:
        """Whether all files of a source are there with the bytes that its .changes names.

        They may have been signed since, as debsign does it.
        """
        path = self.changes_of(source, version)
        try:
            text = unsigned_text(_content(path, CHANGES_BYTES_MAX), of=path.name)
            changes = parse_changes(text)
            named = {file.name: (file.size, file.sha256) for file in changes.files}
            [dsc] = [name for name in named if name.endswith(".dsc")]
            fields = described(_content(self.place / dsc, DSC_BYTES_MAX))
            listed = [file.name for file in source_files(fields)]
            if {dsc, *uploaded_names(listed, with_original=with_original)} != named.keys():
                return False
            found = {name: _size_and_sha256(self.place / name) for name in named}
        except (OSError, ValueError, VostokError):  # not there, or not sound: it is made anew
            return False
        return (changes.source, str(changes.version), found) == (source, version, named)

    def keep(self, names: Sequence[str]) -> None:
        """Move finished files to their place; the last one makes the source whole."""
        for name in names:
            with (self.making / name).open("rb") as file:
                os.fsync(file.fileno())
        for name in names:
            (self.making / name).rename(self.place / name)
        self._sync()

    def clear(self) -> None:
        """Forget what is being made."""
        shutil.rmtree(self.making, ignore_errors=True)
        self.making.mkdir()

    def _sync(self) -> None:
        directory = os.open(self.place, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


@contextmanager
def outgoing_directory(place: Path) -> Iterator[OutgoingDirectory]:
    """The directory, made if it is not there, for one process at a time.

    Raises:
        InvalidInputError: it cannot be made, or is none.
        ConflictError: another process makes sources in it.
        UnavailableError: the disk is full, or fails.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise InvalidInputError(
            f"{place} cannot be used: {error.strerror}", hint="name a directory: --output DIR"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        directory = OutgoingDirectory(place)
        directory.clear()
        yield directory
        shutil.rmtree(directory.making, ignore_errors=True)
    except BlockingIOError:
        raise ConflictError(f"another process makes sources in {place}") from None
    except OSError as error:
        raise UnavailableError(
            f"{error.filename or place} cannot be written: {error.strerror}",
            hint="give the same command again; what is there stays",
        ) from error
    finally:
        os.close(lock)


def _size_and_sha256(path: Path) -> tuple[int, str]:
    file = digested(path)
    return file.size, file.sha256


def _content(path: Path, bytes_max: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(bytes_max + 1)
    if len(content) > bytes_max:
        raise InvalidInputError(f"{path} is larger than {bytes_max} bytes")
    return content
