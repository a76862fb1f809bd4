"""Releases on their way from index files into the database, kept in a temporary file.

They are read and checked before a transaction begins, so that none is held open meanwhile, and
there may be millions: only their hashes are kept in memory.
"""

import marshal
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Any, Self

from vostok.domain.package import NewBinary, NewSource

ROWS_PER_BATCH = 2_000

MARSHAL_VERSION = 2
"""Without references between equal objects: finding them would cost more than they save."""

Row = tuple[Any, ...]


class ReleaseSpool:
    """Implements `services.repositories.ReleaseSpool`."""

    def __init__(self) -> None:
        self._sources = _Rows()
        self._binaries = _Rows()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._sources.close()
        self._binaries.close()

    def add_source(self, digest: bytes, source: NewSource) -> None:
        """Take a source whose stanza has this SHA-256."""
        self._sources.add(
            (
                digest, source.stanza, source.name, source.version, source.architecture,
                source.directory, source.is_extra, source.files,
            )
        )  # fmt: skip

    def add_binary(self, digest: bytes, binary: NewBinary) -> None:
        """Take a binary whose stanza has this SHA-256."""
        self._binaries.add(
            (
                digest, binary.stanza, binary.name, binary.version, binary.architecture,
                binary.source_name, binary.source_version, binary.filename, binary.size,
                binary.sha256,
            )
        )  # fmt: skip

    def sources(self) -> Iterator[list[Row]]:
        """The sources in batches: digest, stanza, columns of `source_release`, files."""
        return self._sources.batches()

    def binaries(self) -> Iterator[list[Row]]:
        """The binaries in batches: digest, stanza, columns of `binary_release`."""
        return self._binaries.batches()


class _Rows:
    """Rows in the order in which they came; written first, read afterwards."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the spool
        self._waiting: list[Row] = []
        self._lengths: list[int] = []

    def add(self, row: Row) -> None:
        self._waiting.append(row)
        if len(self._waiting) == ROWS_PER_BATCH:
            self._flush()

    def batches(self) -> Iterator[list[Row]]:
        self._flush()
        self._file.seek(0)
        for length in self._lengths:
            yield marshal.loads(self._file.read(length))  # noqa: S302 - written by this process

    def close(self) -> None:
        self._file.close()

    def _flush(self) -> None:
        if self._waiting:
            data = marshal.dumps(self._waiting, MARSHAL_VERSION)
            self._file.write(data)
            self._lengths.append(len(data))
            self._waiting = []
