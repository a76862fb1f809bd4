"""Debian's own clients read what is served: apt-get over a real connection, and gpgv."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import httpx
import pytest
from tests.entrypoints.installation import (
    ADMINISTRATOR,
    Builder,
    Installation,
    assert_done,
    built_lamp,
    installation_in,
    listening,
)

from vostok.services.deriving.derivations import DeriveRequest

SECONDS_MAX = 60
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}

pytestmark = pytest.mark.debian


@dataclass(frozen=True, slots=True, kw_only=True)
class Apt:
    """apt-get with a root of its own, which shares nothing with the machine's."""

    root: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What apt-get answers."""
        options = {
            "Dir": f"{self.root}/",
            "Dir::Etc::trusted": "/dev/null",
            "Dir::Etc::trustedparts": "/dev/null",
            "Dir::Bin::methods": "/usr/lib/apt/methods",
            "Dir::Bin::apt-key": "/usr/bin/apt-key",
            "APT::Architecture": "amd64",
            "APT::Architectures::": "amd64",
            "APT::Sandbox::User": "root",
            "Acquire::http::Proxy": "DIRECT",
            "Acquire::Languages": "none",
        }
        named = [f"-o{name}={value}" for name, value in options.items()]
        return subprocess.run(
            ["apt-get", *named, *arguments],
            cwd=self.root,
            env={**ENVIRONMENT, "APT_CONFIG": str(self.root / "none.conf")},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, filled_root: Path) -> Iterator[Installation]:
    """An archive in which lamp was rebuilt, on a real port whose address it knows."""
    directory = tmp_path_factory.mktemp("served")
    shutil.copytree(filled_root, directory / "root")
    installation = installation_in(directory / "root")
    builder = Builder(installation)
    claim = builder.claim_of("lamp")
    files = built_lamp(claim, directory)
    for file in files:
        builder.send(claim, file)
    builder.report(claim, outcome="built", files=[file.name for file in files])
    installation.settle(claim["attempt_id"])
    assert_done(installation.do_jobs())
    with listening(installation.app) as url:
        yield installation_in(directory / "root", url=url)


@pytest.fixture
def apt(tmp_path: Path, served: Installation) -> Apt:
    """apt-get with the stanza that the server prints as its only source."""
    root = tmp_path / "apt"
    for directory in (
        "etc/apt/sources.list.d",
        "etc/apt/preferences.d",
        "etc/apt/apt.conf.d",
        "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
        "var/lib/dpkg",
    ):
        (root / directory).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    (root / "none.conf").touch()
    (root / "etc/apt/sources.list.d/trial.sources").write_text(stanza_of(served))
    return Apt(root=root)


def stanza_of(installation: Installation) -> str:
    stanza = installation.client().get("/api/v1/archives/trial").json()["stanza"]
    return str(stanza)


def test_apt_updates_without_a_warning(apt: Apt) -> None:
    done = apt.run("update")

    assert (done.returncode, done.stderr) == (0, "")
    assert "InRelease" in done.stdout
    assert not any(line.startswith(("W:", "E:", "Err:", "N:")) for line in done.stdout.split("\n"))


def test_apt_updates_again_without_reading_what_it_has(apt: Apt) -> None:
    apt.run("update")

    again = apt.run("update")

    assert (again.returncode, again.stderr) == (0, "")
    assert "Packages" not in again.stdout


def test_apt_downloads_the_rebuilt_package_and_the_parents(apt: Apt) -> None:
    apt.run("update")

    done = apt.run("download", "lamp", "lamp-data", "manual")

    assert (done.returncode, done.stderr) == (0, "")
    assert {file.name for file in apt.root.glob("*.deb")} == {
        "lamp_1.0Xtrial1_amd64.deb",
        "lamp-data_1.0_all.deb",
        "manual_1.0_all.deb",
    }
    version = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", "lamp_1.0Xtrial1_amd64.deb"],
        cwd=apt.root,
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
        timeout=SECONDS_MAX,
    )
    assert b"1.0Xtrial1\n" in version.stdout


def test_apt_downloads_the_source_of_what_it_installs(apt: Apt, served: Installation) -> None:
    sources = apt.root / "etc/apt/sources.list.d/trial.sources"
    sources.write_text(stanza_of(served).replace("Types: deb\n", "Types: deb deb-src\n"))
    apt.run("update")

    done = apt.run("source", "--download-only", "lamp")

    assert done.returncode == 0, done.stderr
    assert {file.name for file in apt.root.glob("lamp_*")} == {"lamp_1.0.dsc", "lamp_1.0.tar.xz"}


def test_apt_reads_an_old_publication_by_its_number(apt: Apt, served: Installation) -> None:
    sources = apt.root / "etc/apt/sources.list.d/trial.sources"
    old = stanza_of(served).replace("/archives/trial\n", "/archives/trial/publications/1\n")
    sources.write_text(old)

    updated = apt.run("update")
    downloaded = apt.run("download", "lamp")

    assert (updated.returncode, updated.stderr) == (0, "")
    assert (downloaded.returncode, downloaded.stderr) == (0, "")
    assert [file.name for file in apt.root.glob("*.deb")] == ["lamp_1.0_amd64.deb"]


def test_apt_refuses_the_archive_under_another_key(apt: Apt, served: Installation) -> None:
    served.services.deriving.request(
        ADMINISTRATOR,
        DeriveRequest(name="second", parents=["debian/bookworm"], selection="lamp"),
    )
    assert_done(served.do_jobs())
    other = served.client().get("/api/v1/archives/second").json()["stanza"]
    (apt.root / "etc/apt/sources.list.d/trial.sources").write_text(
        other.replace("/archives/second\n", "/archives/trial\n")
    )

    done = apt.run("update")

    assert done.returncode == 100
    assert "NO_PUBKEY" in done.stderr


def test_gpgv_verifies_both_signatures_with_the_key_in_the_stanza(
    served: Installation, tmp_path: Path
) -> None:
    client = served.client()
    key = tmp_path / "key.asc"
    key.write_text(key_in(stanza_of(served)))
    keyring = tmp_path / "key.gpg"
    keyring.write_bytes(dearmoured(key))
    for name in ("InRelease", "Release", "Release.gpg"):
        content = client.get(f"/archives/trial/dists/bookworm/{name}").content
        (tmp_path / name).write_bytes(content)

    inline = gpgv(keyring, tmp_path / "InRelease")
    detached = gpgv(keyring, tmp_path / "Release.gpg", tmp_path / "Release")
    (tmp_path / "Release").write_bytes((tmp_path / "Release").read_bytes() + b"Tampered: yes\n")
    tampered = gpgv(keyring, tmp_path / "Release.gpg", tmp_path / "Release")

    assert (inline.returncode, detached.returncode, tampered.returncode) == (0, 0, 1)
    assert "Good signature" in inline.stderr
    assert "BAD signature" in tampered.stderr


def test_a_file_is_resumed_over_a_real_connection(served: Installation) -> None:
    base = stanza_of(served).split("URIs: ")[1].split("\n")[0]
    with httpx.Client(trust_env=False) as client:
        whole = client.get(f"{base}/pool/lamp-data_1.0_all.deb")

        rest = client.get(
            f"{base}/pool/lamp-data_1.0_all.deb",
            headers={"Range": "bytes=100-", "If-Range": whole.headers["etag"]},
        )
        changed = client.get(
            f"{base}/pool/lamp-data_1.0_all.deb",
            headers={"Range": "bytes=100-", "If-Range": '"another"'},
        )

    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    assert (changed.status_code, changed.content) == (200, whole.content)


def key_in(stanza: str) -> str:
    """The armoured key of a deb822 source."""
    lines = dedent(stanza.split("Signed-By:\n")[1])
    return "\n".join("" if line == "." else line for line in lines.splitlines()) + "\n"


def dearmoured(key: Path) -> bytes:
    done = subprocess.run(
        ["gpg", "--batch", "--dearmor", "--output", "-", str(key)],
        env={**ENVIRONMENT, "GNUPGHOME": str(key.parent)},
        capture_output=True,
        check=True,
        timeout=SECONDS_MAX,
    )
    return done.stdout


def gpgv(keyring: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["gpgv", "--keyring", str(keyring), *map(str, files)],
        env={**ENVIRONMENT, "GNUPGHOME": str(keyring.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )
