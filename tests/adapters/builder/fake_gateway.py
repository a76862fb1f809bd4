"""A builder gateway in memory: claims from a queue, answers by the rules of the real one."""

import json
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from vostok.domain.attempt import (
    AttemptResult,
    Claim,
    claim_to_json,
    manifest_from_json,
    result_from_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable

BUILDER_TOKEN = "builder-token"  # noqa: S105 - of a server in this process


@dataclass
class FakeAttempt:
    """What the server knows of one attempt."""

    claim: Claim
    sources: Path
    log: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    result: AttemptResult | None = None
    heartbeats: int = 0
    is_cancelled: bool = False
    reported: threading.Event = field(default_factory=threading.Event)


class FakeGateway:
    """Serves on 127.0.0.1 until closed."""

    def __init__(self, port: int = 0) -> None:
        self.attempts: dict[int, FakeAttempt] = {}
        self.queue: list[int] = []
        self.archive_ids = {1}
        self.chroot_keys: set[str] = set()
        self.answer_first: Callable[[str, str], int | None] = lambda _method, _path: None
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def offer(self, claim: Claim, sources: Path) -> FakeAttempt:
        attempt = FakeAttempt(claim=claim, sources=sources)
        self.attempts[claim.attempt_id] = attempt
        self.queue.append(claim.attempt_id)
        return attempt

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: "Request") -> tuple[int, Any]:
        early = self.answer_first(request.method, request.path)
        if early is not None:
            return early, {"detail": "told to"}
        parts = request.path.removeprefix("/builder/").split("/")
        if parts[0] != "attempts":
            return self._for_builder(request, parts[0])
        attempt = self.attempts.get(int(parts[1]))
        if attempt is None:
            return 404, {"detail": "no such attempt"}
        if request.token != attempt.claim.attempt_token:
            return 401, {"detail": "wrong token"}
        return self._for_attempt(request, attempt, parts[2:])

    def _for_builder(self, request: "Request", what: str) -> tuple[int, Any]:
        if request.token != BUILDER_TOKEN:
            return 401, {"detail": "wrong token"}
        if what == "archives":
            return 200, {"archive_ids": sorted(self.archive_ids)}
        if not self.queue:
            return 204, None
        return 200, claim_to_json(self.attempts[self.queue.pop(0)].claim)

    def _for_attempt(  # noqa: PLR0911 - one answer for each door
        self, request: "Request", attempt: FakeAttempt, path: list[str]
    ) -> tuple[int, Any]:
        match path:
            case ["heartbeat"]:
                attempt.heartbeats += 1
                return 200, {"stop": attempt.is_cancelled}
            case ["log"]:
                return _append(attempt, int(request.query["offset"][0]), request.body)
            case ["source", name]:
                source = attempt.sources / name
                if not source.is_file():
                    return 404, {"detail": "no parent has it", "code": "source-unavailable"}
                return 200, source.read_bytes()
            case ["files", name]:
                if sha256(request.body).hexdigest() != request.content_sha256:
                    return 400, {"detail": "wrong hash"}
                attempt.files[name] = request.body
                return 204, None
            case ["chroots"]:
                manifest = manifest_from_json(json.loads(request.body))
                key = sha256(repr(manifest).encode()).hexdigest()[:32]
                self.chroot_keys.add(key)
                return 200, {"key": key}
            case ["result"]:
                attempt.result = result_from_json(json.loads(request.body))
                attempt.reported.set()
                return 204, None
            case _:
                return 404, {"detail": "no such door"}


def _append(attempt: FakeAttempt, offset: int, content: bytes) -> tuple[int, Any]:
    if offset > len(attempt.log):
        return 409, {"detail": f"the log has {len(attempt.log)} bytes"}
    attempt.log += content[len(attempt.log) - offset :]
    return 200, {"size": len(attempt.log)}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    token: str
    content_sha256: str
    body: bytes


def _handler(gateway: FakeGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            del format, args

        def _serve(self) -> None:
            address = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", "0"))
            request = Request(
                method=self.command,
                path=address.path,
                query=parse_qs(address.query),
                token=self.headers.get("Authorization", "").removeprefix("Bearer "),
                content_sha256=self.headers.get("X-Content-SHA256", ""),
                body=self.rfile.read(length),
            )
            status, answer = gateway.answer(request)
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the base's names

    return Handler
