"""Files by the SHA-256 of their bytes, in a directory of this machine.

A file is written under a temporary name, flushed to the disk and then renamed: what is there under
its hash is whole, whatever was killed when.
"""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from vostok.errors import InvalidInputError, NotFoundError, UnavailableError

TEMPORARY_PREFIX = "incoming."


class LocalContentStore:
    """Implements `services.ports.ContentStore`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def has(self, sha256: str) -> bool:
        """Whether the file is here."""
        return self._place(sha256).exists()

    def path(self, sha256: str) -> Path:
        """The file; NotFoundError if it is not here."""
        place = self._place(sha256)
        if not place.exists():
            raise NotFoundError(f"no file {sha256} is stored here")
        return place

    def put(
        self, chunks: Iterable[bytes], *, size_max: int, expected_sha256: str | None = None
    ) -> tuple[str, int]:
        """Store a file; (SHA-256, size). See `services.ports.ContentStore`."""
        temporary = self._root / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
        try:
            digest, size = _write(temporary, chunks, size_max)
            if expected_sha256 is not None and digest != expected_sha256:
                raise InvalidInputError(
                    f"the bytes have SHA-256 {digest}, but {expected_sha256} was announced"
                )
            place = self._place(digest)
            place.parent.mkdir(exist_ok=True)
            temporary.rename(place)
            _flush_directory(place.parent)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise UnavailableError(
                    f"the disk of {self._root} is full", hint="make room, then try again"
                ) from error
            raise
        finally:
            temporary.unlink(missing_ok=True)
        return digest, size

    def delete(self, sha256: str) -> int:
        """Take a file away; the bytes that are free now."""
        place = self._place(sha256)
        try:
            size = place.stat().st_size
            place.unlink()
        except FileNotFoundError:
            return 0
        return size

    def _place(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256


def _write(place: Path, chunks: Iterable[bytes], size_max: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with place.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > size_max:
                raise InvalidInputError(f"the file is larger than {size_max} bytes")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
