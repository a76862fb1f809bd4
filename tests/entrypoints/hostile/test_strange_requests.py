"""Requests that no browser and no program of ours sends: over a real socket, byte by byte."""

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.entrypoints.hostile.database_content import changed, content_of
from tests.entrypoints.installation import ADMIN, Installation, listening

from vostok.entrypoints import request_bounds

SECONDS_MAX = 60
BYTES_MAX = 4 << 20
SHOWN = ("GET", "HEAD")
INDEX = "/archives/trial/dists/bookworm/InRelease"
PLACES = {
    "/archives/trial/pool/": SHOWN,
    "/archives/trial/dists/bookworm/": SHOWN,
    "/archives/trial/publications/1/dists/bookworm/": ("GET",),
    "/archives/trial/publications/1/pool/": ("GET",),
    "/archives/trial/builds/lamp/1/amd64/attempts/1/": ("GET",),
    "/views/x/": ("GET",),
    "/static/": SHOWN,
    "/upload/trial/x/": ("PUT",),
    "/builder/attempts/1/files/": ("PUT",),
    "/builder/attempts/1/source/": ("GET",),
    "/api/v1/archives/trial/uploads/1/files/": ("GET",),
    "/api/v1/archives/trial/uploads/files/": ("PUT",),
}
"""Addresses that end with the name of a file, and how they are asked."""
TRICKS = (
    "../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/admin.token",
    "%252e%252e%252fadmin.token", "..%5c..%5cadmin.token", "..\\..\\admin.token", "%00", "a%00b",
    "%c0%ae%c0%ae/", "%ff%fe", "//etc/passwd", "%2fetc%2fpasswd", "/etc/passwd",
    "....//....//etc/passwd", "main/l/lamp/lamp_1.0_amd64.deb/", "main/l/lamp/lamp_1.0_amd64.deb.",
    "MAIN/l/lamp/LAMP_1.0_amd64.deb", "main/l/lamp/./lamp_1.0_amd64.deb",
    "main/l//lamp/lamp_1.0_amd64.deb", "main/l/lamp/../lamp/lamp_1.0_amd64.deb",
    "main/l/lamp/lamp_1.0_amd64.deb%20", "main/l/lamp/lamp_1.0_amd64.deb%00.html",
    "main/l/lamp/lamp_1.0_amd64.deb;x", "InRelease/", "inrelease", "InRelease%20", "./InRelease",
    "by-hash/SHA256/../../InRelease", "a" * 60_000, "%e2%80%ae", "~", "*", "|id", "`id`",
)  # fmt: skip
MANY = ",".join(f"{number}-" for number in range(3_000))
RANGES = {
    f"bytes={MANY}": 200, "bytes=" + "0-0," * 5_000 + "0-0": 200, "bytes=-1": 206,
    "bytes=5-1": 400,
    "bytes=99999-": 416, "bytes=" + "9" * 5_000 + "-": 400, "bytes=a-b": 400, "lines=1-2": 400,
    "bytes=0-1,0-1": 206, "bytes=\xb2-3": 400,
}  # fmt: skip
HEADERS = {
    "X: " + "a" * 200_000: 400,
    "Cookie: " + "a=b; " * 10_000: 200,
    "Cookie: vostok-session=" + "\xff" * 100: 200,
    "Content-Length: -1": 400,
    "Content-Length: 1\r\nContent-Length: 2": 400,
    "Transfer-Encoding: gzip, chunked": 400,
    "Host: evil.example.org": 400,
    "If-None-Match: " + '"a",' * 5_000: 200,
    "Upgrade: websocket\r\nConnection: Upgrade": 200,
}


