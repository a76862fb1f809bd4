"""The world, as the services' ports describe it, in memory.

Each fake passes the contract suite of its port (`tests/adapters/contracts`), which the real
implementation passes too. The database has no fake here: services are tested over the real
`SqlDatabase` on an SQLite file in the test's own directory, because half of what is promised
(transactions, unique slots, fencing) is the database's own work. Index formats and the reader of
.deb files are pure enough to be the real ones.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from vostok.domain.job import JobKind
from vostok.domain.mirror_answer import MirrorAnswer
from vostok.domain.toolchain_preflight import PackageFacts
from vostok.domain.toolchain_source import SwapOrder
from vostok.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from vostok.services.building.settling import SettleService
from vostok.services.job_runner import JobRunner
from vostok.services.ports import (
    IncomingFile,
    SignedText,
    StoredFact,
    SwapFiles,
    UnfinishedFile,
)
from vostok.services.repositories import Transaction

START = datetime(2026, 1, 1, tzinfo=UTC)
CHUNK_BYTES = 1000
ROUNDS_MAX = 10_000


class FakeClock:
    """A clock that moves on by a step whenever it is read, so that no two moments are equal."""

    def __init__(self, at: datetime = START, *, step_seconds: float = 1.0) -> None:
        self._at = at
        self._step = timedelta(seconds=step_seconds)

    def now(self) -> datetime:
        self._at += self._step
        return self._at

    @property
    def last(self) -> datetime:
        """The moment that was told last."""
        return self._at

    def set_step(self, seconds: float) -> None:
        self._step = timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        self._at += timedelta(seconds=seconds)


class FakeContentStore:
    """Implements `services.ports.ContentStore`; as paths are asked for, the bytes lie in files."""

    def __init__(self, directory: Path, clock: FakeClock | None = None) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._clock = clock or FakeClock()
        self._came: dict[str, datetime] = {}
        self._partial: dict[str, bytearray] = {}
        self._aside: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self.is_full = False
        self.free = 1 << 50

    def free_bytes(self) -> int:
        return self.free

    def has(self, sha256: str, *, size: int | None = None) -> bool:
        here = self.sizes([sha256]).get(sha256)
        return here is not None and size in (None, here)

    def path(self, sha256: str) -> Path:
        if not self.has(sha256):
            raise NotFoundError(f"no file {sha256} is stored here")
        return self._directory / sha256

    def sizes(self, hashes: Iterable[str]) -> dict[str, int]:
        places = {sha256: self._directory / sha256 for sha256 in hashes}
        sizes = {name: place.stat().st_size for name, place in places.items() if place.exists()}
        empty = hashlib.sha256(b"").hexdigest()
        return {name: size for name, size in sizes.items() if size or name == empty}

    def put(
        self, chunks: Iterable[bytes], *, size_max: int, expected_sha256: str | None = None
    ) -> tuple[str, int]:
        data = bytearray()
        for chunk in chunks:
            data += chunk
            if len(data) > size_max:
                raise InvalidInputError(f"the file is larger than {size_max} bytes")
        digest = hashlib.sha256(data).hexdigest()
        if expected_sha256 is not None and digest != expected_sha256:
            raise InvalidInputError(f"the bytes have SHA-256 {digest}, not {expected_sha256}")
        if self.is_full:
            raise UnavailableError("the disk is full", hint="make room, then try again")
        self._keep(digest, bytes(data))
        return digest, len(data)

    @contextmanager
    def incoming(
        self, sha256: str, *, size: int, seconds_max: float
    ) -> Iterator["FakeIncomingFile | None"]:
        if not self._lock.acquire(timeout=seconds_max):
            raise UnavailableError(f"{sha256} is still being fetched for somebody else")
        try:
            if self.has(sha256, size=size):
                yield None
            else:
                yield FakeIncomingFile(self, sha256, size)
        finally:
            self._lock.release()

    def delete(self, sha256: str) -> int:
        if not self.has(sha256):
            return 0
        size = self.path(sha256).stat().st_size
        self.path(sha256).unlink()
        return size

    def delete_all(self, hashes: Iterable[str]) -> None:
        for sha256 in hashes:
            (self._directory / sha256).unlink(missing_ok=True)

    def groups(self) -> Iterator[list[StoredFact]]:
        yield [self._fact(sha256) for sha256 in sorted(self.hashes())]

    def unfinished(self) -> list[UnfinishedFile]:
        return [
            UnfinishedFile(name=f"incoming.{name}", size=len(data), at=self._came[name])
            for name, data in sorted(self._partial.items())
        ]

    def forget_unfinished(self, name: str) -> bool:
        if not name.startswith("incoming."):
            raise InvalidInputError(f"{name} is not the name of an unfinished file")
        return self._partial.pop(name.removeprefix("incoming."), None) is not None

    def set_aside(self, sha256: str) -> None:
        place = self._directory / sha256
        if place.exists():
            self._aside[sha256] = place.read_bytes()
            place.unlink()

    def aside(self) -> list[StoredFact]:
        return [
            StoredFact(sha256=name, size=len(data), at=self._clock.last)
            for name, data in sorted(self._aside.items())
        ]

    def forget_aside(self, sha256: str) -> None:
        self._aside.pop(sha256, None)

    def hashes(self) -> frozenset[str]:
        """What is stored; for asking what a service left behind."""
        return frozenset(path.name for path in self._directory.iterdir())

    def spoil(self, sha256: str, data: bytes) -> None:
        """Have other bytes lie under a hash, as a broken disk does."""
        (self._directory / sha256).write_bytes(data)

    def partial(self, sha256: str) -> bytearray:
        """The bytes that came so far of a file."""
        self._came.setdefault(sha256, self._clock.last)
        return self._partial.setdefault(sha256, bytearray())

    def complete(self, sha256: str, data: bytes) -> None:
        """What came is the file."""
        self._keep(sha256, data)
        del self._partial[sha256]

    def _keep(self, sha256: str, data: bytes) -> None:
        self._came[sha256] = self._clock.last
        (self._directory / sha256).write_bytes(data)

    def _fact(self, sha256: str) -> StoredFact:
        size = (self._directory / sha256).stat().st_size
        return StoredFact(sha256=sha256, size=size, at=self._came.get(sha256, self._clock.last))


class FakeIncomingFile:
    """Implements `services.ports.IncomingFile`."""

    def __init__(self, store: FakeContentStore, sha256: str, size: int) -> None:
        self._store = store
        self._sha256 = sha256
        self._size = size
        self._data = store.partial(sha256)

    @property
    def size(self) -> int:
        return len(self._data)

    def write(self, data: bytes) -> None:
        if len(self._data) + len(data) > self._size:
            raise InvalidInputError(f"more than the {self._size} bytes of the file came")
        if self._store.is_full:
            self.restart()
            raise UnavailableError("the disk is full", hint="make room, then try again")
        self._data += data

    def restart(self) -> None:
        self._data.clear()

    def keep(self) -> None:
        data = bytes(self._data)
        digest = hashlib.sha256(data).hexdigest()
        if digest != self._sha256:
            self.restart()
            raise InvalidInputError(
                f"the bytes have SHA-256 {digest}, but {self._sha256} was announced"
                if len(data) == self._size
                else f"{len(data)} bytes came, not the {self._size} announced"
            )
        self._store.complete(self._sha256, data)


class FakeMirror:
    """Implements `services.ports.Mirror` over files by address."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files: dict[str, bytes] = dict(files or {})
        self.asked: list[str] = []
        self.has_etags = True
        self.unchanged: list[str] = []
        """Addresses that were asked for another file than the one before, and had none."""
        self.bytes_before_drop: dict[str, int] = {}
        """Addresses whose connection breaks after so many bytes."""
        self.seconds: list[float] = []
        """For which it was asked to be read from within a time."""

    def within(self, seconds: float) -> "FakeMirror":
        self.seconds.append(seconds)
        return self

    def read_again(self, url: str, *, size_max: int, before: MirrorAnswer | None) -> MirrorAnswer:
        body = self.read(url, size_max=size_max)
        tag = f'"{hashlib.sha256(body).hexdigest()}"'
        if before is not None and before.etag == tag:
            self.unchanged.append(url)
            return before
        return MirrorAnswer(body=body, etag=tag if self.has_etags else "")

    def read(self, url: str, *, size_max: int) -> bytes:
        with self.stream(url) as chunks:
            data = b"".join(chunks)
        if len(data) > size_max:
            raise InvalidInputError(f"{url} is larger than {size_max} bytes")
        return data

    @contextmanager
    def stream(self, url: str) -> Iterator[Iterator[bytes]]:
        self.asked.append(url)
        if not url.startswith(("http://", "https://")):
            raise InvalidInputError(f"{url!r} is not an http address")
        if url not in self.files:
            raise NotFoundError(f"the mirror has no {url} (HTTP 404)")
        yield self._chunks(url)

    def _chunks(self, url: str) -> Iterator[bytes]:
        data = self.files[url]
        whole = self.bytes_before_drop.get(url, len(data))
        for start in range(0, min(whole, len(data)), CHUNK_BYTES):
            yield data[start : min(start + CHUNK_BYTES, whole)]
        if whole < len(data):
            raise UnavailableError(f"{url} could not be read: the connection was dropped")


