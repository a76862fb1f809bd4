"""A builder that runs for the whole session against a gateway in memory, and its sources."""

import itertools
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pysequoia
import pytest
from tests.adapters.builder.fake_gateway import BUILDER_TOKEN, FakeAttempt, FakeGateway
from tests.adapters.builder.probe import make_claim, make_source

from vostok.domain.attempt import Claim
from vostok.entrypoints import builder

ARCHIVE_KEYS = (
    "debian-archive-bookworm-automatic.gpg",
    "debian-archive-bookworm-stable.gpg",
)
KEYRINGS = Path("/usr/share/keyrings")
TARGET = "$(REPO_URI) $(CODENAME) $(COMPONENT)"
ATTEMPT_SECONDS_MAX = 400
SOURCE_TREE = Path(__file__).parents[3] / "src"
RUN = """
import sys
from pathlib import Path
from vostok.entrypoints.builder import run
url, token, root = sys.argv[1:]
sys.exit(
    run(url=url, token=token, root=Path(root), name="host-2", slots=1, architectures=["amd64"])
)
"""


@pytest.fixture(scope="session")
def architecture() -> str:
    return _output("dpkg", "--print-architecture").strip()


@pytest.fixture(scope="session")
def sources_deb822() -> str:
    """What a view would be: this machine's mirror of bookworm, with the archive's keys inline."""
    targets = _output("apt-get", "indextargets", "--format", TARGET, "Created-By: Packages")
    rows = [line.split() for line in targets.splitlines()]
    address = next(
        uri for uri, codename, *rest in rows if (codename, rest) == ("bookworm", ["main"])
    )
    keys = [
        cert for name in ARCHIVE_KEYS for cert in pysequoia.Cert.split_file(str(KEYRINGS / name))
    ]
    armour = "".join(f" {line or '.'}\n" for cert in keys for line in str(cert).splitlines())
    head = f"Types: deb\nURIs: {address}\nSuites: bookworm\nComponents: main\n"
    return f"{head}Signed-By:\n{armour}"


@pytest.fixture(scope="session")
def probe_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_source(tmp_path_factory.mktemp("probe"))


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that the build user can enter; pytest's own is closed to others."""
    with _open_directory() as directory:
        yield directory


@dataclass
class RunningBuilder:
    """A builder of two slots in this process."""

    gateway: FakeGateway
    root: Path
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    def attempt(self, source: Path, make: Callable[[int, tuple[str, ...]], Claim]) -> FakeAttempt:
        """Offer a claim that may use every chroot made so far."""
        keys = tuple(sorted(self.gateway.chroot_keys))
        return self.gateway.offer(make(next(self.ids), keys), source)

    def finished(self, attempt: FakeAttempt) -> FakeAttempt:
        assert attempt.reported.wait(ATTEMPT_SECONDS_MAX), attempt.log[-3000:].decode()
        return attempt


@pytest.fixture(scope="session")
def running_builder() -> Iterator[RunningBuilder]:
    with _open_directory() as root:
        gateway, stop = FakeGateway(), threading.Event()
        run = partial(
            builder.run,
            url=gateway.url,
            token=BUILDER_TOKEN,
            root=root,
            name="host-1",
            slots=2,
            architectures=["amd64"],
            stop=stop,
        )
        thread = threading.Thread(target=run)
        thread.start()
        yield RunningBuilder(gateway=gateway, root=root)
        stop.set()
        thread.join()
        gateway.close()


@dataclass
class SecondBuilder:
    """A builder in a process of its own, on a directory and a gateway of its own."""

    gateway: FakeGateway
    root: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def attempts(self) -> Path:
        return self.root / "attempts"

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, self.gateway.url, BUILDER_TOKEN, str(self.root)],
            env={"PYTHONPATH": str(SOURCE_TREE), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        self.processes.append(process)
        return process


@pytest.fixture
def second_builder(
    running_builder: RunningBuilder, open_directory: Path
) -> Iterator[SecondBuilder]:
    """It has the chroots of the first; the test starts it."""
    chroots = open_directory / "chroots" / "1"
    chroots.mkdir(parents=True)
    for path in (running_builder.root / "chroots" / "1").iterdir():
        (chroots / path.name).hardlink_to(path)
    second = SecondBuilder(gateway=FakeGateway(), root=open_directory)
    yield second
    for process in second.processes:
        process.kill()
        process.wait()
    second.gateway.close()


@pytest.fixture(scope="session")
def built_any(
    running_builder: RunningBuilder, probe_source: Path, sources_deb822: str, architecture: str
) -> FakeAttempt:
    """The probe built once; this also makes the chroot that the other builds use."""
    attempt = running_builder.attempt(
        probe_source,
        lambda number, keys: make_claim(
            number,
            probe_source,
            sources_deb822=sources_deb822,
            architecture=architecture,
            chroot_keys=keys,
            environment={
                "VOSTOK_PROBE": "two words, it's",
                "VOSTOK_PORT": str(running_builder.gateway.port),
            },
        ),
    )
    return running_builder.finished(attempt)


@contextmanager
def _open_directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="vostok-builder.", dir="/var/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def _output(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout
