"""Index files: unpacking them piece by piece, cutting them into paragraphs."""

import hashlib
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from isal import igzip

from vostok.errors import InvalidInputError
from vostok.services.ports import PlainForm

UNPACKED_BYTES_MAX = 1 << 30
"""Of one index; the largest of Debian has 70 million bytes."""

PARAGRAPH_BYTES_MAX = 4 << 20
"""The longest paragraph of Debian has 300,000 bytes."""

XZ_MEMORY_BYTES_MAX = 256 << 20
"""`xz -9` needs 65 MiB to unpack."""

READ_BYTES = 1 << 18
PIECE_BYTES = 1 << 20
GAP = b"\n\n"
UNLIKE_RELEASE_HINT = "apt would refuse it too; tell who runs the archive, or use another mirror"


class AptIndexFormats:
    """Implements `services.ports.IndexFormats`."""

    def paragraphs(self, path: Path, name: str, plain: PlainForm | None = None) -> Iterator[bytes]:
        """The paragraphs of an index. See `services.ports.IndexFormats`."""
        number, rest = 1, b""
        for piece in _checked(_unpacked(path, name), name, plain):
            *whole, rest = (rest + piece).split(GAP)
            for paragraph in whole:
                text = paragraph.strip(b"\n")
                if text:
                    _check_length(text, name, number)
                    yield text + b"\n"
                    number += 1
            _check_length(rest, name, number)
        if text := rest.strip(b"\n"):
            yield text + b"\n"


def _check_length(text: bytes, name: str, number: int) -> None:
    if len(text) > PARAGRAPH_BYTES_MAX:
        raise InvalidInputError(
            f"{name}, paragraph {number}: it is longer than {PARAGRAPH_BYTES_MAX} bytes",
            hint="no index of packages has such a paragraph; check the mirror",
        )


def _checked(pieces: Iterator[bytes], name: str, plain: PlainForm | None) -> Iterator[bytes]:
    """The same pieces, ended by an error once they cannot be those that a Release names.

    A file that unpacks to more than its Release says is not unpacked to its end.
    """
    if plain is None:
        yield from pieces
        return
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        size += len(piece)
        if size > plain.size:
            raise InvalidInputError(
                f"{name} has more than the {plain.size} bytes unpacked that its Release names",
                hint=UNLIKE_RELEASE_HINT,
            )
        digest.update(piece)
        yield piece
    if size < plain.size:
        raise InvalidInputError(
            f"{name} has {size} bytes unpacked, its Release names {plain.size}",
            hint=UNLIKE_RELEASE_HINT,
        )
    if digest.hexdigest() != plain.sha256:
        raise InvalidInputError(
            f"{name} has the SHA-256 {digest.hexdigest()} unpacked, its Release names "
            f"{plain.sha256}",
            hint=UNLIKE_RELEASE_HINT,
        )


def _unpacked(path: Path, name: str) -> Iterator[bytes]:
    """The plain bytes in pieces of at most `PIECE_BYTES`; bounded in size and memory."""
    size = 0
    try:
        with path.open("rb") as packed:
            for piece in _pieces(packed, name):
                size += len(piece)
                if size > UNPACKED_BYTES_MAX:
                    raise InvalidInputError(
                        f"{name} is larger than {UNPACKED_BYTES_MAX} bytes unpacked"
                    )
                yield piece
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise InvalidInputError(f"{name} cannot be unpacked: {error}") from error


def _pieces(packed: IO[bytes], name: str) -> Iterator[bytes]:
    if name.endswith(".xz"):
        return _xz_pieces(packed)
    file: Any = packed
    if name.endswith(".gz"):
        file = igzip.IGzipFile(fileobj=packed, mode="rb")  # type: ignore[no-untyped-call]  # untyped
    return iter(lambda: file.read(PIECE_BYTES), b"")


def _xz_pieces(packed: IO[bytes]) -> Iterator[bytes]:
    """All streams of an xz file, as `xz --decompress` reads it."""
    stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES_MAX)
    data = b""
    while True:
        if stream.eof:
            data = (stream.unused_data or packed.read(READ_BYTES)).lstrip(b"\0")
            if not data:
                return
            stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES_MAX)
        elif stream.needs_input:
            data = packed.read(READ_BYTES)
            if not data:
                raise EOFError("the file ends too early")
        if piece := stream.decompress(data, PIECE_BYTES):
            yield piece
        data = b""
