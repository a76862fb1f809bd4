"""A store that keeps nothing: what is put into it is hashed and counted, and forgotten."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from vostok.errors import InvalidInputError
from vostok.services.ports import WrittenFiles


class UnkeptFiles:
    """The files of a store, and on top the names of what was put here, without the bytes.

    For dry runs of what writes files: it does the same work, and leaves nothing behind. Bounded
    by the number of files that one deed writes.
    """

    def __init__(self, store: WrittenFiles) -> None:
        self._store = store
        self._put: dict[str, int] = {}

    def has(self, sha256: str, *, size: int | None = None) -> bool:
        """Whether the file is in the store, or was put here."""
        if sha256 in self._put:
            return size is None or self._put[sha256] == size
        return self._store.has(sha256, size=size)

    def path(self, sha256: str) -> Path:
        """That of the store; NotFoundError for what was only put here."""
        return self._store.path(sha256)

    def put(
        self, chunks: Iterable[bytes], *, size_max: int, expected_sha256: str | None = None
    ) -> tuple[str, int]:
        """(SHA-256, size in bytes) of a file, as of one that is stored; see `ContentStore`."""
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            if size > size_max:
                raise InvalidInputError(f"a file is larger than {size_max} bytes")
        sha256 = digest.hexdigest()
        if expected_sha256 not in {None, sha256}:
            raise InvalidInputError(f"a file has the SHA-256 {sha256}, not {expected_sha256}")
        self._put[sha256] = size
        return sha256, size
