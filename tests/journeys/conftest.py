"""One `vostok up` for all journeys, with one import of Debian and one derived archive."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.journeys.installation import Document, Installation, command_output, free_port
from tests.journeys.tiny_mirror import SUITE, TinyMirror
from tests.journeys.workshop import Workshop
from tests.tiny_parent.parent import TinyParent

TOOLCHAIN = "gcc-11"
FLAG = "-fno-plt"
ARCHIVE = "trial"


@pytest.fixture(scope="session")
def architecture() -> str:
    return command_output("dpkg", "--print-architecture").strip()


@pytest.fixture(scope="session")
def open_directory() -> Iterator[Path]:
    """A directory that the build user can enter; pytest's own is closed to others."""
    directory = Path(tempfile.mkdtemp(prefix="vostok-journey.", dir="/var/tmp"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def vostok(open_directory: Path) -> Iterator[Installation]:
    installation = Installation(root=open_directory / "data", port=free_port())
    installation.start()
    yield installation
    installation.stop()


@pytest.fixture(scope="session")
def workshop(
    open_directory: Path, tiny_parent: TinyParent, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workshop]:
    """A second Vostok, without Debian and without a builder: scripts build in it, at once."""
    mirror = TinyMirror(architectures=tiny_parent.architectures)
    mirror.serve(tiny_parent.first)
    workshop = Workshop(
        vostok=Installation(root=open_directory / "workshop", port=free_port(), has_builder=False),
        parent=tiny_parent,
        mirror=mirror,
        directory=tmp_path_factory.mktemp("workshop"),
    )
    workshop.vostok.start()
    workshop.import_tiny("tiny")
    yield workshop
    workshop.vostok.stop()
    mirror.close()


@pytest.fixture(scope="session")
def debian(vostok: Installation, architecture: str) -> Document:
    """Bookworm from this machine's own mirror."""
    where = ("--suite", "bookworm", "--component", "main", "--architecture", architecture)
    vostok.say("archive", "import", "debian", *where)
    return vostok.ask("archive", "show", "debian")


@pytest.fixture(scope="session")
def mirror(debian: Document) -> str:
    """The address of this machine's own mirror."""
    return str(debian["suites"][0]["mirror"])


@pytest.fixture(scope="session")
def trial(vostok: Installation, debian: Document) -> str:
    """The name of an archive derived from Debian with another compiler and a flag."""
    compilers = ("--compiler", "gcc=gcc-11", "--compiler", "g++=g++-11")
    vostok.say("toolchain", "create", TOOLCHAIN, *compilers, "--cflags", FLAG)
    parent = f"{debian['name']}/bookworm"
    selection = ("--select", "hello,cowsay", "--toolchain", TOOLCHAIN)
    vostok.say("archive", "derive", ARCHIVE, "--parent", parent, *selection)
    return ARCHIVE


@pytest.fixture(scope="session")
def first_campaign(vostok: Installation, trial: str) -> Document:
    """Everything in it rebuilt once: the campaign as it ended."""
    words = ("--select", "all", "--reason", "Does it build with GCC 11?")
    vostok.say("rebuild", "request", trial, *words)
    vostok.say("campaign", "show", trial, "1", "--watch", "--fail")
    return vostok.ask("campaign", "show", trial, "1")


@pytest.fixture(scope="session")
def tiny_mirror(tiny_parent: TinyParent) -> Iterator[TinyMirror]:
    """The first edition of the tiny parent, for whoever builds really."""
    mirror = TinyMirror(architectures=tiny_parent.architectures)
    mirror.serve(tiny_parent.first)
    yield mirror
    mirror.close()


@pytest.fixture(scope="session")
def own_tools(
    vostok: Installation, debian: Document, tiny_mirror: TinyMirror, open_directory: Path
) -> str:
    """The name of an archive of tiny sources over bookworm, which has the rest."""
    keyring = open_directory / "tiny.asc"
    tiny_mirror.write_keyring(keyring)
    vostok.say(
        *("archive", "import", "tiny", "--mirror", tiny_mirror.url, "--keyring", str(keyring)),
        *("--suite", SUITE, "--component", "main"),
        *("--architecture", tiny_mirror.architectures[0]),
    )
    parents = ("--parent", f"tiny/{SUITE}:1", "--parent", f"{debian['name']}/bookworm:2")
    return vostok.derive("exp", *parents, "--select", "libfoo,bar,brk,dw")


@pytest.fixture(scope="session")
def tiny_campaign(vostok: Installation, own_tools: str) -> Document:
    """All of it rebuilt once with what the parent has: the campaign as it ended."""
    words = ("--select", "all", "--reason", "Does it build as it is?")
    vostok.say("rebuild", "request", own_tools, *words)
    vostok.say("campaign", "show", own_tools, "1", "--watch")
    return vostok.ask("campaign", "show", own_tools, "1")
