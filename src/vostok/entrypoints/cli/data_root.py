"""The directory under which everything of one machine lies: made, claimed, its secrets created."""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vostok.errors import ConflictError, InvalidInputError, NotAllowedError

TOKEN_BYTES: Final = 32

_LOCK_NAME: Final = "up.lock"
_OURS: Final = frozenset({_LOCK_NAME, "admin.token", "builder.token", "vostok.db", "address"})
# The build user must be able to pass through the data root to `builder`, and into nothing else.
_DIRECTORY_MODES: Final = {
    "files": 0o700,
    "keys": 0o700,
    "log": 0o700,
    "logs": 0o700,
    "builder": 0o755,
}


def prepare_data_root(root: Path) -> None:
    """Makes the directories and tokens that are missing; what is there keeps its content.

    Raises:
        InvalidInputError: the path is no directory, or holds what is not Vostok's.
        NotAllowedError: this user may not write there.
    """
    try:
        root.mkdir(mode=0o755, parents=True, exist_ok=True)
        _refuse_foreign(root)
        # First of all, so that a directory left half prepared is known as ours.
        (root / _LOCK_NAME).touch(mode=0o600)
        root.chmod(0o755)
        for name, mode in _DIRECTORY_MODES.items():
            (root / name).mkdir(exist_ok=True)
            (root / name).chmod(mode)
        for name in ("admin.token", "builder.token"):
            if not (root / name).exists():
                write_atomically(
                    root / name, secrets.token_urlsafe(TOKEN_BYTES) + "\n", mode=0o600
                )
    except PermissionError as error:
        raise NotAllowedError(
            f"data root {root} cannot be written: {error.strerror}: {error.filename}",
            hint="run this as its owner, or name another one: --data-root DIRECTORY",
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise InvalidInputError(
            f"data root {root} is no directory: {error.filename} is in the way"
        ) from error


@contextmanager
def claimed_data_root(root: Path) -> Iterator[None]:
    """Holds the data root for this process; the kernel lets go of it however the process ends.

    Raises:
        ConflictError: another process holds it; its id is named.
    """
    with (root / _LOCK_NAME).open("r+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = lock.read(32).strip() or "unknown"
            raise ConflictError(
                f"data root {root} is in use by another vostok up, process {holder}",
                hint=f"stop it: kill {holder}" if holder.isdigit() else None,
            ) from None
        lock.seek(0)
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def remove_unfinished_files(root: Path) -> int:
    """Removes what killed processes left half-written in the content store; how many files.

    Only while none of this data root's processes runs.
    """
    leftovers = list((root / "files").glob("incoming.*"))
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return len(leftovers)


def write_atomically(file: Path, text: str, *, mode: int) -> None:
    """Replaces a file: a reader sees the old content or the new one, never less."""
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            os.fchmod(stream.fileno(), mode)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).rename(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def find_closed_directory(root: Path) -> Path | None:
    """The first directory on the way to the data root that other users cannot pass, if any."""
    return next(
        (
            directory
            for directory in reversed(root.resolve().parents)
            if directory.exists() and not directory.stat().st_mode & 0o001
        ),
        None,
    )


def _refuse_foreign(root: Path) -> None:
    names = {entry.name for entry in root.iterdir()}
    if names and not names & _OURS:
        raise InvalidInputError(
            f"data root {root} holds something else already, such as {min(names)!r}",
            hint="name an empty directory or one that Vostok made: --data-root DIRECTORY",
        )
