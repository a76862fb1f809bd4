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
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
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


def _handler(owner: FileMirror) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.removeprefix("/")
            owner.came(path, self.headers.get("Range", ""))
            try:
                time.sleep(owner.pause_seconds)
                self._answer(path)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                owner.went()

        def _answer(self, path: str) -> None:
            if owner.statuses.get(path):
                self._empty(owner.statuses[path].pop(0))
            elif path in owner.redirects:
                self._empty(302, owner.redirects[path])
            elif path in owner.slow_headers:
                self.close_connection = True
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                owner.drip(self)
            elif path in owner.endless:
                self._endless()
            elif path in owner.files:
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
            data = owner.files[path]
            asked = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
            start = int(asked) if asked and path not in owner.without_parts else None
            if start is not None and start >= len(data):
                self._empty(416)
                return
            if start is None:
                self.send_response(200)
                body = data
            else:
                begin = 0 if path in owner.wrong_parts else start
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
                body = data[begin:]
            if path in owner.without_size:
                self.close_connection = True
            else:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if path in owner.slow_bodies:
                self.close_connection = True
                owner.drip(self)
                return
            drops = owner.drops.get(path)
            if drops:
                self.close_connection = True
                body = body[: drops.pop(0)]
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
