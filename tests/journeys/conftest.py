"""One `vostok up` for all journeys, with one import of Debian and one derived archive."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.journeys.installation import Document, Installation, command_output, free_port
from tests.journeys.maintainer import Maintainer
from tests.journeys.own_compiler import OwnCompiler, tell_of_own_compiler
from tests.journeys.scripted_builder import ScriptedBuilder
from tests.journeys.tiny_mirror import SUITE, TinyMirror
from tests.journeys.workshop import Workshop
from tests.tiny_parent.parent import TinyParent

LAST = "test_end_of_an_archive.py"
"""Deletes what the others share."""
TOOLCHAIN = "gcc-11"
FLAG = "-fno-plt"
ARCHIVE = "trial"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The module that deletes the shared archive comes after those that use it."""
    items.sort(key=lambda item: item.path.name == LAST)


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
    """The name of an archive of three tiny sources over bookworm, which has the rest.

    Of its two architectures the machine's own is built by sbuild, the other by a script.
    """
    keyring = open_directory / "tiny.asc"
    tiny_mirror.write_keyring(keyring)
    vostok.say(
        *("archive", "import", "tiny", "--mirror", tiny_mirror.url, "--keyring", str(keyring)),
        *("--suite", SUITE, "--component", "main"),
        *(f"--architecture={architecture}" for architecture in tiny_mirror.architectures),
    )
    parents = ("--parent", f"tiny/{SUITE}:1", "--parent", f"{debian['name']}/bookworm:2")
    return vostok.derive("exp", *parents, "--select", "libfoo,bar,brk")


@pytest.fixture(scope="session")
def script(
    vostok: Installation, tiny_mirror: TinyMirror, tmp_path_factory: pytest.TempPathFactory
) -> ScriptedBuilder:
    """A builder for the architecture that this machine has not."""
    return ScriptedBuilder(
        url=vostok.url,
        token=vostok.builder_token,
        architectures=tiny_mirror.architectures[1:],
        directory=tmp_path_factory.mktemp("script"),
    )


@pytest.fixture(scope="session")
def richard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maintainer]:
    richard = Maintainer(name="richard", home=tmp_path_factory.mktemp("richard"))
    yield richard
    richard.leave()


@pytest.fixture(scope="session")
def own_compiler(
    vostok: Installation,
    own_tools: str,
    script: ScriptedBuilder,
    richard: Maintainer,
) -> OwnCompiler:
    """Richard's compiler is uploaded, everything rebuilt with it, and what failed mended."""
    return tell_of_own_compiler(vostok, own_tools, script, richard)
