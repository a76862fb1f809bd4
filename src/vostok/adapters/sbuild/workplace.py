"""The directories of attempts on one machine.

ROOT/lock                  held while a builder runs
ROOT/attempts/ID/source    what was downloaded and verified; read only for the build user
ROOT/attempts/ID/work      the only place the build user can write
ROOT/attempts/ID/log       the log, until the server has it
ROOT/chroots/              see `chroot`
"""

import fcntl
import os
import threading
from pathlib import Path
from typing import BinaryIO

from vostok.errors import ConflictError
from vostok.services.building.builder_ports import AttemptPlace, Sandbox

ATTEMPTS_NAME = "attempts"
LOCK_NAME = "lock"


class FileLog:
    """A log in a local file. Safe for one writer and one reader in different threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file: BinaryIO = path.open("xb+", buffering=0)
        self._size = 0

    @property
    def size_bytes(self) -> int:
        """How much was written so far."""
        return self._size

    def write(self, content: bytes) -> None:
        """Append."""
        with self._lock:
            self._file.seek(0, os.SEEK_END)
            self._file.write(content)
            self._size += len(content)

    def read(self, offset: int, bytes_max: int) -> bytes:
        """What was written from `offset` on; empty at the end, and when closed."""
        with self._lock:
            if self._file.closed:
                return b""
            self._file.seek(offset)
            return self._file.read(bytes_max)

    def close(self) -> None:
        """Give up the file."""
        with self._lock:
            self._file.close()


class AttemptDirectories:
    """Attempts below one root, and the lock that keeps a second builder out."""

    def __init__(self, root: Path, sandbox: Sandbox) -> None:
        self._attempts = root / ATTEMPTS_NAME
        self._sandbox = sandbox
        for directory in (root, self._attempts):
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o755)
        self._logs: dict[int, FileLog] = {}
        self._lock = (root / LOCK_NAME).open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise ConflictError(f"another builder runs in {root}") from error

    def close(self) -> None:
        """Let another builder in."""
        self._lock.close()

    def sweep(self) -> int:
        """Remove what an earlier builder left; how many attempts that were."""
        left = list(self._attempts.iterdir())
        for directory in left:
            self._sandbox.remove(directory)
        return len(left)

    def prepare(self, attempt_id: int) -> AttemptPlace:
        """Fresh, empty directories."""
        directory = self._attempts / str(attempt_id)
        self._sandbox.remove(directory)
        source, work = directory / "source", directory / "work"
        for path in (directory, source):
            path.mkdir()
            path.chmod(0o755)
        self._sandbox.make_directory(work)
        log = self._logs[attempt_id] = FileLog(directory / "log")
        return AttemptPlace(source=source, work=work, log=log)

    def clear(self, attempt_id: int) -> None:
        """Remove everything of the attempt."""
        log = self._logs.pop(attempt_id, None)
        if log is not None:
            log.close()
        self._sandbox.remove(self._attempts / str(attempt_id))
