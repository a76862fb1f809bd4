"""A small web server for the indices and packages that everybody in a comparison imports.

It answers GET and HEAD on connections that stay open, several requests at a time, and validates
by ETag: what mirrors do. `http.server` would be the slowest part of what is measured.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

REQUEST_BYTES_MAX: Final = 16_384
REMEMBERED_BYTES_MAX: Final = 65_536
REMEMBERED_FILES_MAX: Final = 50_000
START_SECONDS_MAX: Final = 10.0


class Mirror:
    """Directories that are shown under names of their own: `URL/NAME/dists/…`."""

    def __init__(self) -> None:
        self._shown: dict[str, Path] = {}
        self._remembered: dict[str, bytes] = {}
        self.port = 0

    def url(self, name: str) -> str:
        """The address of what is shown under a name."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def show(self, name: str, directory: Path) -> None:
        """Shows a directory under a name from now on, in the place of another."""
        self._remembered.clear()
        self._shown[name] = directory

    def answer(self, head: bytes) -> bytes:
        """The whole response to a request without its final empty line."""
        line, _, fields = head.partition(b"\r\n")
        words = line.split(b" ")
        if len(words) != 3 or words[0] not in (b"GET", b"HEAD"):  # noqa: PLR2004 - RFC 9112
            return _response(b"405 Method Not Allowed", b"")
        path = words[1].decode("ascii", "replace").replace("%2b", "+").replace("%2B", "+")
        found = self._remembered.get(path)
        if found is None:
            found = self._read(path)
        if not found:
            return _response(b"404 Not Found", b"")
        mark, _, data = found.partition(b"\n")
        if b"\r\nif-none-match: " + mark in b"\r\n" + fields.lower():
            return _response(b"304 Not Modified", b"", mark)
        answer = _response(b"200 OK", data, mark)
        return answer[: len(answer) - len(data)] if words[0] == b"HEAD" else answer

    def _read(self, path: str) -> bytes:
        """The file's mark, a line end, its content; nothing if there is no such file."""
        name, _, rest = path.lstrip("/").partition("/")
        directory = self._shown.get(name)
        if directory is None or ".." in rest.split("/"):
            return b""
        try:
            data = (directory / rest).read_bytes()
            status = (directory / rest).stat()
        except OSError:
            return b""
        found = f'"{status.st_mtime_ns:x}-{status.st_size:x}"\n'.encode() + data
        if len(found) < REMEMBERED_BYTES_MAX and len(self._remembered) < REMEMBERED_FILES_MAX:
            self._remembered[path] = found
        return found


@contextmanager
def serving() -> Iterator[Mirror]:
    """A mirror on a free port of this machine, while the block lasts."""
    mirror = Mirror()
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def start() -> asyncio.Server:
        server = await loop.create_server(lambda: _Connection(mirror), "127.0.0.1", 0)
        mirror.port = server.sockets[0].getsockname()[1]
        started.set()
        return server

    def run() -> None:
        server = loop.run_until_complete(start())
        loop.run_forever()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()

    thread = threading.Thread(target=run, name="mirror", daemon=True)
    thread.start()
    if not started.wait(START_SECONDS_MAX):
        raise RuntimeError(f"the mirror did not start within {START_SECONDS_MAX:.0f} s")
    try:
        yield mirror
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


class _Connection(asyncio.Protocol):
    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._unread = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        *heads, self._unread = (self._unread + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._mirror.answer(head))
        if len(self._unread) > REQUEST_BYTES_MAX:
            self._transport.close()


def _response(status: bytes, data: bytes, mark: bytes = b"") -> bytes:
    etag = b"ETag: " + mark + b"\r\n" if mark else b""
    length = b"Content-Length: " + str(len(data)).encode() + b"\r\n"
    return b"HTTP/1.1 " + status + b"\r\n" + etag + length + b"\r\n" + data
