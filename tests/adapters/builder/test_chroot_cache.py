"""Which chroot an attempt gets, and what the cache keeps."""

import io
import os
import tarfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.adapters.builder.probe import make_claim, make_source

from vostok.adapters.sbuild.chroot import (
    RECIPE,
    ChrootCache,
    installed_packages,
    packages_of_status,
)
from vostok.adapters.sbuild.workplace import FileLog
from vostok.domain.attempt import ChrootManifest, Claim, InstalledPackage
from vostok.domain.build_log import Ending
from vostok.errors import InvalidInputError
from vostok.services.building.builder_ports import (
    Bounds,
    Chroot,
    SandboxExit,
    StopReason,
    StopSignal,
)

pytestmark = pytest.mark.debian

STATUS = (
    "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n"
    "Description: shell\n Version: of a continued line\n\n"
    "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n"
    "Package: apt\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.6\n"
)
PACKAGES = (
    InstalledPackage(name="apt", version="2.6", architecture="amd64"),
    InstalledPackage(name="bash", version="5.2-1", architecture="amd64"),
)


@dataclass
class FakeSandbox:
    """Stands for mmdebstrap: writes a tar file with a dpkg status in it."""

    status: str = STATUS
    returncode: int = 0
    commands: list[list[str]] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    def run(  # noqa: PLR0913 - the port's
        self,
        command: Sequence[str],
        *,
        directory: Path,
        environment: dict[str, str],
        write: Callable[[bytes], None],
        bounds: Bounds,
        stop: StopSignal,
    ) -> SandboxExit:
        del directory, environment, bounds, stop
        self.commands.append(list(command))
        self.before()
        write(b"I: making it\n")
        if not self.returncode:
            make_tar(Path(command[-2]), self.status)
        return SandboxExit(ending=Ending.EXITED, returncode=self.returncode)

    def make_directory(self, path: Path) -> None:
        path.mkdir()

    def remove(self, directory: Path) -> None:
        del directory


@dataclass
class Bench:
    """A cache, and attempts that ask it."""

    root: Path
    sandbox: FakeSandbox
    cache: ChrootCache
    claim: Claim
    stop: StopSignal = field(default_factory=StopSignal)

    def provide(
        self, number: int, *, archive_id: int = 1, keys: tuple[str, ...] = ()
    ) -> Chroot | SandboxExit:
        work = self.root / str(number) / "work"
        work.mkdir(parents=True)
        log = FileLog(work.parent / "log")
        try:
            return self.cache.provide(
                replace(self.claim, archive_id=archive_id, chroot_keys=keys),
                work=work,
                key_of=key_of,
                log=log,
                stop=self.stop,
            )
        finally:
            log.close()

    def cached(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.glob("chroots/*/*.tar")}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    sandbox = FakeSandbox()
    return Bench(
        root=tmp_path,
        sandbox=sandbox,
        cache=ChrootCache(tmp_path / "chroots", sandbox, chroots_max=2),
        claim=make_claim(1, make_source(tmp_path)),
    )


def key_of(manifest: ChrootManifest) -> str:
    assert manifest.recipe == RECIPE
    return "key" + "".join(package.version for package in manifest.packages).replace(
        ".", ""
    ).replace("-", "")


def test_a_chroot_is_made_once_and_found_again_by_its_key(bench: Bench) -> None:
    made = bench.provide(1)
    found = bench.provide(2, keys=("unknown", "key26521"))

    assert isinstance(made, Chroot)
    assert isinstance(found, Chroot)
    assert (made.key, found.key) == ("key26521", "key26521")
    assert made.is_current
    assert found.is_current
    assert len(bench.sandbox.commands) == 1
    assert bench.cached() == {"chroots/1/key26521.tar"}


def test_a_claim_without_valid_keys_gets_a_new_chroot(bench: Bench) -> None:
    bench.provide(1)

    bench.provide(2, keys=("another",))

    assert len(bench.sandbox.commands) == 2


def test_two_attempts_that_want_the_same_at_once_make_it_once(bench: Bench) -> None:
    results: list[Chroot | SandboxExit] = []
    second = threading.Thread(target=lambda: results.append(bench.provide(2)))

    def start_second() -> None:
        bench.sandbox.before = lambda: None
        second.start()
        second.join(0.3)

    bench.sandbox.before = start_second
    results.append(bench.provide(1))
    second.join()

    assert len(bench.sandbox.commands) == 1
    # Which of the two says so first is open: the second waits for the first one's end only.
    assert {isinstance(result, Chroot) and result.is_current for result in results} == {
        True,
        False,
    }


def test_an_attempt_that_waits_for_a_chroot_can_be_stopped(bench: Bench) -> None:
    results: list[Chroot | SandboxExit] = []
    second = threading.Thread(target=lambda: results.append(bench.provide(2)))

    def start_and_stop_second() -> None:
        second.start()
        bench.stop.set(StopReason.CANCELLED)
        second.join()

    bench.sandbox.before = start_and_stop_second
    bench.provide(1)

    assert results == [SandboxExit(ending=Ending.STOPPED, returncode=-1)]


def test_a_failed_mmdebstrap_leaves_nothing_in_the_cache(bench: Bench) -> None:
    bench.sandbox.returncode = 25

    failed = bench.provide(1)

    assert failed == SandboxExit(ending=Ending.EXITED, returncode=25)
    assert not bench.cached()


def test_the_least_recently_used_chroot_goes_first(bench: Bench) -> None:
    for number, archive_id in enumerate((1, 2)):
        bench.provide(number, archive_id=archive_id)
    os.utime(bench.root / "chroots/1/key26521.tar", (1, 1))
    os.utime(bench.root / "chroots/2/key26521.tar", (2, 2))
    bench.provide(5, archive_id=1, keys=("key26521",))

    bench.provide(6, archive_id=3)

    assert bench.cached() == {"chroots/1/key26521.tar", "chroots/3/key26521.tar"}


def test_an_evicted_chroot_stays_for_the_attempt_that_has_it(bench: Bench) -> None:
    lent = bench.provide(1)

    bench.cache.keep_only([])

    assert isinstance(lent, Chroot)
    assert not bench.cached()
    assert installed_packages(lent.path) == PACKAGES


def test_caches_of_archives_that_are_gone_are_removed(bench: Bench) -> None:
    bench.provide(1, archive_id=1)
    bench.provide(2, archive_id=2)

    bench.cache.keep_only([2, 9])

    assert sorted(path.name for path in (bench.root / "chroots").iterdir()) == ["2"]


def test_only_installed_packages_count_in_order_of_their_names() -> None:
    assert packages_of_status(STATUS) == PACKAGES


def test_a_tar_file_without_dpkgs_status_is_refused(tmp_path: Path) -> None:
    make_tar(tmp_path / "x.tar", STATUS, name="./elsewhere")

    with pytest.raises(InvalidInputError, match="no dpkg status"):
        installed_packages(tmp_path / "x.tar")


def make_tar(path: Path, status: str, *, name: str = "./var/lib/dpkg/status") -> None:
    content = status.encode()
    member = tarfile.TarInfo(name)
    member.size = len(content)
    with tarfile.open(path, "w") as archive:
        archive.addfile(member, io.BytesIO(content))
