"""Files by the SHA-256 of their bytes, in a directory of this machine.

A file is written under a temporary name, flushed to the disk and then renamed: what is there under
its hash is whole, whatever was killed when. What a broken file system leaves (an empty file, or a
shorter one than is known) counts as absent.
"""

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from vostok.errors import InvalidInputError, NotFoundError, UnavailableError
from vostok.services.ports import StoredFact, UnfinishedFile

TEMPORARY_PREFIX = "incoming."
ASIDE = "corrupt"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
READ_BYTES = 1 << 20
LOCK_POLL_SECONDS = 0.05
REOPENED_MAX = 1_000
UNLINKS_AT_ONCE = 4
ASKED_FOR_SINGLY_MAX = 10_000
"""Of more files those that are here are listed first: most of a parent's never were, and asking
for one that is not here costs ten times what listing one does that is."""
PREFIXES = tuple(f"{number:02x}" for number in range(256))
OUT_OF_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalContentStore:
    """Implements `services.ports.ContentStore`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def has(self, sha256: str, *, size: int | None = None) -> bool:
        """Whether the file is here, whole as far as its size can tell."""
        return self._size(sha256, size) is not None

    def path(self, sha256: str) -> Path:
        """The file; NotFoundError if it is not here."""
        if not self.has(sha256):
            raise NotFoundError(f"no file {sha256} is stored here")
        return self._place(sha256)

    def sizes(self, hashes: Iterable[str]) -> dict[str, int]:
        """Size in bytes of those of the files that are here."""
        root = str(self._root)  # joined as text: a Path for each file takes longer than asking
        found: dict[str, int] = {}
        wanted = set(hashes)
        if len(wanted) > ASKED_FOR_SINGLY_MAX:
            wanted = self._listed(wanted)
        for sha256 in wanted:
            try:
                size = os.stat(f"{root}/{sha256[:2]}/{sha256}").st_size  # noqa: PTH116 - as said
            except FileNotFoundError:
                continue
            if size or sha256 == EMPTY_SHA256:
                found[sha256] = size
        return found

    def _listed(self, wanted: set[str]) -> set[str]:
        """Those of the names that are here. Of all others a 256th is held at a time."""
        listed: set[str] = set()
        for prefix in PREFIXES:
            try:
                names = os.listdir(f"{self._root}/{prefix}")  # noqa: PTH208 - names alone
            except FileNotFoundError:
                continue
            listed.update(wanted.intersection(names))
        return listed

    def free_bytes(self) -> int:
        """How much more there is room for."""
        return shutil.disk_usage(self._root).free

    def put(
        self, chunks: Iterable[bytes], *, size_max: int, expected_sha256: str | None = None
    ) -> tuple[str, int]:
        """Store a file; (SHA-256, size). See `services.ports.ContentStore`."""
        temporary = self._root / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
        with self.room():
            try:
                digest, size = _write(temporary, chunks, size_max)
                if expected_sha256 is not None and digest != expected_sha256:
                    raise InvalidInputError(
                        f"the bytes have SHA-256 {digest}, but {expected_sha256} was announced"
                    )
                self._put_in_place(temporary, digest)
            finally:
                temporary.unlink(missing_ok=True)
        return digest, size

    @contextmanager
    def incoming(
        self, sha256: str, *, size: int, seconds_max: float
    ) -> Iterator["LocalIncomingFile | None"]:
        """The file while it comes, of one process at a time; None once it is here.

        The lock is the kernel's: it ends with its process, however that ends. Who waited for it
        may hold a file that was renamed or removed meanwhile, and opens it again.
        """
        place = self._root / f"{TEMPORARY_PREFIX}{sha256}"
        deadline = time.monotonic() + seconds_max
        for _ in range(REOPENED_MAX):
            if self.has(sha256, size=size):
                yield None
                return
            with self.room():
                descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _lock(descriptor, deadline, sha256)
                if _is_still(place, descriptor):
                    yield LocalIncomingFile(self, place, descriptor, sha256=sha256, size=size)
                    return
            finally:
                os.close(descriptor)
        raise UnavailableError(f"the file {sha256} could not be locked; try again")

    def delete(self, sha256: str) -> int:
        """Take a file away; the bytes that are free now."""
        place = self._place(sha256)
        try:
            size = place.stat().st_size
            place.unlink()
        except FileNotFoundError:
            return 0
        return size

    def delete_all(self, hashes: Iterable[str]) -> None:
        """Take files away, for good: their directories are flushed, each once."""
        places: dict[str, list[str]] = {}
        for sha256 in hashes:
            directory = f"{self._root}/{sha256[:2]}"
            places.setdefault(directory, []).append(f"{directory}/{sha256}")
        # Half of the time of an unlink is spent waiting: 10,000 take 0.7 s by one, 0.3 s by four.
        with ThreadPoolExecutor(UNLINKS_AT_ONCE) as threads:
            touched = threads.map(_unlink, places.values())
            changed = [directory for directory, was in zip(places, touched, strict=True) if was]
        for directory in changed:
            _flush_directory(Path(directory))

    def groups(self) -> Iterator[list[StoredFact]]:
        """All files, a 256th of them at a time, in the order of their hashes."""
        for prefix in PREFIXES:
            found = []
            try:
                entries = list(os.scandir(self._root / prefix))
            except FileNotFoundError:
                continue
            for entry in entries:
                state = _state(entry)
                if state is not None:
                    found.append(
                        StoredFact(
                            sha256=entry.name, size=state.st_size, at=_moment(state.st_mtime)
                        )
                    )
            yield sorted(found, key=lambda fact: fact.sha256)

    def unfinished(self) -> list[UnfinishedFile]:
        """Files that were never completed; one of them may be being written just now."""
        found = []
        for entry in os.scandir(self._root):
            state = _state(entry) if entry.name.startswith(TEMPORARY_PREFIX) else None
            if state is not None:
                found.append(
                    UnfinishedFile(name=entry.name, size=state.st_size, at=_moment(state.st_mtime))
                )
        return sorted(found, key=lambda file: file.name)

    def forget_unfinished(self, name: str) -> bool:
        """Remove one of them; false if it is being written just now, or gone."""
        place = self._root / name
        if not name.startswith(TEMPORARY_PREFIX) or place.parent != self._root:
            raise InvalidInputError(f"{name} is not the name of an unfinished file")
        try:
            with place.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                place.unlink()
        except (FileNotFoundError, BlockingIOError):
            return False
        return True

    def set_aside(self, sha256: str) -> None:
        """Move a file away that is not what its name says, so that it counts as absent."""
        aside = self._root / ASIDE
        aside.mkdir(exist_ok=True)
        place = self._place(sha256)
        try:
            place.rename(aside / sha256)
        except FileNotFoundError:
            return
        _flush_directory(place.parent)
        _flush_directory(aside)

    def aside(self) -> list[StoredFact]:
        """Files that were moved away; their bytes are not what their names say."""
        directory = self._root / ASIDE
        if not directory.exists():
            return []
        return [
            StoredFact(sha256=entry.name, size=state.st_size, at=_moment(state.st_mtime))
            for entry in sorted(os.scandir(directory), key=lambda entry: entry.name)
            if (state := _state(entry)) is not None
        ]

    def forget_aside(self, sha256: str) -> None:
        """Remove one of them."""
        (self._root / ASIDE / sha256).unlink(missing_ok=True)

    def complete(self, temporary: Path, sha256: str) -> None:
        """Give an incoming file, which is flushed and verified, its place."""
        with self.room():
            self._put_in_place(temporary, sha256)

    @contextmanager
    def room(self) -> Iterator[None]:
        """What writes inside it says that the disk is full, if it is."""
        try:
            yield
        except OSError as error:
            if error.errno in OUT_OF_SPACE:
                raise self.full() from error
            raise

    def _put_in_place(self, temporary: Path, sha256: str) -> None:
        place = self._place(sha256)
        if not place.parent.exists():
            place.parent.mkdir(exist_ok=True)
            _flush_directory(self._root)
        temporary.rename(place)
        _flush_directory(place.parent)

    def _size(self, sha256: str, size: int | None) -> int | None:
        """The size on the disk; None if it is absent or cannot be the file."""
        try:
            found = self._place(sha256).stat().st_size
        except FileNotFoundError:
            return None
        is_cut_off = (found == 0 and sha256 != EMPTY_SHA256) or size not in (None, found)
        return None if is_cut_off else found

    def _place(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256

    def full(self) -> UnavailableError:
        """The error for a disk that is full."""
        return UnavailableError(
            f"the disk of {self._root} is full",
            hint="make room, then try again: vostok store collect",
        )


class LocalIncomingFile:
    """Implements `services.ports.IncomingFile`; its bytes survive a killed process."""

    def __init__(
        self, store: LocalContentStore, place: Path, descriptor: int, *, sha256: str, size: int
    ) -> None:
        self._store = store
        self._place = place
        self._descriptor = descriptor
        self._sha256 = sha256
        self._size_max = size
        self._digest = hashlib.sha256()
        self._size = 0
        self._read_what_is_there()

    @property
    def size(self) -> int:
        """How many bytes are here."""
        return self._size

    def write(self, data: bytes) -> None:
        """Append. See `services.ports.IncomingFile`."""
        if self._size + len(data) > self._size_max:
            raise InvalidInputError(f"more than the {self._size_max} bytes of the file came")
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            if error.errno not in OUT_OF_SPACE:
                raise
            self.restart()  # what is there would only keep the disk full
            raise self._store.full() from error
        self._digest.update(data)
        self._size += len(data)

    def restart(self) -> None:
        """Forget the bytes that came."""
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._digest = hashlib.sha256()
        self._size = 0

    def keep(self) -> None:
        """Store the file. See `services.ports.IncomingFile`."""
        found = self._digest.hexdigest()
        if self._size != self._size_max or found != self._sha256:
            size = self._size
            self.restart()
            if size != self._size_max:
                raise InvalidInputError(f"{size} bytes came, not the {self._size_max} announced")
            raise InvalidInputError(
                f"the bytes have SHA-256 {found}, but {self._sha256} was announced"
            )
        with self._store.room():
            os.fsync(self._descriptor)
        os.utime(self._descriptor)  # its age counts from now on, not from the first byte
        self._store.complete(self._place, self._sha256)

    def _read_what_is_there(self) -> None:
        while chunk := os.read(self._descriptor, READ_BYTES):
            self._digest.update(chunk)
            self._size += len(chunk)
            if self._size > self._size_max:
                self.restart()
                return


def _lock(descriptor: int, deadline: float, sha256: str) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"the file {sha256} is still being fetched for somebody else",
                    hint="ask again in a while",
                ) from None
            time.sleep(LOCK_POLL_SECONDS)
        else:
            return


def _is_still(place: Path, descriptor: int) -> bool:
    """Whether a file that is open still has that name."""
    try:
        return place.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _state(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Of a file; None for a directory, or if it went meanwhile."""
    try:
        return entry.stat(follow_symlinks=False) if entry.is_file(follow_symlinks=False) else None
    except FileNotFoundError:
        return None


def _unlink(places: Iterable[str]) -> bool:
    """Take files away; whether one of them was there."""
    was_there = False
    for place in places:
        try:
            os.unlink(place)  # noqa: PTH108 - a Path for each takes longer
        except FileNotFoundError:
            continue
        was_there = True
    return was_there


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


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
