"""Chroots by mmdebstrap, cached as tar files by archive and key.

A cached chroot holds no sources line, no index and no token: each attempt gets its own sources
when it runs.
"""

import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vostok.domain.attempt import (
    ChrootManifest,
    Claim,
    InstalledPackage,
    manifest_from_json,
    manifest_to_json,
)
from vostok.domain.build_log import Ending
from vostok.errors import InvalidInputError
from vostok.services.building.builder_ports import (
    AttemptLog,
    Bounds,
    Chroot,
    Sandbox,
    SandboxExit,
    StopSignal,
)

RECIPE = "mmdebstrap buildd 1"
CHROOTS_MAX = 6
CHROOT_SECONDS_MAX = 1_800.0
CHROOT_LOG_BYTES_MAX = 16 * 1024 * 1024
STATUS_BYTES_MAX = 64 * 1024 * 1024
STATUS_PATHS = ("./var/lib/dpkg/status", "var/lib/dpkg/status")
LOCK_POLL_SECONDS = 0.5
SOURCES_NAME = "vostok.sources"
TAR_NAME = "chroot.tar"

_FORGET_SOURCES = (
    'rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/* "$1"/var/lib/apt/lists/*'
    ' "$1"/etc/apt/auth.conf "$1"/etc/apt/auth.conf.d/*'
)


class ChrootCache:
    """The chroots below one directory, the least recently used of which go first."""

    def __init__(
        self, directory: Path, sandbox: Sandbox, *, chroots_max: int = CHROOTS_MAX
    ) -> None:
        self._directory = directory
        self._sandbox = sandbox
        self._chroots_max = chroots_max
        self._guard = threading.Lock()
        self._locks: dict[tuple[int, str], threading.Lock] = {}
        self._made: dict[tuple[int, str], list[str]] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def provide(
        self,
        claim: Claim,
        *,
        work: Path,
        key_of: Callable[[ChrootManifest], str],
        log: AttemptLog,
        stop: StopSignal,
    ) -> Chroot | SandboxExit:
        """A chroot for the claim's view, cached or newly made; else how making it ended."""
        found = self._cached(claim.archive_id, claim.chroot_keys)
        if found is not None:
            return _lent(found, work, is_current=True)
        slot = (claim.archive_id, claim.architecture)
        known = len(self._made.setdefault(slot, []))
        with self._alone(claim, stop) as is_mine:
            if not is_mine:
                return SandboxExit(ending=Ending.STOPPED, returncode=-1)
            learnt = self._learnt(claim, self._made[slot][known:], key_of)
            if learnt is not None:
                return _lent(learnt, work, is_current=False)
            return self._make(claim, work=work, key_of=key_of, log=log, stop=stop)

    def keep_only(self, archive_ids: Iterable[int]) -> None:
        """Remove what belongs to other archives."""
        kept = {str(archive_id) for archive_id in archive_ids}
        for directory in self._directory.iterdir():
            if directory.name not in kept and directory.is_dir():
                for path in directory.iterdir():
                    path.unlink(missing_ok=True)
                directory.rmdir()

    @contextmanager
    def _alone(self, claim: Claim, stop: StopSignal) -> Iterator[bool]:
        """Whether nobody else makes a chroot of this archive now; False when told to stop."""
        with self._guard:
            lock = self._locks.setdefault((claim.archive_id, claim.architecture), threading.Lock())
        while not lock.acquire(timeout=LOCK_POLL_SECONDS):
            if stop.is_set():
                yield False
                return
        try:
            yield True
        finally:
            lock.release()

    def _cached(self, archive_id: int, keys: Iterable[str]) -> Path | None:
        for key in keys:
            path = self._directory / str(archive_id) / f"{key}.tar"
            if path.is_file():
                os.utime(path)
                return path
        return None

    def _learnt(
        self, claim: Claim, made: list[str], key_of: Callable[[ChrootManifest], str]
    ) -> Path | None:
        """A chroot that another attempt made while this one waited.

        That attempt's view may have been another edition; so the chroot does not count as current.
        """
        for key in made[-1:]:
            path = self._directory / str(claim.archive_id) / f"{key}.json"
            manifest = manifest_from_json(json.loads(path.read_text()))
            found = self._cached(claim.archive_id, [key_of(manifest)])
            if found is not None:
                return found
        return None

    def _make(
        self,
        claim: Claim,
        *,
        work: Path,
        key_of: Callable[[ChrootManifest], str],
        log: AttemptLog,
        stop: StopSignal,
    ) -> Chroot | SandboxExit:
        sources, tar = work.parent / SOURCES_NAME, work / TAR_NAME
        sources.write_text(claim.view.sources_deb822)
        sources.chmod(0o644)
        log.write(f"Making a chroot of {claim.archive} for {claim.architecture}.\n".encode())
        done = self._sandbox.run(
            mmdebstrap_command(claim, sources=sources, tar=tar),
            directory=work,
            environment={"TMPDIR": str(work)},
            write=log.write,
            bounds=_bounds(claim),
            stop=stop,
        )
        if done.ending is not Ending.EXITED or done.returncode != 0:
            return done
        manifest = ChrootManifest(recipe=RECIPE, packages=installed_packages(tar))
        path = self._keep(claim.archive_id, key_of(manifest), tar, manifest)
        self._made[claim.archive_id, claim.architecture].append(path.stem)
        return _lent(path, work, is_current=True)

    def _keep(self, archive_id: int, key: str, tar: Path, manifest: ChrootManifest) -> Path:
        directory = self._directory / str(archive_id)
        directory.mkdir(exist_ok=True)
        path = directory / f"{key}.tar"
        if os.geteuid() == 0:
            os.chown(tar, 0, 0, follow_symlinks=False)
        tar.chmod(0o644)
        (directory / f"{key}.json").write_text(json.dumps(manifest_to_json(manifest)))
        tar.rename(path)
        self._evict(kept=path)
        return path

    def _evict(self, *, kept: Path) -> None:
        """Remove the least recently used."""
        tars = sorted(self._directory.glob("*/*.tar"), key=lambda path: path.stat().st_mtime)
        for path in tars[: max(0, len(tars) - self._chroots_max)]:
            if path != kept:
                path.unlink(missing_ok=True)
                path.with_suffix(".json").unlink(missing_ok=True)


