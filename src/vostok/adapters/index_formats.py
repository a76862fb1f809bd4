"""Index files: reading them with apt's own parser, and compressing them."""

import gzip
import lzma
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import apt_pkg
from isal import igzip

from vostok.errors import InvalidInputError

UNPACKED_BYTES_MAX = 4 * 1024**3
COPY_BYTES = 1 << 20
GZIP_LEVEL = 2


class AptIndexFormats:
    """Implements `services.ports.IndexFormats`."""

    def stanzas(self, path: Path, name: str) -> Iterator[Mapping[str, str]]:
        """The paragraphs of an index; the whole text of each under the empty name.

        Raises:
            InvalidInputError: the file cannot be unpacked or is too large.
        """
        with tempfile.TemporaryFile() as plain:
            try:
                with _opened(path, name) as packed:
                    _copy(packed, plain, name)
            except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
                raise InvalidInputError(f"{name} cannot be unpacked: {error}") from error
            plain.seek(0)
            try:
                for section in apt_pkg.TagFile(plain):
                    yield _Paragraph(section)
            except (apt_pkg.Error, UnicodeDecodeError) as error:
                raise InvalidInputError(f"{name} cannot be read: {error}") from error

    def gzipped(self, data: bytes) -> bytes:
        """The same bytes, compressed; equal input gives equal output."""
        return bytes(igzip.compress(data, GZIP_LEVEL, mtime=0))


class _Paragraph(Mapping[str, str]):
    """A paragraph that is parsed only as far as it is asked."""

    __slots__ = ("_section",)

    def __init__(self, section: "apt_pkg.TagSection[str]") -> None:
        self._section = section

    def __getitem__(self, name: str) -> str:
        try:
            return self._section[name] if name else str(self._section).strip("\n") + "\n"
        except UnicodeDecodeError as error:
            raise InvalidInputError(f"a paragraph cannot be read: {error}") from error

    def __contains__(self, name: object) -> bool:
        return name == "" or name in self._section

    def __iter__(self) -> Iterator[str]:
        return iter(self._section.keys())

    def __len__(self) -> int:
        return len(self._section.keys())


def _opened(path: Path, name: str) -> IO[bytes] | gzip.GzipFile:
    if name.endswith(".xz"):
        return lzma.open(path)
    if name.endswith(".gz"):
        return gzip.open(path)
    return path.open("rb")


def _copy(packed: IO[bytes] | gzip.GzipFile, plain: IO[bytes], name: str) -> None:
    size = 0
    while chunk := packed.read(COPY_BYTES):
        size += len(chunk)
        if size > UNPACKED_BYTES_MAX:
            raise InvalidInputError(f"{name} is larger than {UNPACKED_BYTES_MAX} bytes unpacked")
        plain.write(chunk)
    plain.flush()
