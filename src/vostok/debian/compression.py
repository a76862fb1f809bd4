"""The compressions of source packages' files, as streams of bounded memory."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from vostok.errors import InvalidInputError

PIECE_BYTES_MAX: Final = 1 << 20
"""Of what is unpacked at a time, however well it was packed."""

XZ_MEMORY_BYTES_MAX: Final = 256 << 20
"""What unpacking may take: `xz -9` needs 65 MiB, a hostile header may ask for 4 GiB."""

_GZIP: Final = 16 + zlib.MAX_WBITS


class Compression(StrEnum):
    """A compression that dpkg-source takes, by the ending of its files."""

    GZIP = "gz"
    BZIP2 = "bz2"
    XZ = "xz"
    LZMA = "lzma"


class _Unpacker(Protocol):
    """What bz2 and lzma have alike."""

    def decompress(self, data: bytes, max_length: int) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


class _GzipUnpacker:
    """The same for zlib, which keeps what it had no room to unpack."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(_GZIP)
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(piece) < max_length
        return piece

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


_UNPACKERS: Final = MappingProxyType[Compression, Callable[[], _Unpacker]](
    {
        Compression.GZIP: _GzipUnpacker,
        Compression.BZIP2: bz2.BZ2Decompressor,
        Compression.XZ: lambda: lzma.LZMADecompressor(
            lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES_MAX
        ),
        Compression.LZMA: lambda: lzma.LZMADecompressor(
            lzma.FORMAT_ALONE, memlimit=XZ_MEMORY_BYTES_MAX
        ),
    }
)


def unpacked(
    chunks: Iterable[bytes], compression: Compression, *, bytes_max: int
) -> Iterator[bytes]:
    """What was packed, in pieces of at most `PIECE_BYTES_MAX`; several streams are one.

    Raises:
        InvalidInputError: it is damaged or cut off, unpacks to more than `bytes_max`, or needs
            more memory than `XZ_MEMORY_BYTES_MAX`.
    """
    left = bytes_max
    for piece in _pieces(chunks, compression):
        left -= len(piece)
        if left < 0:
            raise InvalidInputError(f"it unpacks to more than {bytes_max} bytes")
        yield piece


def _pieces(chunks: Iterable[bytes], compression: Compression) -> Iterator[bytes]:
    unpacker: _Unpacker | None = None
    for chunk in chunks:
        data = chunk
        while data or (unpacker is not None and not unpacker.needs_input):
            if unpacker is None:
                data = data.lstrip(b"\0")  # gzip and xz allow zeros between and behind streams
                if not data:
                    break
                unpacker = _UNPACKERS[compression]()
            piece = _piece(unpacker, data, compression)
            data = b""
            if piece:
                yield piece
            if unpacker.eof:
                data, unpacker = unpacker.unused_data, None
    if unpacker is not None:
        raise InvalidInputError(f"its {compression} stream is cut off")


def _piece(unpacker: _Unpacker, data: bytes, compression: Compression) -> bytes:
    try:
        return unpacker.decompress(data, PIECE_BYTES_MAX)
    except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
        raise InvalidInputError(f"it is no sound {compression} stream: {error}") from None


def packed(chunks: Iterable[bytes], compression: Compression) -> Iterator[bytes]:
    """The chunks packed as dpkg-source does by default; equal chunks give equal bytes."""
    packer = _packer(compression)
    for chunk in chunks:
        if piece := packer.compress(chunk):
            yield piece
    yield packer.flush()


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def _packer(compression: Compression) -> _Packer:
    match compression:
        case Compression.GZIP:
            return zlib.compressobj(9, wbits=_GZIP)  # a header without name and time
        case Compression.BZIP2:
            return bz2.BZ2Compressor(9)
        case Compression.XZ:
            return lzma.LZMACompressor(lzma.FORMAT_XZ, preset=6)
        case Compression.LZMA:
            return lzma.LZMACompressor(lzma.FORMAT_ALONE, preset=6)
