"""Logs of attempts, one file each, written at offsets so that repeating changes nothing."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from vostok.errors import ConflictError


class LocalLogStore:
    """Implements `services.ports.LogStore`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def append(self, build_id: int, attempt: int, *, offset: int, data: bytes) -> int:
        """Write bytes at an offset; the size now. ConflictError if that is beyond the end."""
        place = self._place(build_id, attempt)
        place.parent.mkdir(exist_ok=True)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            if offset > size:
                raise ConflictError(f"the log has {size} bytes; {offset} is beyond its end")
            new = data[size - offset :]
            if new:
                os.pwrite(descriptor, new, size)
            return size + len(new)
        finally:
            os.close(descriptor)

    def read(self, build_id: int, attempt: int, *, offset: int, size_max: int) -> bytes:
        """Bytes from an offset on; none beyond the end."""
        try:
            with self._place(build_id, attempt).open("rb") as file:
                file.seek(offset)
                return file.read(size_max)
        except FileNotFoundError:
            return b""

    def size(self, build_id: int, attempt: int) -> int:
        """How long a log is, in bytes."""
        try:
            return self._place(build_id, attempt).stat().st_size
        except FileNotFoundError:
            return 0

    def total(self, build_id: int) -> int:
        """How large the logs of a build are together, in bytes."""
        try:  # as text, and without a look whether it is there: deletions ask for all builds
            with os.scandir(f"{self._root}/{build_id}") as files:
                return sum(file.stat().st_size for file in files if file.name.endswith(".log"))
        except FileNotFoundError:
            return 0

    def builds(self) -> Iterator[int]:
        """Ids of the builds that have logs."""
        for entry in os.scandir(self._root):
            if entry.name.isdigit():
                yield int(entry.name)

    def delete(self, build_id: int) -> int:
        """Take the logs of a build away; the bytes that are free now."""
        directory = self._root / str(build_id)
        freed = sum(file.stat().st_size for file in directory.glob("*.log"))
        shutil.rmtree(directory, ignore_errors=True)
        return freed

    def _place(self, build_id: int, attempt: int) -> Path:
        return self._root / str(build_id) / f"{attempt}.log"
