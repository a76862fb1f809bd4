"""Files that are known by hash and fetched from a parent when they are first needed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vostok.errors import InvalidInputError, NotFoundError, UnavailableError
from vostok.services.ports import ContentStore, Mirror
from vostok.services.repositories import Database


class FileService:
    """Gets files; one fetch per file however many ask at a time."""

    def __init__(self, database: Database, store: ContentStore, mirror: Mirror) -> None:
        self._database = database
        self._store = store
        self._mirror = mirror
        self._locks: dict[str, tuple[threading.Lock, int]] = {}
        self._guard = threading.Lock()

    def ensure(self, sha256: str, *, size: int, name: str) -> Path:
        """A path to the file on this machine, fetched from a parent if it is not here yet.

        Raises:
            NotFoundError: no parent has it any more; the message names where it was looked for.
            UnavailableError: a parent did not answer, or sent other bytes than its index promised.
        """
        if self._store.has(sha256):
            return self._store.path(sha256)
        with self._only_one(sha256):
            if not self._store.has(sha256):
                self._fetch(sha256, size, name)
        return self._store.path(sha256)

    def _fetch(self, sha256: str, size: int, name: str) -> None:
        with self._database.read() as transaction:
            locations = transaction.packages.locations(sha256)
        missing: list[str] = []
        for url in locations:
            try:
                with self._mirror.stream(url) as chunks:
                    self._store.put(chunks, size_max=size, expected_sha256=sha256)
            except NotFoundError:
                missing.append(url)
            except InvalidInputError as error:
                raise UnavailableError(
                    f"{url} is not the file that the parent's index names: {error}",
                    hint="the mirror may be in the middle of an update; try again later",
                ) from error
            else:
                return
        looked = ", ".join(missing) if missing else "no parent lists it"
        raise NotFoundError(
            f"{name} is not to be had: {looked}",
            hint="the mirror lacks the file; retry the build when it is back",
        )

    @contextmanager
    def _only_one(self, sha256: str) -> Iterator[None]:
        with self._guard:
            lock, users = self._locks.get(sha256, (threading.Lock(), 0))
            self._locks[sha256] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, users = self._locks[sha256]
                if users == 1:
                    del self._locks[sha256]
                else:
                    self._locks[sha256] = (lock, users - 1)
