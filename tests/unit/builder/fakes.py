"""A gateway, an executor and the rest in memory, for one attempt."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from vostok.domain.attempt import AttemptResult, ChrootManifest, Claim, SourceFile
from vostok.domain.build_log import Ending
from vostok.domain.compiler_proof import PackageCode, Proof, UnitCount, proof_of
from vostok.errors import ConflictError
from vostok.services.building.builder_ports import (
    AttemptLog,
    AttemptPlace,
    BuiltFile,
    Chroot,
    SandboxExit,
    StopSignal,
)

SUCCESS_LOG = b"| Summary \nBuild-Time: 3\nInstall-Time: 2\nSpace: 7\nStatus: successful\n"


class MemoryLog:
    def __init__(self) -> None:
        self.content = b""

    @property
    def size_bytes(self) -> int:
        return len(self.content)

    def write(self, content: bytes) -> None:
        self.content += content

    def read(self, offset: int, bytes_max: int) -> bytes:
        return self.content[offset : offset + bytes_max]


@dataclass
class FakeAttemptGateway:
    """Each `…_errors` list is raised from, one for each call, before calls succeed."""

    heartbeat_errors: list[Exception] = field(default_factory=list)
    log_errors: list[Exception] = field(default_factory=list)
    download_errors: dict[str, Exception] = field(default_factory=dict)
    upload_error: Exception | None = None
    report_error: Exception | None = None
    is_cancelled: bool = False
    log: bytes = b""
    uploads: list[str] = field(default_factory=list)
    result: AttemptResult | None = None

    def heartbeat(self) -> bool:
        if self.heartbeat_errors:
            raise self.heartbeat_errors.pop(0)
        return not self.is_cancelled

    def append_log(self, offset: int, content: bytes) -> int:
        if self.log_errors:
            raise self.log_errors.pop(0)
        if offset > len(self.log):
            raise ConflictError(f"the log has {len(self.log)} bytes")
        self.log += content[len(self.log) - offset :]
        return len(self.log)

    def download_source(self, file: SourceFile, target: Path) -> None:
        if file.name in self.download_errors:
            raise self.download_errors[file.name]
        del target

    def upload_file(self, file: BuiltFile) -> None:
        if self.upload_error:
            raise self.upload_error
        self.uploads.append(file.name)

    def chroot_key(self, manifest: ChrootManifest) -> str:
        return sha256(repr(manifest).encode()).hexdigest()

    def report(self, result: AttemptResult) -> None:
        if self.report_error:
            raise self.report_error
        self.result = result


@dataclass
class FakeGateway:
    door: FakeAttemptGateway

    def claim(self) -> Claim | None:
        return None

    def archive_ids(self) -> frozenset[int]:
        return frozenset({1})

    def attempt(self, claim: Claim) -> FakeAttemptGateway:
        del claim
        return self.door


@dataclass
class FakeExecutor:
    """Ends a build as told, after writing `log`; `meanwhile` happens during the build."""

    log: bytes = SUCCESS_LOG
    done: SandboxExit = field(
        default_factory=lambda: SandboxExit(ending=Ending.EXITED, returncode=0)
    )
    files: tuple[str, ...] = ("probe_1_amd64.deb", "probe_1_amd64.changes")
    files_error: Exception | None = None
    meanwhile: Callable[[StopSignal], object] = lambda _stop: None

    @property
    def environment(self) -> dict[str, str]:
        return {"executor": "fake", "builder": "host-1"}

    def build(  # noqa: PLR0913 - the port's
        self,
        claim: Claim,
        *,
        chroot: Chroot,
        source: Path,
        work: Path,
        log: AttemptLog,
        stop: StopSignal,
    ) -> SandboxExit:
        del claim, chroot, source, work
        log.write(self.log)
        self.meanwhile(stop)
        return self.done

    def built_files(self, claim: Claim, *, work: Path) -> tuple[BuiltFile, ...]:
        del claim
        if self.files_error:
            raise self.files_error
        return tuple(BuiltFile(path=work / name, size=1, sha256="0" * 64) for name in self.files)


@dataclass
class FakeChroots:
    found: Chroot | SandboxExit = field(
        default_factory=lambda: Chroot(path=Path("/chroot.tar"), key="ab12", is_current=True)
    )

    def provide(
        self,
        claim: Claim,
        *,
        work: Path,
        key_of: Callable[[ChrootManifest], str],
        log: AttemptLog,
        stop: StopSignal,
    ) -> Chroot | SandboxExit:
        del claim, work, key_of, stop
        if not isinstance(self.found, Chroot):
            log.write(b"E: no such suite\n")
        return self.found

    def keep_only(self, archive_ids: Iterable[int]) -> None:
        del archive_ids


@dataclass
class FakeProver:
    asked: list[Sequence[str] | None] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)

    def prove(
        self,
        packages: Sequence[Path],
        *,
        scratch: Path,
        asked: Sequence[str] | None,
        stop: StopSignal,
    ) -> Proof:
        del scratch, stop
        self.asked.append(asked)
        self.packages += [package.name for package in packages]
        return proof_of(
            [UnitCount(producer="GNU C17 12.2.0", language=0x1D, units=1)],
            [PackageCode(package="probe", elf_files=1, without_debug=0)],
            asked=asked,
        )


@dataclass
class FakeWorkplace:
    log: MemoryLog = field(default_factory=MemoryLog)
    cleared: list[int] = field(default_factory=list)

    def prepare(self, attempt_id: int) -> AttemptPlace:
        root = Path("/attempts") / str(attempt_id)
        return AttemptPlace(source=root / "source", work=root / "work", log=self.log)

    def clear(self, attempt_id: int) -> None:
        self.cleared.append(attempt_id)
