"""A mirror of a few files, in this process, that can misbehave in every way that is tested."""

import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

ENDLESS_CHUNK = b"x" * 65536
ENDLESS_CHUNKS_MAX = 4096
DRIPS_MAX = 2000


class FileMirror:
    """Serves files on 127.0.0.1 while its context lasts, parts of them on request.

    Each set or mapping names the paths at which something is amiss.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.drops: dict[str, list[int]] = {}
        """Bytes after which the next connections break, in their order."""
        self.statuses: dict[str, list[int]] = {}
        """Answers that come before the file does."""
        self.redirects: dict[str, str] = {}
        self.without_parts: set[str] = set()
        self.wrong_parts: set[str] = set()
        self.without_size: set[str] = set()
        self.endless: set[str] = set()
        self.slow_headers: set[str] = set()
        self.slow_bodies: set[str] = set()
        self.pause_seconds = 0.0
        """Time before each answer; so that two who ask really ask at once."""
        self.requests: list[tuple[str, str]] = []
        """Path and range of every request."""
        self.at_once_max = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server = _Server(self)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for."""
        return [path for path, _ in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def came(self, path: str, part: str) -> None:
        with self._lock:
            self.requests.append((path, part))
            self._at_once += 1
            self.at_once_max = max(self.at_once_max, self._at_once)

    def went(self) -> None:
        with self._lock:
            self._at_once -= 1

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """A byte now and then, for longer than anybody should wait."""
        for _ in range(DRIPS_MAX):
            if self._ended.wait(0.02):
                return
            handler.wfile.write(b"x")
            handler.wfile.flush()


class _Server(ThreadingHTTPServer):
    def __init__(self, owner: FileMirror) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def owner(self) -> FileMirror:
        assert isinstance(self.server, _Server)
        return self.server.owner

    def do_GET(self) -> None:
        path = self.path.removeprefix("/")
        self.owner.came(path, self.headers.get("Range", ""))
        try:
            time.sleep(self.owner.pause_seconds)
            self._answer(path)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.owner.went()

    def _answer(self, path: str) -> None:
        if self.owner.statuses.get(path):
            self._empty(self.owner.statuses[path].pop(0))
        elif path in self.owner.redirects:
            self._empty(302, self.owner.redirects[path])
        elif path in self.owner.slow_headers:
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            self.owner.drip(self)
        elif path in self.owner.endless:
            self._endless()
        elif path in self.owner.files:
            self._send(path)
        else:
            self._empty(404)

    def _empty(self, status: int, location: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        if location is not None:
            self.send_header("Location", location)
        self.end_headers()

    def _endless(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        for _ in range(ENDLESS_CHUNKS_MAX):
            self.wfile.write(ENDLESS_CHUNK)

    def _send(self, path: str) -> None:
        data = self.owner.files[path]
        asked = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        start = int(asked) if asked and path not in self.owner.without_parts else None
        if start is not None and start >= len(data):
            self._empty(416)
            return
        if start is None:
            self.send_response(200)
            self._send_body(path, data)
            return
        begin = 0 if path in self.owner.wrong_parts else start
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self._send_body(path, data[begin:])

    def _send_body(self, path: str, body: bytes) -> None:
        if path in self.owner.without_size:
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if path in self.owner.slow_bodies:
            self.close_connection = True
            self.owner.drip(self)
            return
        drops = self.owner.drops.get(path)
        if drops:
            self.close_connection = True
            body = body[: drops.pop(0)]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
