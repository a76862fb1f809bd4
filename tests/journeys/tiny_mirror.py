"""A mirror of the tiny parent, signed with a key of its own, whose answers the tests may spoil."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pysequoia
from tests.tiny_parent.source_packages import run

SUITE: Final = "tiny"
IN_RELEASE: Final = f"dists/{SUITE}/InRelease"
SOURCES: Final = "main/source/Sources"


@dataclass
class TinyMirror:
    """What it serves is `files`, by path; those in `cut_short` break off in the middle."""

    architectures: Sequence[str]
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
        """The path of an index of binaries, that of the first architecture."""
        return _packages(self.architectures[0])

    @property
    def _indices(self) -> list[str]:
        return [*map(_packages, self.architectures), SOURCES]

    def write_keyring(self, path: Path) -> None:
        path.write_text(str(self.key.extract_certificate()))

    def serve(self, edition: Path) -> None:
        """Offer what lies in the edition's `pool/`, in the place of what was there before."""
        files = {
            str(path.relative_to(edition)): path.read_bytes()
            for path in (edition / "pool").iterdir()
        }
        for architecture in self.architectures:
            said = run("dpkg-scanpackages", "--arch", architecture, "pool", directory=edition)
            files[f"dists/{SUITE}/{_packages(architecture)}"] = said.stdout.encode()
        said = run("dpkg-scansources", "pool", directory=edition)
        files[f"dists/{SUITE}/{SOURCES}"] = said.stdout.encode()
        self.files = files
        self.release()

    def release(self) -> None:
        """A new edition: all indices differ from those before, and so does the Release."""
        self._edition += 1
        for index in self._indices:
            path = f"dists/{SUITE}/{index}"
            stanza = self.files[path].partition(b"X-Edition: ")[0].rstrip()
            self.files[path] = stanza + b"\nX-Edition: %d\n\n" % self._edition
        self.sign(
            f"Origin: tiny\nSuite: {SUITE}\nCodename: {SUITE}\n"
            "Date: Fri, 01 Jan 2021 00:00:00 UTC\n"
            f"Architectures: {' '.join(self.architectures)}\nComponents: main\nSHA256:\n"
            + "".join(self._line(index) for index in self._indices)
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


def _packages(architecture: str) -> str:
    return f"main/binary-{architecture}/Packages"
