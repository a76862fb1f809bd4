"""An outgoing source as one file to save: a tar of all that is to be signed and sent."""

import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from vostok.errors import UnavailableError

MADE_AT_ONCE_MAX: Final = 2
"""Packing a large source takes a processor and a place on the disk for a while."""
WAIT_SECONDS_MAX: Final = 30.0
PIECE_BYTES: Final = 1 << 20

Make = Callable[[Path], list[tuple[str, Path]]]
"""Makes files in an empty directory; (name, place) of those that are to be in the tar."""


class TarMaker:
    """Makes tars, some at once. A tar has no name on the disk: it goes with whoever reads it."""

    def __init__(self) -> None:
        self._turns = threading.Semaphore(MADE_AT_ONCE_MAX)

    def tar(self, make: Make, *, at: int) -> tuple[int, Iterator[bytes]]:
        """Size and bytes of a tar.

        Args:
            make: makes what is in it.
            at: time of each file, in seconds: the same files give the same tar.

        Raises:
            UnavailableError: too many are being made, or the disk is full.
            VostokError: what `make` raises.
        """
        with self._turn(), tempfile.TemporaryDirectory(prefix="vostok-") as directory:
            try:
                file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
                _write(file, make(Path(directory)), at)
            except OSError as error:
                raise UnavailableError(
                    f"the files could not be written: {error.strerror}",
                    hint="there may be no room for temporary files; try again later",
                ) from error
        size = file.tell()
        file.seek(0)
        return size, _pieces(file)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=WAIT_SECONDS_MAX):
            raise UnavailableError(
                f"{MADE_AT_ONCE_MAX} others are being made", hint="try again in a minute"
            )
        try:
            yield
        finally:
            self._turns.release()


def _write(file: IO[bytes], made: list[tuple[str, Path]], at: int) -> None:
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, place in made:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = place.stat().st_size, at, 0o644
            with place.open("rb") as content:
                tar.addfile(entry, content)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece
