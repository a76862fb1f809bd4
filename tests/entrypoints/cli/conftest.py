"""The command line and a server for it to speak to."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from tests.entrypoints.cli.canned import CannedServer, CommandLine

START_SECONDS_MAX = 20.0


@pytest.fixture(scope="session")
def _serving() -> Iterator[tuple[str, list[CannedServer]]]:
    current: list[CannedServer] = []
    app = FastAPI()

    async def respond(request: Request) -> Response:
        return await current[-1].respond(request)

    app.add_api_route("/{path:path}", respond, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    config = uvicorn.Config(app, port=0, log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        if time.monotonic() > deadline:
            pytest.fail("the server of canned answers did not start")
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    yield f"http://{host}:{port}", current
    server.should_exit = True
    thread.join()


@pytest.fixture
def server(_serving: tuple[str, list[CannedServer]]) -> CannedServer:
    url, current = _serving
    canned = CannedServer(url=url)
    current.append(canned)
    return canned


@pytest.fixture
def vostok(server: CannedServer, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(server=server, capture=capsys)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    for name in ("URL", "TOKEN", "DATA_ROOT", "CONFIG"):
        monkeypatch.delenv(f"VOSTOK_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