def _lent(path: Path, work: Path, *, is_current: bool) -> Chroot:
    """The chroot under a name of the attempt's own, so that no eviction can take it away."""
    lent = work.parent / TAR_NAME
    lent.hardlink_to(path)
    return Chroot(path=lent, key=path.stem, is_current=is_current)


def mmdebstrap_command(claim: Claim, *, sources: Path, tar: Path) -> list[str]:
    """The argument list that makes the chroot of the claim's view."""
    return [
        "mmdebstrap",
        "--mode=unshare",
        "--variant=buildd",
        f"--architectures={claim.architecture}",
        "--dpkgopt=force-unsafe-io",
        f"--customize-hook={_FORGET_SOURCES}",
        claim.codename,
        str(tar),
        str(sources),
    ]


def installed_packages(tar: Path) -> tuple[InstalledPackage, ...]:
    """The packages installed in a chroot, by name. O(files of the chroot).

    Raises:
        InvalidInputError: the tar file holds no usable dpkg status.
    """
    with tarfile.open(tar, "r:") as archive:
        for member in archive:
            if member.name in STATUS_PATHS and member.isreg():
                if member.size > STATUS_BYTES_MAX:
                    raise InvalidInputError(f"dpkg's status in {tar} has {member.size} bytes")
                content = archive.extractfile(member)
                if content is not None:
                    return packages_of_status(content.read().decode(errors="replace"))
    raise InvalidInputError(f"{tar} holds no dpkg status")


def packages_of_status(status: str) -> tuple[InstalledPackage, ...]:
    """The installed packages in the text of a dpkg status file, sorted."""
    packages = []
    for paragraph in status.split("\n\n"):
        lines = (line.partition(": ") for line in paragraph.splitlines() if line[:1].isalpha())
        fields = {name: value.strip() for name, _, value in lines}
        if fields.get("Status", "").endswith(" installed"):
            packages.append(
                InstalledPackage(
                    name=fields["Package"],
                    version=fields["Version"],
                    architecture=fields["Architecture"],
                )
            )
    return tuple(sorted(packages, key=lambda entry: (entry.name, entry.architecture)))


def _bounds(claim: Claim) -> Bounds:
    seconds = min(CHROOT_SECONDS_MAX, float(claim.limits.wall_seconds_max))
    return Bounds(
        wall_seconds_max=seconds,
        silence_seconds_max=seconds,
        output_bytes_max=CHROOT_LOG_BYTES_MAX,
        memory_bytes_max=claim.limits.memory_bytes_max,
        processes_max=claim.limits.processes_max,
    )