class Wire:
    """A connection for each request."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._where = (place.hostname or "", place.port or 0)

    def ask(self, head: str, body: bytes = b"", *, host: bool = True) -> bytes:
        """What comes back until the server closes, or has said enough."""
        named = "Host: vostok.example.org\r\nConnection: close\r\n" if host else ""
        with socket.create_connection(self._where, timeout=SECONDS_MAX) as connection:
            connection.sendall(f"{head}\r\n{named}\r\n".encode("latin-1") + body)
            parts: list[bytes] = []
            while sum(map(len, parts)) < BYTES_MAX and (part := _next(connection)):
                parts.append(part)
        return b"".join(parts)

    def status(self, head: str, body: bytes = b"") -> int:
        """The status of the answer; 0 without one."""
        words = self.ask(head, body).split(b" ", 2)
        return int(words[1]) if len(words) > 1 else 0


def _next(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


@pytest.fixture(scope="module")
def wire(unchanged: Installation) -> Iterator[Wire]:
    with listening(unchanged.app) as url:
        yield Wire(url)


def test_no_address_of_a_file_leads_out_of_where_files_are(
    unchanged: Installation, wire: Wire
) -> None:
    root: Path = unchanged.settings.data_root
    secrets = (b"root:", b"the-administrators-token", b"the-builders-token")
    before, files = content_of(unchanged), sorted(root.rglob("*"))
    led = []

    for place, methods in PLACES.items():
        for trick in TRICKS:
            for method in methods:
                answer = wire.ask(f"{method} {place}{trick} HTTP/1.1\r\nContent-Length: 0")
                status = answer.split(b" ", 2)[1:2]
                if status[0][:1] in {b"2", b"5"} or any(word in answer for word in secrets):
                    led.append((method, place + trick[:80], answer[:200]))

    assert led == []
    assert changed(before, content_of(unchanged)) == set()
    assert sorted(root.rglob("*")) == files


def test_ranges_are_kept_in_bounds(wire: Wire) -> None:
    answers = {known: wire.ask(f"GET {INDEX} HTTP/1.1\r\nRange: {known}") for known in RANGES}

    assert {k[:40]: int(a.split(b" ", 2)[1]) for k, a in answers.items()} == {
        known[:40]: status for known, status in RANGES.items()
    }
    assert max(map(len, answers.values())) < 16_384


def test_strange_headers_are_refused_or_passed_over(wire: Wire) -> None:
    answers = {known: wire.status(f"GET /archives HTTP/1.1\r\n{known}") for known in HEADERS}

    assert answers == HEADERS


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "FOO", "get", "OPTIONS"])
@pytest.mark.parametrize("place", ["/archives", "/api/v1/archives", INDEX, "/sign-in"])
def test_other_methods_are_named_as_such(wire: Wire, method: str, place: str) -> None:
    assert wire.status(f"{method} {place} HTTP/1.1") == 405


def test_no_body_is_unpacked(wire: Wire) -> None:
    bomb = gzip.compress(b" " * (32 << 20))
    head = (
        f"POST /api/v1/archives HTTP/1.1\r\nAuthorization: {ADMIN['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}"
    )

    assert wire.status(head, bomb) in {400, 422}


@pytest.mark.parametrize(
    "head",
    [
        "POST /api/v1/archives HTTP/1.1\r\nContent-Type: application/json",
        "POST /sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded",
        "DELETE /api/v1/archives/trial HTTP/1.1",
    ],
)
@pytest.mark.parametrize("length", ["Content-Length: 100", "Transfer-Encoding: chunked"])
def test_a_body_that_does_not_come_is_not_waited_for(
    unchanged: Installation, monkeypatch: pytest.MonkeyPatch, head: str, length: str
) -> None:
    monkeypatch.setattr(request_bounds, "BODY_SECONDS_MAX", 0.3)
    body = b"1\r\nx\r\n" if "chunked" in length else b"x"
    with listening(unchanged.app) as url:
        answer = Wire(url).ask(f"{head}\r\n{length}", body)

    status = int(answer.split(b" ", 2)[1])
    assert status == 408, answer[:300]
    assert b"connection: close" in answer.lower()
