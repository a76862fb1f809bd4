"""What tests of every kind may ask for: a PostgreSQL server of their own, the tiny parent."""

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql
from tests.compiled_statements import share_compiled_statements
from tests.shares import ShareScheduling, real_builds_among
from tests.tiny_parent.parent import TinyParent

hypothesis.settings.register_profile("vostok", deadline=None)  # speed is measured in bench/
hypothesis.settings.load_profile("vostok")

START_POLLS_MAX = 300
POLL_SECONDS = 0.1
INITDB_SECONDS_MAX = 120
STOP_SECONDS_MAX = 30
TINY_SECONDS_MAX = 60

_database_numbers = itertools.count(1)


def pytest_configure() -> None:
    share_compiled_statements()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What whoever looks at the pages may ask for."""
    parser.addoption(
        "--pictures",
        default=str(Path(__file__).parents[1] / ".pictures"),
        help="a directory to keep a picture of every page in, made anew (default: .pictures)",
    )


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ShareScheduling:
    """How tests are handed out to the workers that `scripts/test` starts."""
    return ShareScheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only among several workers: whoever runs a few tests finds them in the usual order."""
    if hasattr(config, "workerinput"):
        items[:] = real_builds_among(items, lambda item: item.nodeid)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A server that lives as long as the tests: it dies with them even when they are killed."""
    programs = _newest_programs()
    # Not below pytest's own directory, which only its owner may enter.
    directory = Path(tempfile.mkdtemp(prefix="vostok-postgresql.", dir="/tmp"))
    data, port = directory / "data", _free_port()
    _give_to_server(directory)
    _run([*_as_server_user(), str(programs / "initdb"), "--pgdata", str(data), *_initdb_options()])
    log = directory / "log"
    with log.open("wb") as messages:
        server = subprocess.Popen(
            [
                *_as_server_user(),
                *(str(programs / "postgres"), "-D", str(data), "-p", str(port)),
                *("-k", str(directory), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
            ],
            cwd="/",
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=messages,
        )
    try:
        _wait_until_ready(programs, port, server, log)
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)  # its «fast» shutdown, in which it reaps its children
        server.wait(STOP_SECONDS_MAX)
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def postgresql_database_url(postgresql_url: str) -> Iterator[str]:
    """An empty database of the test's own, gone when the test has ended."""
    name = f"test_{next(_database_numbers)}"
    server = postgresql_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
        )
    yield postgresql_url.removesuffix("/postgres") + f"/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def tiny_parent(tmp_path_factory: pytest.TempPathFactory) -> TinyParent:
    """Its pools, made once, for this machine's architecture and another one."""
    own = subprocess.run(
        ["dpkg", "--print-architecture"],
        env=_environment(),
        check=True,
        capture_output=True,
        text=True,
        timeout=TINY_SECONDS_MAX,
    ).stdout.strip()
    other = "arm64" if own == "amd64" else "amd64"
    parent = TinyParent(directory=tmp_path_factory.mktemp("tiny"), architectures=(own, other))
    parent.make()
    return parent


def _newest_programs() -> Path:
    """The directory of Debian's newest server; versions are whole numbers since 10."""
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return max(found, key=lambda path: int(path.parent.name))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _give_to_server(directory: Path) -> None:
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(directory, account.pw_uid, account.pw_gid)


def _as_server_user() -> list[str]:
    """PostgreSQL refuses to run as root. The parent's death is set after the change of user."""
    if os.geteuid() != 0:
        return ["setpriv", "--pdeathsig", "KILL", "--"]
    user = ("--reuid", "postgres", "--regid", "postgres", "--init-groups")
    return ["setpriv", *user, "--pdeathsig", "KILL", "--"]


def _initdb_options() -> list[str]:
    return ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def _run(command: list[str]) -> None:
    subprocess.run(
        command,
        cwd="/",
        env=_environment(),
        check=True,
        capture_output=True,
        timeout=INITDB_SECONDS_MAX,
    )


def _wait_until_ready(
    programs: Path, port: int, server: subprocess.Popen[bytes], log: Path
) -> None:
    probe = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(START_POLLS_MAX):
        if (
            subprocess.run(probe, env=_environment(), capture_output=True, check=False).returncode
            == 0
        ):
            return
        try:
            server.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}")
