"""A build is cancelled, an archive is deleted while it builds: of neither is anything left.

The archive is the one of the other modules, with its chroot and all that was built and uploaded.
"""

import httpx
import pytest
from tests.journeys.installation import Installation, eventually, get
from tests.journeys.own_compiler import OwnCompiler
from tests.journeys.tiny_mirror import SUITE

pytestmark = pytest.mark.build

EXIT_NOT_FOUND, EXIT_GONE = 3, 4
INSTALLS = "Setup apt archive"
"""Said when sbuild begins to install what a package builds with, which takes some seconds."""


@pytest.fixture(scope="module")
def archive(own_tools: str, own_compiler: OwnCompiler) -> str:
    """The name of an archive that has lived."""
    assert own_compiler.fix
    return own_tools


def test_a_running_build_is_cancelled_with_all_its_processes(
    vostok: Installation, archive: str, architecture: str
) -> None:
    number = vostok.request(archive, "brk", "--architecture", architecture)
    build = vostok.build_of(archive, number)
    vostok.wait_for_log(build["id"], INSTALLS)
    processes = vostok.sandbox_processes()

    vostok.say("build", "cancel", str(build["id"]))
    cancelled = vostok.finished(archive, number)

    assert processes
    assert not [process for process in processes if process.is_alive]
    assert cancelled["state"] == "cancelled"
    assert [attempt["outcome"] for attempt in cancelled["attempts"]] == ["cancelled"]
    assert vostok.mounts() == []
    assert cancelled["fate"] in {None, "none"}


def test_a_deleted_archive_leaves_nothing_even_while_it_builds(
    vostok: Installation, archive: str, architecture: str
) -> None:
    number = vostok.request(archive, "brk", "--architecture", architecture)
    build = vostok.build_of(archive, number)
    vostok.wait_for_log(build["id"], INSTALLS)
    shown = vostok.ask("archive", "show", archive)
    address = f"{vostok.url}/archives/{archive}/dists/{SUITE}/InRelease"
    release = get(address).raise_for_status()
    processes, chroots = vostok.sandbox_processes(), vostok.chroot_directories()

    vostok.say("archive", "delete", archive, "--yes")
    again = vostok.run("archive", "delete", archive, "--yes")

    assert processes
    eventually(lambda: not any(p.is_alive for p in processes), "the sandbox to be gone")
    assert again.returncode == EXIT_GONE
    assert archive in again.stderr
    assert vostok.run("archive", "show", archive).returncode == EXIT_GONE
    assert vostok.run("build", "show", str(build["id"])).returncode == EXIT_NOT_FOUND
    assert get(address).status_code == httpx.codes.GONE
    assert release.headers["etag"].strip('"') not in vostok.stored_hashes()
    assert not (vostok.root / "keys" / f"{shown['key_fingerprint']}.tsk").exists()
    assert not (vostok.root / "logs" / str(build["id"])).exists()
    # After each attempt the builder looks through its caches; this one ends at once, for the
    # tiny archive has nothing that a chroot could be made of.
    vostok.derive("bystander", "--parent", f"tiny/{SUITE}", "--select", "indep")
    vostok.say("rebuild", "request", "bystander", "--select", "indep", "--reason", "to look")
    eventually(lambda: len(chroots - vostok.chroot_directories()) == 1, "its chroots to be gone")
