"""What an attempt on a builder needs of the world."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from vostok.domain.attempt import AttemptResult, ChrootManifest, Claim, SourceFile
from vostok.domain.build_log import Ending
from vostok.domain.compiler_proof import Proof


class StopReason(StrEnum):
    """Why an attempt has to end before its time; what may still be told to the server differs."""

    CANCELLED = "cancelled"
    LOST = "lost"
    SHUTDOWN = "shutdown"


class StopSignal:
    """Set once, from any thread; the first reason stays."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._reason: StopReason | None = None

    @property
    def reason(self) -> StopReason | None:
        """Why, or None while nobody asked to stop."""
        return self._reason

    def set(self, reason: StopReason) -> None:
        """Ask for the end."""
        with self._lock:
            if self._reason is None:
                self._reason = reason
            self._event.set()

    def is_set(self) -> bool:
        """Whether somebody asked for the end."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep that ends early when the end is asked for; True then."""
        return self._event.wait(seconds)


class AttemptLog(Protocol):
    """The log of one attempt: appended by the build, read by whoever ships it."""

    @property
    def size_bytes(self) -> int:
        """How much was written so far."""
        ...

    def write(self, content: bytes) -> None:
        """Append."""
        ...

    def read(self, offset: int, bytes_max: int) -> bytes:
        """What was written from `offset` on; empty at the end."""
        ...


class AttemptGateway(Protocol):
    """The server's door for one attempt.

    Each call retries what may pass (a restarting server) for a bounded time, then raises
    UnavailableError. NotAllowedError, NotFoundError and GoneError from `heartbeat`,
    `append_log` and `report` mean that the attempt is not ours any more.
    """

    def heartbeat(self) -> bool:
        """Whether the attempt may go on; never retries."""
        ...

    def append_log(self, offset: int, content: bytes) -> int:
        """The size of the server's copy after these bytes at `offset`; never retries."""
        ...

    def download_source(self, file: SourceFile, target: Path) -> None:
        """Write the file.

        Raises:
            NotFoundError: no parent has it (any more).
            InvalidInputError: its size or SHA-256 is not what the claim says.
            UnavailableError: it could not be had in time.
        """
        ...

    def upload_file(self, file: "BuiltFile") -> None:
        """Hand over a file that was built."""
        ...

    def chroot_key(self, manifest: ChrootManifest) -> str:
        """The cache key of a chroot with these packages."""
        ...

    def report(self, result: AttemptResult) -> None:
        """Hand over the result; the attempt is over then."""
        ...


class Gateway(Protocol):
    """The server's door for a builder."""

    def claim(self) -> Claim | None:
        """The next attempt, None when there is nothing to do; never retries."""
        ...

    def archive_ids(self) -> frozenset[int]:
        """The archives that exist; never retries."""
        ...

    def attempt(self, claim: Claim) -> AttemptGateway:
        """The door for one attempt."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one command in the sandbox may use; see `Sandbox.run` for what enforces which."""

    wall_seconds_max: float
    silence_seconds_max: float
    output_bytes_max: int
    memory_bytes_max: int
    processes_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxExit:
    """How a command in the sandbox ended; nothing of it lives any more."""

    ending: Ending
    returncode: int


class Sandbox(Protocol):
    """Runs commands as the build user, so that nothing of them outlives the builder."""

    def run(
        self,
        command: Sequence[str],
        *,
        directory: Path,
        environment: dict[str, str],
        write: Callable[[bytes], None],
        bounds: Bounds,
        stop: StopSignal,
    ) -> SandboxExit:
        """Run to the end, or to the first bound or stop; both outputs go to `write`."""
        ...

    def make_directory(self, path: Path) -> None:
        """Make a directory that belongs to the build user."""
        ...

    def remove(self, directory: Path) -> None:
        """Remove a directory whatever user of the sandbox owns what is in it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Chroot:
    """A cached chroot. `is_current` is False when it may be older than the attempt's view."""

    path: Path
    key: str
    is_current: bool


class ChrootStore(Protocol):
    """Chroots by archive and key."""

    def provide(
        self,
        claim: Claim,
        *,
        work: Path,
        key_of: Callable[[ChrootManifest], str],
        log: AttemptLog,
        stop: StopSignal,
    ) -> Chroot | SandboxExit:
        """A chroot for the claim's view, from the cache or newly made; else how making it ended.

        Of several attempts that want a chroot of the same archive and architecture one makes it.
        """
        ...

    def keep_only(self, archive_ids: Iterable[int]) -> None:
        """Remove what belongs to other archives."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFile:
    """A file that a build left, with what it held when it was hashed."""

    path: Path
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The name under which it is uploaded."""
        return self.path.name


class BuildExecutor(Protocol):
    """Runs one build."""

    @property
    def environment(self) -> dict[str, str]:
        """What of this machine may matter for a result: name -> version."""
        ...

    def build(
        self, claim: Claim, *, chroot: Chroot, source: Path, work: Path, log: AttemptLog,
        stop: StopSignal,
    ) -> SandboxExit:  # fmt: skip
        """Build the source in directory `source`; what it makes lies below `work` then."""
        ...

    def built_files(self, claim: Claim, *, work: Path) -> tuple[BuiltFile, ...]:
        """All files that the `.changes` names, then the `.changes`.

        Raises:
            InvalidInputError: there is not exactly one `.changes`, a file is missing or not
                regular, or together they are larger than the claim allows.
        """
        ...


class CompilerProver(Protocol):
    """Reads debug information."""

    def prove(
        self,
        packages: Sequence[Path],
        *,
        scratch: Path,
        asked: Sequence[str] | None,
        stop: StopSignal,
    ) -> Proof:
        """The proof for these binary packages; «not provable» with the reason if it fails."""
        ...


class Workplace(Protocol):
    """The directories of attempts on this machine."""

    def prepare(self, attempt_id: int) -> "AttemptPlace":
        """Fresh, empty directories."""
        ...

    def clear(self, attempt_id: int) -> None:
        """Remove everything of the attempt."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPlace:
    """Where one attempt keeps what; only `work` can be written by the build user."""

    source: Path
    work: Path
    log: AttemptLog