class FakeDownloads:
    """Implements `services.ports.Downloads` over the files of a mirror."""

    def __init__(self, mirror: FakeMirror) -> None:
        self._mirror = mirror

    def download(self, url: str, into: IncomingFile, *, size: int) -> None:
        with self._mirror.stream(url) as chunks:
            announced = len(self._mirror.files[url])
            if announced != size:
                raise InvalidInputError(f"{url} has {announced} bytes, the index says {size}")
            skipped = into.size
            for chunk in chunks:
                into.write(chunk[skipped:])
                skipped = max(0, skipped - len(chunk))


class FakeParentMirrors:
    """Implements `services.ports.ParentMirrors`."""

    def __init__(self, mirrors: Mapping[str, str], keyring: bytes = b"") -> None:
        self._mirrors = mirrors
        self._keyring = keyring

    def find(self, suite: str) -> str | None:
        return self._mirrors.get(suite)

    def keyring(self) -> bytes:
        return self._keyring

    def architecture(self) -> str:
        return "amd64"


_SIGNED = re.compile(rb"\[signed by ([0-9A-F]{40}): ([0-9a-f]{64})\]\n(.*)", re.DOTALL)
_FAKE_KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{}\n-----END PGP PUBLIC KEY BLOCK-----\n"


class FakeSigner:
    """Implements `services.ports.Signer`: a signature is a digest over fingerprint and text."""

    def __init__(self, keys: Mapping[str, str] | None = None) -> None:
        self.keys: dict[str, str] = dict(keys or {})
        self._made = len(self.keys)

    def create(self, name: str) -> str:
        self._made += 1
        fingerprint = hashlib.sha1(
            f"{name} {self._made}".encode(), usedforsecurity=False
        ).hexdigest()
        self.keys[fingerprint.upper()] = name
        return fingerprint.upper()

    def inline_signed(self, fingerprint: str, data: bytes) -> bytes:
        self._check(fingerprint)
        return f"[signed by {fingerprint}: {_digest(fingerprint, data)}]\n".encode() + data

    def detached_signature(self, fingerprint: str, data: bytes) -> bytes:
        self._check(fingerprint)
        return _digest(fingerprint, data).encode()

    def public_key(self, fingerprint: str) -> str:
        self._check(fingerprint)
        return _FAKE_KEY.format(fingerprint)

    def delete(self, fingerprint: str) -> bool:
        return self.keys.pop(fingerprint, None) is not None

    def fingerprints(self) -> dict[str, datetime]:
        return dict.fromkeys(self.keys, START)

    def forget_unfinished(self, before: datetime) -> int:
        del before  # a key of the fake is made at once
        return 0

    def _check(self, fingerprint: str) -> None:
        if fingerprint not in self.keys:
            raise NotFoundError(f"the signing key {fingerprint} is not here")


