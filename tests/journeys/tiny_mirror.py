"""A mirror of a tiny archive, signed with a key of its own, whose answers the tests may spoil."""

import subprocess
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pysequoia
from tests.journeys.installation import COMMAND_SECONDS_MAX

SUITE: Final = "tiny"
SOURCE: Final = "probe"
IN_RELEASE: Final = f"dists/{SUITE}/InRelease"
SOURCES: Final = "main/source/Sources"
CONTROL: Final = """\
Source: probe
Section: misc
Priority: optional
Maintainer: Probe <probe@example.org>
Standards-Version: 4.6.2

Package: probe
Architecture: any
Description: probe
 Does nothing.
"""
CHANGELOG: Final = """\
probe (1.0) tiny; urgency=low

  * First.

 -- Probe <probe@example.org>  Fri, 01 Jan 2021 00:00:00 +0000
"""


@dataclass
class TinyMirror:
    """What it serves is `files`, by path; those in `cut_short` break off in the middle."""

    architecture: str
    files: dict[str, bytes] = field(default_factory=dict)
    cut_short: set[str] = field(default_factory=set)
    key: pysequoia.Tsk = field(
        default_factory=lambda: pysequoia.Tsk.generate(user_id="tiny <tiny@example.org>")
    )

    def __post_init__(self) -> None:
        self._edition = 0
        handler = type("Handler", (_Handler,), {"mirror": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def packages(self) -> str:
        return f"main/binary-{self.architecture}/Packages"

    def write_keyring(self, path: Path) -> None:
        path.write_text(str(self.key.extract_certificate()))

    def fill(self, directory: Path) -> None:
        """Make its one source and binary package, and the first Release."""
        pool = directory / "pool" / "main"
        _make_source(pool)
        _make_binary(pool, self.architecture)
        for path in pool.iterdir():
            if path.is_file():
                self.files[str(path.relative_to(directory))] = path.read_bytes()
        for index, program in ((self.packages, "packages"), (SOURCES, "sources")):
            stanzas = _output(directory, f"dpkg-scan{program}", "pool/main")
            self.files[f"dists/{SUITE}/{index}"] = stanzas
        self.release()

    def release(self) -> None:
        """A new edition: all indices differ from those before, and so does the Release."""
        self._edition += 1
        for index in (self.packages, SOURCES):
            path = f"dists/{SUITE}/{index}"
            stanza = self.files[path].partition(b"X-Edition: ")[0].rstrip()
            self.files[path] = stanza + b"\nX-Edition: %d\n\n" % self._edition
        self.sign(
            f"Origin: tiny\nSuite: {SUITE}\nCodename: {SUITE}\n"
            "Date: Fri, 01 Jan 2021 00:00:00 UTC\n"
            f"Architectures: {self.architecture}\nComponents: main\nSHA256:\n"
            + "".join(self._line(index) for index in (self.packages, SOURCES))
        )

    def sign(self, release: str, *, key: pysequoia.Tsk | None = None) -> None:
        """Serve this Release, signed."""
        signer = (key or self.key).signer()
        mode = pysequoia.SignatureMode.CLEAR
        self.files[IN_RELEASE] = bytes(pysequoia.sign(signer, release.encode(), mode=mode))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _line(self, index: str) -> str:
        content = self.files[f"dists/{SUITE}/{index}"]
        return f" {sha256(content).hexdigest()} {len(content)} {index}\n"


class _Handler(BaseHTTPRequestHandler):
    mirror: TinyMirror

    def do_GET(self) -> None:
        path = self.path.removeprefix("/")
        content = self.mirror.files.get(path)
        if content is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        whole = path not in self.mirror.cut_short
        self.wfile.write(content if whole else content[: len(content) // 2])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _make_source(pool: Path) -> None:
    tree = pool / f"{SOURCE}-1.0"
    (tree / "debian" / "source").mkdir(parents=True)
    (tree / "debian" / "control").write_text(CONTROL)
    (tree / "debian" / "changelog").write_text(CHANGELOG)
    (tree / "debian" / "source" / "format").write_text("3.0 (native)\n")
    (tree / "debian" / "rules").write_text("#!/usr/bin/make -f\n")
    (tree / "debian" / "rules").chmod(0o755)
    _output(pool, "dpkg-source", "--build", tree.name)


def _make_binary(pool: Path, architecture: str) -> None:
    tree = pool / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        f"Package: probe\nVersion: 1.0\nArchitecture: {architecture}\n"
        "Maintainer: Probe <probe@example.org>\nDescription: probe\n"
    )
    _output(pool, "dpkg-deb", "--root-owner-group", "--build", "tree", f"{SOURCE}_1.0.deb")


def _output(directory: Path, *words: str) -> bytes:
    done = subprocess.run(
        words,
        cwd=directory,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
        timeout=COMMAND_SECONDS_MAX,
    )
    return done.stdout
