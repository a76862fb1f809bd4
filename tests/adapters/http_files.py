"""A web server of a few files, in this process, which may break off or be busy."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class HttpFiles:
    """Serves files on 127.0.0.1 while its context lasts.

    `requests` are the paths asked for. `answers` are status codes that come first, one for each
    request, before the files are served. `validators` are the headers by which
    each file is told from a later one; who sends them back gets a 304.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        bytes_before_drop: Mapping[str, int] | None = None,
        answers: list[int] | None = None,
        redirects: Mapping[str, str] | None = None,
        validators: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.files = files
        self.bytes_before_drop = bytes_before_drop or {}
        self.answers = answers or []
        self.redirects = redirects or {}
        self.validators = validators or {}
        self.requests: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(owner: HttpFiles) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/")
            owner.requests.append(name)
            owner.headers.append(dict(self.headers))
            if owner.answers:
                self.send_error(owner.answers.pop(0))
            elif name in owner.redirects:
                self.send_response(302)
                self.send_header("Location", owner.redirects[name])
                self.end_headers()
            elif name in owner.files:
                self._send(name)
            else:
                self.send_error(404)

        def _send(self, name: str) -> None:
            data = owner.files[name]
            named = owner.validators.get(name, {})
            asked = (self.headers["If-None-Match"], self.headers["If-Modified-Since"])
            if any(value in asked for value in named.values()):
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(200)
            for header, value in named.items():
                self.send_header(header, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: owner.bytes_before_drop.get(name, len(data))])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