class FakeVerifier:
    """Implements `services.ports.Verifier` for what `FakeSigner` signs."""

    def verify(
        self, signed: bytes, *, keyring: bytes, at: datetime, fingerprints: Sequence[str] = ()
    ) -> SignedText:
        del at  # keys of the fake signer have no end date, as those of the real one
        known = set(re.findall(rb"^[0-9A-F]{40}$", keyring, re.MULTILINE))
        if not known:
            raise InvalidInputError("the keyring holds no OpenPGP keys")
        match = _SIGNED.fullmatch(signed)
        if match is None or match[1] not in known:
            raise InvalidInputError("the signature is not good: no key of the keyring made it")
        fingerprint, text = match[1].decode(), match[3]
        if match[2].decode() != _digest(fingerprint, text):
            raise InvalidInputError("the signature is not good: the text is another")
        if fingerprints and fingerprint not in fingerprints:
            raise InvalidInputError(f"the signature is by {fingerprint}, and not by another")
        return SignedText(text=text.decode(), signed_by=fingerprint)

    def verify_detached(
        self,
        data: bytes,
        signature: bytes,
        *,
        keyring: bytes,
        at: datetime,
        fingerprints: Sequence[str] = (),
    ) -> SignedText:
        known = set(re.findall(r"^[0-9A-F]{40}$", keyring.decode(), re.MULTILINE))
        signer = next((key for key in known if _digest(key, data) in signature.decode()), None)
        if signer is None or (fingerprints and signer not in fingerprints):
            raise InvalidInputError("the signature is not good: no key of the keyring made it")
        del at
        return SignedText(text=data.decode(), signed_by=signer)


