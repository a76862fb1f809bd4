"""An outgoing source as one file to save: a tar of all that is to be signed and sent.

Only what is new is written to the disk; files of the old source are read where the store has
them. What is written has no name: it goes with the tar, when that is sent or breaks off. Nobody
waits for a turn, so the threads that answer everything else are never held by who does.
"""

import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import anyio
import anyio.lowlevel
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from vostok.debian.no_change_source import Watch
from vostok.errors import InvalidInputError, UnavailableError
from vostok.services.places_at_once import PlacesAtOnce

TAR_TYPE: Final = "application/x-tar"
MADE_AT_ONCE_MAX: Final = 2
"""Packing a large source takes a processor for a while; each is another person's."""
OPEN_MAX: Final = 8
OPEN_OF_PERSON_MAX: Final = 2
"""Being made or sent."""
UNPACKED_BYTES_MAX: Final = 1 << 30
"""Of the file that carries the changelog; no more is written either."""
MAKE_SECONDS_MAX: Final = 120.0
"""For packing it anew."""
SILENCE_SECONDS_MAX: Final = 60.0
"""For whoever saves a tar to take a piece of it."""
RATE_BYTES_MIN: Final = 16 << 10
"""In a second, on average, once it lasts longer than the silence that is allowed."""
PIECE_BYTES: Final = 256 << 10
ON_YOUR_MACHINE: Final = "make it on your machine: vostok rebuild nochange ARCHIVE --output DIR"

Make = Callable[[Path, Watch], list[tuple[str, Path]]]
"""Makes files in an empty directory; (name, place) of those that are to be in the tar."""


class TarMaker:
    """Makes tars, some at once, and knows how many are open. Several threads may use it."""

    def __init__(self) -> None:
        hint = f"save one after the other; or {ON_YOUR_MACHINE}"
        self._made = PlacesAtOnce(
            "tars are being made", in_all_max=MADE_AT_ONCE_MAX, of_one_max=1, hint=hint
        )
        self._open = PlacesAtOnce(
            "tars are open", in_all_max=OPEN_MAX, of_one_max=OPEN_OF_PERSON_MAX, hint=hint
        )

    @property
    def open_tars(self) -> int:
        """How many are being made or sent."""
        return self._open.taken

    def tar(self, person: str, make: Make, *, at: int) -> "OpenTar":
        """A tar, to be closed by whoever sends it.

        Args:
            person: who saves it.
            make: makes what is in it.
            at: time of each file, in seconds: the same files give the same tar.

        Raises:
            UnavailableError: too many are being made or open, or the disk is full.
            InvalidInputError: a server does not unpack so much, or not for so long.
            VostokError: what `make` raises.
        """
        with ExitStack() as closing:
            closing.enter_context(self._open.one(person))
            with self._made.one(person), _temporary_directory() as place:
                files = [
                    _Entry.of(name, closing.enter_context(path.open("rb")), at)
                    for name, path in make(place, _watched)
                ]
            opened = closing.pop_all()
        return OpenTar(files, opened.close)


class OpenTar:
    """A tar whose files are open until it is closed."""

    def __init__(self, files: Sequence["_Entry"], close: Callable[[], None]) -> None:
        self._files = files
        self.close = close
        ending = 2 * tarfile.BLOCKSIZE
        length = sum(len(file.header) + _padded(file.size) for file in files) + ending
        self._ending = bytes(ending + -length % tarfile.RECORDSIZE)
        self.size = length - ending + len(self._ending)

    def pieces(self) -> Iterator[bytes]:
        """Its bytes."""
        for file in self._files:
            yield file.header
            while piece := file.content.read(PIECE_BYTES):
                yield piece
            if file.size % tarfile.BLOCKSIZE:
                yield bytes(_padded(file.size) - file.size)
        yield self._ending


class TarResponse(StreamingResponse):
    """A tar on its way. It is closed however that ends, and broken off if nobody takes it."""

    def __init__(
        self,
        tar: OpenTar,
        headers: dict[str, str],
        *,
        silence_seconds: float = SILENCE_SECONDS_MAX,
    ) -> None:
        super().__init__(
            tar.pieces(),
            media_type=TAR_TYPE,
            headers={**headers, "Content-Length": str(tar.size)},
        )
        self._tar = tar
        self._silence_seconds = silence_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until all is there, or whoever saves it takes nothing, or too little."""
        began, sent = anyio.current_time(), 0

        async def sending(message: Message) -> None:
            nonlocal sent
            left = began + self._silence_seconds + sent / RATE_BYTES_MIN - anyio.current_time()
            with anyio.move_on_after(min(left, self._silence_seconds)) as waiting:
                await send(message)
            if waiting.cancelled_caught:
                whole.cancel()
                await anyio.lowlevel.checkpoint()
            sent += len(message.get("body", b""))

        try:
            with anyio.CancelScope() as whole:
                await super().__call__(scope, receive, sending)
        finally:
            self._tar.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A file of a tar, with its header there."""

    header: bytes
    content: IO[bytes]
    size: int

    @classmethod
    def of(cls, name: str, content: IO[bytes], at: int) -> "_Entry":
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = os.fstat(content.fileno()).st_size, at, 0o644
        return cls(header=entry.tobuf(tarfile.PAX_FORMAT), content=content, size=entry.size)


@contextmanager
def _temporary_directory() -> Iterator[Path]:
    try:
        with tempfile.TemporaryDirectory(prefix="vostok-") as place:
            yield Path(place)
    except OSError as error:
        raise UnavailableError(
            f"the files could not be written: {error.strerror}",
            hint="there may be no room for temporary files; try again later",
        ) from error


def _watched(pieces: Iterator[bytes]) -> Iterator[bytes]:
    began, left = time.monotonic(), UNPACKED_BYTES_MAX
    for piece in pieces:
        left -= len(piece)
        if left < 0 or time.monotonic() - began > MAKE_SECONDS_MAX:
            raise InvalidInputError(
                f"the server unpacks at most {UNPACKED_BYTES_MAX} bytes of a file, for at most "
                f"{MAKE_SECONDS_MAX:.0f} seconds",
                hint=ON_YOUR_MACHINE,
            )
        yield piece


def _padded(size: int) -> int:
    return size + -size % tarfile.BLOCKSIZE
