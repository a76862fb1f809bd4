"""A Vostok of its own for a measurement: real server and executor on a fresh data root."""

import base64
import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import httpx

import vostok
from bench.measuring import Answer, Cost, WatchedProcesses, running
from vostok.config import Settings
from vostok.entrypoints.cli.data_root import prepare_data_root

START_SECONDS_MAX: Final = 60.0
JOB_SECONDS_MAX: Final = 900.0
ANSWER_SECONDS_MAX: Final = 300.0
INITDB_SECONDS_MAX: Final = 120
POLL_SECONDS: Final = 0.1
DETAIL_CHARACTERS_MAX: Final = 300
JOB_POLL_SECONDS: Final = (0.005, 0.5)
"""The shortest and the longest pause between two looks at a job: one twentieth of its age."""
_POLL_SHARE: Final = 0.05
NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})
_ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


class NotAvailableError(Exception):
    """This version has no such route, or this machine no such program."""


class RequestFailedError(Exception):
    """The API refused, or a job did not succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A running one: its API, and the processes that do its work."""

    settings: Settings
    client: httpx.Client
    processes: WatchedProcesses
    database: str
    """`sqlite` or `postgresql`."""

    def cost_of(self, work: Callable[[], Answer]) -> tuple[Answer, Cost]:
        """What work took here; for PostgreSQL the database's own processes count."""
        return self.processes.cost_of(work)

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The API's answer to a request below `/api/v1`.

        Raises:
            NotAvailableError: no such route.
            RequestFailedError: any other answer than success.
        """
        answer = self.client.request(method, f"/api/v1{path}", json=body)
        if answer.status_code in (404, 405):
            raise NotAvailableError(f"{method} {path} answers {answer.status_code}")
        if answer.is_error:
            raise RequestFailedError(
                f"{method} {path} answers {answer.status_code}: {_detail(answer)}"
            )
        return answer.json()

    def do(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The same, for a request that answers with a job: its document when it has ended."""
        return self.wait(self.ask(method, path, body))

    def wait(self, job: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """The document of a job that has succeeded."""
        job = self._ended(job)
        if job["state"] != "succeeded":
            raise RequestFailedError(f"job {job['kind']} {job['state']}: {job.get('error')}")
        return job

    def warm_up(self, nowhere: str) -> None:
        """Returns when the executor works: it has found that there is nothing to import."""
        key = base64.b64encode(b"no key").decode()
        body = {"name": "nowhere", "suites": ["nowhere"], "mirror": nowhere, "keyring_base64": key}
        self._ended(self.ask("POST", "/imports", body))

    def wait_until_ready(self, archive: str, number: int) -> None:
        """Returns when the builds of a campaign may start."""

        def state() -> Any:  # noqa: ANN401 - JSON
            page = self.ask("GET", f"/archives/{archive}/campaigns?limit=50")
            return next(c["state"] for c in page["campaigns"] if c["number"] == number)

        for _ in _looks(f"campaign {number} of {archive}"):
            if (now := state()) != "preparing":
                break
        if now == "failed":
            raise RequestFailedError(f"campaign {number} of {archive} failed")

    def cancel(self, job: Mapping[str, Any]) -> None:
        """Cancels a job and returns when it has ended."""
        self._ended(self.ask("POST", f"/jobs/{job['id']}/cancellations"))

    def _ended(self, job: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        looks = _looks(f"job {job['id']}")
        while job["state"] in ("queued", "running"):
            next(looks)
            job = self.ask("GET", f"/jobs/{job['id']}")
        return job


def _looks(what: str) -> Iterator[None]:
    """One for each time to look at something that takes a while, later and later.

    Raises:
        RequestFailedError: it takes too long.
    """
    begin = time.perf_counter()
    shortest, longest = JOB_POLL_SECONDS
    while (age := time.perf_counter() - begin) <= JOB_SECONDS_MAX:
        time.sleep(min(longest, max(shortest, age * _POLL_SHARE)))
        yield
    raise RequestFailedError(f"{what} took over {JOB_SECONDS_MAX:.0f} s")


def _detail(answer: httpx.Response) -> str:
    """The sentence of an error, or what there is instead."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError):
        return answer.text[:DETAIL_CHARACTERS_MAX]


@contextmanager
def installed(
    root: Path,
    database: str,
    *,
    keeps: bool = False,
    stays: bool = False,
    more: Mapping[str, str] = NO_SETTINGS,
) -> Iterator[Installation]:
    """Server and executor on an empty data root below `root`, while the block lasts.

    Args:
        root: a directory that need not exist; what is there of a former run is removed.
        database: `sqlite`, or `postgresql` for a server of its own.
        keeps: whether to go on with what is there of a former run, in place of removing it.
        stays: whether a later run may go on with it, which is so of a data root anyway.
        more: other settings of both processes.
    """
    if not keeps:
        shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        pids, helping = [], []
        values: dict[str, object] = {"data_root": root / "data", "port": _free_port(), **more}
        if database == "postgresql":
            url, pid = stack.enter_context(_postgresql(root, keeps=keeps, stays=stays))
            values["database_url"] = url
            helping.append(pid)
        settings = Settings.model_validate(values)
        if not settings.admin_token_file.exists():
            prepare_data_root(settings.data_root)
        port = ("--port", str(settings.port))
        pids.append(stack.enter_context(_process("vostok.server", settings, root, more, *port)))
        token = settings.admin_token_file.read_text().strip()
        client = stack.enter_context(
            httpx.Client(
                base_url=f"http://127.0.0.1:{settings.port}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=ANSWER_SECONDS_MAX,
            )
        )
        _wait_until_ready(client, root)
        executor = _process("vostok.entrypoints.executor", settings, root, more)
        pids.append(stack.enter_context(executor))
        yield Installation(
            settings=settings,
            client=client,
            processes=WatchedProcesses(pids, helping=helping),
            database=database,
        )


def version_of_postgresql() -> str:
    """The version of the newest PostgreSQL of this machine; empty without one."""
    programs = _postgresql_programs()
    return "" if programs is None else programs.parent.name


@contextmanager
def _process(
    module: str, settings: Settings, root: Path, more: Mapping[str, str], *options: str
) -> Iterator[int]:
    """The process id of one of Vostok's processes; it dies with this one."""
    words = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-P", "-m", module]
    words += ["--data-root", str(settings.data_root), *options]
    environment = {
        **_ENVIRONMENT,
        "HOME": str(root),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(Path(vostok.__file__).parents[1]),
        "VOSTOK_URL": f"http://127.0.0.1:{settings.port}",
        **{f"VOSTOK_{name.upper()}": value for name, value in more.items()},
        **({"VOSTOK_DATABASE_URL": settings.database_url} if settings.database_url else {}),
    }
    log = root / f"{module}.log"
    with running(words, environment=environment, directory=root, log=log) as pid:
        yield pid


def _wait_until_ready(client: httpx.Client, root: Path) -> None:
    deadline = time.perf_counter() + START_SECONDS_MAX
    while time.perf_counter() < deadline:
        try:
            if client.get("/api/v1/status").is_success:
                return
        except httpx.TransportError:
            time.sleep(POLL_SECONDS)
    log = (root / "vostok.server.log").read_text(errors="replace")
    raise RequestFailedError(f"the server did not start: {log[-2_000:]}")


@contextmanager
def _postgresql(root: Path, *, keeps: bool, stays: bool) -> Iterator[tuple[str, int]]:
    """A server with Debian's settings, for a data root below `root`: its URL and process id."""
    programs = _postgresql_programs()
    if programs is None:
        raise NotAvailableError("PostgreSQL is not installed: bench/setup")
    # Beside the data root every directory above must be open to PostgreSQL's own user.
    name = hashlib.sha256(str(root).encode()).hexdigest()[:12]
    directory = Path(f"/tmp/vostok-bench-postgresql.{name}")  # noqa: S108 - for its user alone
    if not keeps:
        shutil.rmtree(directory, ignore_errors=True)
    as_user = []
    if os.geteuid() == 0:
        as_user = ["--reuid", "postgres", "--regid", "postgres", "--init-groups"]
    as_user = ["setpriv", *as_user, "--pdeathsig", "KILL", "--"]
    data, port = directory / "data", _free_port()
    try:
        if not keeps:
            directory.mkdir(mode=0o700)
            if os.geteuid() == 0:
                account = pwd.getpwnam("postgres")
                os.chown(directory, account.pw_uid, account.pw_gid)
            subprocess.run(  # noqa: S603 - PostgreSQL's own programs
                [*as_user, str(programs / "initdb"), "--pgdata", str(data), "-U", "postgres",
                 "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
                check=True, capture_output=True, cwd="/", env=_ENVIRONMENT,
                timeout=INITDB_SECONDS_MAX,
            )  # fmt: skip
        command = [
            *as_user, str(programs / "postgres"), "-D", str(data), "-p", str(port),
            "-k", str(directory), "-c", "listen_addresses=127.0.0.1",
        ]  # fmt: skip
        log = root / "postgresql.log"
        with running(command, environment=_ENVIRONMENT, directory=Path("/"), log=log) as pid:
            _wait_for_postgresql(programs, port)
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", pid
    finally:
        if not stays:
            shutil.rmtree(directory, ignore_errors=True)


def _wait_for_postgresql(programs: Path, port: int) -> None:
    deadline = time.perf_counter() + START_SECONDS_MAX
    probe = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
    while time.perf_counter() < deadline:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            probe, env=_ENVIRONMENT, capture_output=True, check=False, timeout=START_SECONDS_MAX
        )
        if done.returncode == 0:
            return
        time.sleep(POLL_SECONDS)
    raise RequestFailedError("PostgreSQL did not start")


def _postgresql_programs() -> Path | None:
    found = Path("/usr/lib/postgresql").glob("*/bin")
    return max(found, key=lambda path: int(path.parent.name), default=None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