def _digest(fingerprint: str, data: bytes) -> str:
    return hashlib.sha256(fingerprint.encode() + data).hexdigest()


class FakeLogStore:
    """Implements `services.ports.LogStore`."""

    def __init__(self) -> None:
        self.logs: dict[tuple[int, int], bytes] = {}

    def append(self, build_id: int, attempt: int, *, offset: int, data: bytes) -> int:
        log = self.logs.get((build_id, attempt), b"")
        if offset > len(log):
            raise ConflictError(f"the log has {len(log)} bytes; {offset} is beyond its end")
        self.logs[build_id, attempt] = log + data[len(log) - offset :]
        return len(self.logs[build_id, attempt])

    def read(self, build_id: int, attempt: int, *, offset: int, size_max: int) -> bytes:
        return self.logs.get((build_id, attempt), b"")[offset : offset + size_max]

    def size(self, build_id: int, attempt: int) -> int:
        return len(self.logs.get((build_id, attempt), b""))

    def total(self, build_id: int) -> int:
        return sum(len(log) for (build, _), log in self.logs.items() if build == build_id)

    def builds(self) -> Iterator[int]:
        yield from sorted({build for build, _ in self.logs})

    def delete(self, build_id: int) -> int:
        gone = [key for key in self.logs if key[0] == build_id]
        return sum(len(self.logs.pop(key)) for key in gone)


@dataclass(frozen=True, slots=True, kw_only=True)
class _JobCall:
    job_id: str
    kind: JobKind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    attempt_id: int
    message: str


