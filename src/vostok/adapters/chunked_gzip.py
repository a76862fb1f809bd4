"""Compressed indices as a sequence of gzip members, each of which says what it holds.

A member is one piece of the index. Its header has a field «extra» with its length, the piece's
key and a weight; a last, empty member has the size and the SHA-256 of the whole, unpacked. Whoever
unpacks gzip passes these fields over and reads the members as one file.

Source: RFC 1952, 2.2 (members) and 2.3.1.1 (extra field).
"""

import mmap
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from isal import igzip_lib, isal_zlib

from vostok.domain.index_chunks import KEY_BYTES
from vostok.errors import InvalidInputError
from vostok.services.ports import KnownChunk

LEVEL = 2
RAW = -15
GZIP = 31
_START = b"\x1f\x8b\x08\x04" + bytes(4) + b"\x00\xff"
"""Deflate, a field «extra», no time, no operating system."""

_CHUNK = struct.Struct(f"<2sHI{KEY_BYTES}sQ")
_END = struct.Struct("<2sHIQ32s")
_CHUNK_ID, _END_ID = b"Vc", b"Ve"
_LENGTH = struct.Struct("<H")
_FIELD_START = len(_START) + _LENGTH.size
_TAIL = struct.Struct("<II")


class GzipChunks:
    """Implements `services.ports.IndexChunks`."""

    def packed(self, key: bytes, weight: int, plain: bytes) -> bytes:
        """A piece as a member; equal input gives equal output."""
        body = isal_zlib.compress(plain, LEVEL, wbits=RAW)
        size = _FIELD_START + _CHUNK.size + len(body) + _TAIL.size
        extra = _CHUNK.pack(_CHUNK_ID, _CHUNK.size - 4, size, key, weight)
        return _member(extra, body, plain)

    def end(self, plain_size: int, plain_sha256: str) -> bytes:
        """The last member."""
        body = isal_zlib.compress(b"", LEVEL, wbits=RAW)
        size = _FIELD_START + _END.size + len(body) + _TAIL.size
        digest = bytes.fromhex(plain_sha256)
        return _member(_END.pack(_END_ID, _END.size - 4, size, plain_size, digest), body, b"")

    def unpacked(self, packed: bytes) -> bytes:
        """The piece in a member; InvalidInputError if it is damaged."""
        try:
            return bytes(isal_zlib.decompress(packed, wbits=GZIP))
        except (igzip_lib.IsalError, EOFError) as error:  # type: ignore[misc]  # untyped
            raise InvalidInputError(f"a piece of an index cannot be unpacked: {error}") from error

    def known(self, path: Path) -> "KnownGzipChunks | None":
        """The members of a file; None if it is not there or was not written by this class."""
        try:
            with path.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (FileNotFoundError, ValueError):  # an empty file cannot be mapped
            return None
        return KnownGzipChunks.read(data)


class KnownGzipChunks:
    """Implements `services.ports.KnownIndex`."""

    def __init__(
        self,
        data: mmap.mmap,
        keys: Sequence[bytes],
        places: dict[bytes, tuple[int, int, int]],
        plain: tuple[int, str],
    ) -> None:
        self._data = data
        self._places = places
        self.keys = keys
        self.plain_size, self.plain_sha256 = plain

    @classmethod
    def read(cls, data: mmap.mmap) -> "KnownGzipChunks | None":
        """The members of a file that is mapped into memory. O(members)."""
        places: dict[bytes, tuple[int, int, int]] = {}
        plain: tuple[int, str] | None = None
        keys: list[bytes] = []
        for kind, start, size in _members(data):
            if kind == _END_ID:
                *_, plain_size, digest = _END.unpack_from(data, start + _FIELD_START)
                plain = (plain_size, digest.hex())
            else:
                *_, key, weight = _CHUNK.unpack_from(data, start + _FIELD_START)
                places[key] = (start, size, weight)
                keys.append(key)
        return None if plain is None else cls(data, tuple(keys), places, plain)

    @property
    def weight(self) -> int:
        """Of all pieces together."""
        return sum(self._places[key][2] for key in self.keys)

    def find(self, key: bytes) -> KnownChunk | None:
        """The piece of that key."""
        place = self._places.get(key)
        if place is None:
            return None
        start, size, weight = place
        return KnownChunk(packed=self._data[start : start + size], weight=weight)


def _member(extra: bytes, body: bytes, plain: bytes) -> bytes:
    tail = _TAIL.pack(zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
    return b"".join((_START, _LENGTH.pack(len(extra)), extra, body, tail))


def _members(data: mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, size in bytes) of each member, up to the first that is not of ours."""
    start = 0
    while start + _FIELD_START + 8 <= len(data):
        kind, _, size = struct.unpack_from("<2sHI", data, start + _FIELD_START)
        is_ours = data[start : start + len(_START)] == _START and kind in {_CHUNK_ID, _END_ID}
        if not is_ours or size == 0 or start + size > len(data):
            return
        yield kind, start, size
        start += size
