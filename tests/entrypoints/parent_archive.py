"""A small archive of somebody else's, on a web server, made by Debian's own tools."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pysequoia

SECONDS_MAX = 60
MAINTAINER = "Debian Hands <hands@example.org>"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "1700000000"}

SOURCES = {"lamp": {"lamp": "any", "lamp-data": "all"}, "manual": {"manual": "all"}}
"""Source -> its binaries, each with its architecture. All are native, at version 1.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentArchive:
    """Where it is, and the key that signs it."""

    url: str
    keyring: bytes
    directory: Path

    @property
    def armoured_keyring(self) -> str:
        """The key as gpg --armor --export writes it."""
        return str(pysequoia.Cert.from_bytes(self.keyring))


@contextmanager
def served_parent(directory: Path) -> Iterator[ParentArchive]:
    """The archive `bookworm` with component main for amd64, while the block lasts."""
    pool = directory / "pool"
    pool.mkdir(parents=True)
    for source, binaries in SOURCES.items():
        _make_source(directory, source, binaries)
        for name, architecture in binaries.items():
            make_deb(pool, name=name, version="1.0", source=source, architecture=architecture)
    keyring = _publish(directory)
    handler = partial(_Quiet, directory=str(directory))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield ParentArchive(
            url=f"http://127.0.0.1:{server.server_port}", keyring=keyring, directory=directory
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_deb(  # noqa: PLR0913 - what a package says of itself
    directory: Path,
    *,
    name: str,
    version: str,
    source: str,
    architecture: str,
    source_version: str = "",
) -> Path:
    """A `.deb` by dpkg-deb, named as Debian names them."""
    concrete = "amd64" if architecture == "any" else architecture
    root = directory.parent / "trees" / f"{name}_{version}"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "usr" / "share" / name).mkdir(parents=True)
    (root / "usr" / "share" / name / "version").write_text(f"{version}\n")
    of = f"{source} ({source_version})" if source_version else source
    (root / "DEBIAN" / "control").write_text(
        f"Package: {name}\nSource: {of}\nVersion: {version}\nArchitecture: {concrete}\n"
        f"Maintainer: {MAINTAINER}\nSection: misc\nPriority: optional\n"
        f"Description: {name}\n of the tests\n"
    )
    file = directory / f"{name}_{version}_{concrete}.deb"
    _run(["dpkg-deb", "--root-owner-group", "--build", str(root), str(file)], directory)
    return file


def _make_source(directory: Path, name: str, binaries: dict[str, str]) -> None:
    root = directory / "trees" / f"{name}-1.0"
    (root / "debian" / "source").mkdir(parents=True)
    (root / "debian" / "source" / "format").write_text("3.0 (native)\n")
    (root / "debian" / "changelog").write_text(
        f"{name} (1.0) bookworm; urgency=medium\n\n  * First.\n\n"
        f" -- {MAINTAINER}  Tue, 14 Nov 2023 22:13:20 +0000\n"
    )
    (root / "debian" / "rules").write_text("#!/usr/bin/make -f\n%:\n\ttrue\n")
    stanzas = [
        f"Package: {binary}\nArchitecture: {architecture}\nDescription: {binary}\n of the tests\n"
        for binary, architecture in binaries.items()
    ]
    head = (
        f"Source: {name}\nSection: misc\nPriority: optional\nMaintainer: {MAINTAINER}\n"
        "Standards-Version: 4.6.2\n"
    )
    (root / "debian" / "control").write_text("\n".join([head, *stanzas]))
    _run(["dpkg-source", "--build", str(root)], directory / "pool")


def _publish(directory: Path) -> bytes:
    """Indices by apt-ftparchive, signed; the public key."""
    suite = directory / "dists" / "bookworm"
    for path, command in (
        ("main/binary-amd64/Packages", ["packages", "pool"]),
        ("main/source/Sources", ["sources", "pool"]),
    ):
        place = suite / path
        place.parent.mkdir(parents=True)
        place.write_bytes(_run(["apt-ftparchive", *command], directory))
    options = {
        "Codename": "bookworm",
        "Suite": "stable",
        "Components": "main",
        "Architectures": "amd64",
    }
    named = [f"-oAPT::FTPArchive::Release::{name}={value}" for name, value in options.items()]
    release = _run(["apt-ftparchive", *named, "release", str(suite)], directory)
    key = pysequoia.Tsk.generate(user_id="a parent of the tests", validity_seconds=None)
    signed = pysequoia.sign(key.signer(), release, mode=pysequoia.SignatureMode.CLEAR)
    (suite / "InRelease").write_bytes(signed)
    return str(key.extract_certificate()).encode()


def _run(command: list[str], directory: Path) -> bytes:
    done = subprocess.run(
        command,
        cwd=directory,
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
        timeout=SECONDS_MAX,
    )
    return done.stdout


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base
        """Say nothing."""
