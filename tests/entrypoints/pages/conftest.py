"""Pages over what a fake reader gives, asked for in the process and served."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.entrypoints.pages.fake_builds import (
    a_build,
    an_attempt,
)
from tests.entrypoints.pages.fake_reader import FakeReader
from tests.entrypoints.pages.fake_world import the_world

from vostok.documents import (
    AttemptView,
    BuildView,
)
from vostok.entrypoints.pages import PageReader, create_reading_router

START_POLLS_MAX = 200
POLL_SECONDS = 0.05
STOP_SECONDS_MAX = 10


def application(reader: PageReader) -> FastAPI:
    app = FastAPI()
    app.include_router(create_reading_router(reader))
    return app


@pytest.fixture
def world() -> FakeReader:
    """The reader; a test may change its lists before it asks for pages."""
    return the_world()


@pytest.fixture
def client(world: FakeReader) -> TestClient:
    return TestClient(application(world))


@pytest.fixture
def client_of() -> Callable[..., TestClient]:
    """A client over the lists that are given and nothing else."""

    def make(**lists: object) -> TestClient:
        return TestClient(application(FakeReader(**lists)))  # type: ignore[arg-type]  # tests give what fits

    return make


@pytest.fixture
def build_of() -> Callable[..., BuildView]:
    return a_build


@pytest.fixture
def attempt_of() -> Callable[..., AttemptView]:
    return an_attempt


@contextmanager
def serving(reader: PageReader) -> Iterator[str]:
    """A real server over a reader; gives its address."""
    config = uvicorn.Config(
        application(reader), host="127.0.0.1", port=0, log_level="warning", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(START_POLLS_MAX):
        if server.started:
            break
        time.sleep(POLL_SECONDS)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS_MAX)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of pages that no test changes; the first attempt's log still grows."""
    world = the_world()
    world.growing = {1}
    with serving(world) as address:
        yield address


@pytest.fixture
def served_world(world: FakeReader) -> Iterator[str]:
    """The address of the pages of `world`, which the test may change meanwhile."""
    world.growing = {1}
    with serving(world) as address:
        yield address