class FakeJobEngine:
    """Implements `services.ports.JobEngine`: remembers at commit, and does the work when told to.

    What a transaction asked for is forgotten with it, as the real engine's rows are. The work is
    done by `run_all`, in the order of asking, or by `run_job` step by step.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._staged: dict[int, list[_JobCall | _Message]] = {}
        self._waiting: list[_JobCall | _Message] = []
        self.started: list[int] = []
        self.forgotten: list[str] = []
        self.runner: JobRunner | None = None
        self.settling: SettleService | None = None
        sa.event.listen(engine, "commit", self._commit)
        sa.event.listen(engine, "rollback", self._forget)

    def enqueue_job(
        self, transaction: Transaction, *, job_id: str, kind: JobKind, partition: str
    ) -> None:
        del partition  # one after another anyway
        self._stage(transaction, _JobCall(job_id=job_id, kind=kind))

    def forget_jobs(self, job_ids: Sequence[str]) -> None:
        self.forgotten += job_ids

    def start_attempt(self, transaction: Transaction, attempt_id: int) -> None:
        del transaction
        self.started.append(attempt_id)

    def tell_attempt(self, transaction: Transaction, attempt_id: int, message: str) -> None:
        self._stage(transaction, _Message(attempt_id=attempt_id, message=message))

    def run_all(self) -> None:
        """Do all that waits, and what comes of it."""
        for _ in range(ROUNDS_MAX):
            if not self._waiting:
                return
            call = self._waiting.pop(0)
            if isinstance(call, _JobCall):
                self.run_job(call.job_id, call.kind)
            else:
                self.settle(call.attempt_id, call.message)
        raise AssertionError(f"work is left after {ROUNDS_MAX} rounds")

    def run_job(self, job_id: str, kind: JobKind) -> None:
        """One job from its first step on, as a process does it that is not killed."""
        runner = self._runner()
        carry: dict[str, Any] = {}
        try:
            for number in range(len(runner.step_names(kind))):
                carry = runner.run_step(job_id, number, carry)
                if {"error", "cancelled", "ended"} & carry.keys():
                    break
            runner.finish(job_id, carry)
        except Exception as error:  # noqa: BLE001 - this loop owns the job, which records the fault
            runner.crash(job_id, f"{type(error).__name__}: {error}")

    def settle(self, attempt_id: int, message: str) -> bool:
        """One message to who waits for an attempt; whether the attempt has ended."""
        assert self.settling is not None, "the test did not say who settles attempts"
        return self.settling.settle(attempt_id, message)

    @property
    def messages(self) -> list[tuple[int, str]]:
        """Messages that wait to be delivered."""
        return [(c.attempt_id, c.message) for c in self._waiting if isinstance(c, _Message)]

    @property
    def jobs(self) -> list[str]:
        """Ids of the jobs that wait to be done."""
        return [call.job_id for call in self._waiting if isinstance(call, _JobCall)]

    def forget_all(self) -> None:
        """Lose what waits, as a test does that delivers messages itself."""
        self._waiting.clear()

    def _runner(self) -> JobRunner:
        assert self.runner is not None, "the test did not say who does jobs"
        return self.runner

    def _stage(self, transaction: Transaction, call: _JobCall | _Message) -> None:
        holder: Any = transaction
        self._staged.setdefault(id(holder.connection), []).append(call)

    def _commit(self, connection: sa.Connection) -> None:
        self._waiting += self._staged.pop(id(connection), [])

    def _forget(self, connection: sa.Connection) -> None:
        self._staged.pop(id(connection), None)


SwapMaker = Callable[[SwapOrder], SwapFiles]


@dataclass(slots=True)
class FakeSwapBuilder:
    """Implements `services.ports.SwapBuilder` with files that a test made beforehand."""

    make: SwapMaker
    orders: list[SwapOrder] = field(default_factory=list)

    @contextmanager
    def build(
        self,
        order: SwapOrder,
        packages: Mapping[str, Mapping[str, PackageFacts]],
        parent_debs: Sequence[Path],
        *,
        compiler_debs: Sequence[Path],
    ) -> Iterator[SwapFiles]:
        assert all(path.exists() for path in (*parent_debs, *compiler_debs))
        assert packages
        self.orders.append(order)
        yield self.make(order)
