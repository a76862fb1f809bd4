"""`run_machine` in a process of its own, with a small web server for the real one."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vostok.config import load_settings
from vostok.entrypoints.cli.machine import free_port, local_url, whole_system, without_builder
from vostok.errors import ConflictError, InvalidInputError

WAIT_SECONDS_MAX = 30.0

# Takes the data root and the port; its server knows only the administrator's token.
RUNNING = """
import sys
from pathlib import Path
from vostok.config import load_settings
from vostok.entrypoints.cli.data_root import write_atomically
from vostok.entrypoints.cli.machine import run_machine, server_obstacle
from vostok.entrypoints.cli.output import Output
from vostok.entrypoints.cli.supervisor import ChildSpec
from vostok.errors import VostokError

SERVER = '''
import http.server, json, os, sys
from pathlib import Path
root = Path(os.environ["VOSTOK_DATA_ROOT"])
(root / "environment").write_text(json.dumps(dict(os.environ)))
token = (root / "admin.token").read_text().strip()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers["Authorization"] == f"Bearer {token}"
        self.send_response(200 if known else 401)
        self.end_headers()
        status = {"version": "1", "url": "", "builders": []}
        self.wfile.write(json.dumps(status).encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
'''

def specs(settings, url):
    return [ChildSpec(
        name="server",
        command=(sys.executable, "-c", SERVER, str(settings.port)),
        find_obstacle=lambda: server_obstacle(settings, url),
        on_ready=lambda: write_atomically(settings.address_file, url, mode=0o644),
    )]

settings = load_settings({"data_root": sys.argv[1], "port": int(sys.argv[2])})
try:
    sys.exit(run_machine(settings, Output(is_json=True), is_verbose=True, specs=specs))
except VostokError as error:
    sys.exit(f"error: {error}")
"""


def start(root: Path, *, port: int = 0) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", RUNNING, str(root), str(port)],
        env={
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "VOSTOK_TOKEN": "of-another-server",
            "DBOS__CLOUD": "true",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def machine(root: Path) -> Iterator["subprocess.Popen[str]"]:
    process = start(root)
    yield process
    process.kill()
    process.communicate()


def ready(machine: "subprocess.Popen[str]") -> dict[str, object]:
    """What it prints when all runs."""
    assert machine.stdout is not None
    text = ""
    while not text.endswith("}\n"):
        line = machine.stdout.readline()
        if not line:
            assert machine.stderr is not None
            pytest.fail(machine.stderr.read())
        text += line
    announced: dict[str, object] = json.loads(text)
    return announced


def test_it_says_where_server_and_token_are_and_not_the_token(
    machine: "subprocess.Popen[str]", root: Path
) -> None:
    announced = ready(machine)

    token = (root / "admin.token").read_text().strip()
    assert announced == {
        "url": (root / "address").read_text(),
        "token_file": str(root / "admin.token"),
        "pid": machine.pid,
    }
    assert token not in json.dumps(announced)


def test_a_clean_end_removes_the_address(machine: "subprocess.Popen[str]", root: Path) -> None:
    ready(machine)

    machine.send_signal(signal.SIGINT)
    _, stderr = machine.communicate(timeout=WAIT_SECONDS_MAX)

    assert machine.returncode == 130
    assert not (root / "address").exists()
    assert "Traceback" not in stderr


def test_a_second_one_on_the_same_data_root_is_refused(
    machine: "subprocess.Popen[str]", root: Path
) -> None:
    ready(machine)

    second = start(root)
    _, stderr = second.communicate(timeout=WAIT_SECONDS_MAX)

    assert second.returncode == 1
    assert f"is in use by another vostok up, process {machine.pid}" in stderr
    assert (root / "address").exists()


def test_after_sigkill_it_starts_again_on_the_same_data_root(
    machine: "subprocess.Popen[str]", root: Path
) -> None:
    ready(machine)
    machine.kill()
    machine.wait()

    again = start(root)
    announced = ready(again)
    again.terminate()
    again.communicate(timeout=WAIT_SECONDS_MAX)

    assert announced["pid"] == again.pid
    assert again.returncode == 143


def test_children_know_url_and_data_root_and_not_the_users_secrets(
    machine: "subprocess.Popen[str]", root: Path
) -> None:
    announced = ready(machine)

    environment = json.loads((root / "environment").read_text())

    assert environment["VOSTOK_DATA_ROOT"] == str(root)
    assert environment["VOSTOK_URL"] == announced["url"]
    assert not {"VOSTOK_TOKEN", "DBOS__CLOUD", "PYTHONPATH"} & set(environment)


def test_a_port_in_use_is_named_before_anything_starts(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConflictError, match=f"port {port} of 127.0.0.1 is in use already"):
            free_port("127.0.0.1", port)
        process = start(root, port=port)
        _, stderr = process.communicate(timeout=WAIT_SECONDS_MAX)

    assert f"error: port {port} of 127.0.0.1 is in use already" in stderr
    assert "starting Vostok" not in stderr
    assert not (root / "log" / "server.log").exists()


def test_port_0_becomes_a_free_port() -> None:
    port = free_port("127.0.0.1", 0)

    assert free_port("127.0.0.1", port) == port


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_cannot_be_listened_on(host: str) -> None:
    with pytest.raises(InvalidInputError, match=host):
        free_port(host, 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8600"),
        ("0.0.0.0", "http://127.0.0.1:8600"),  # noqa: S104 - named, not bound
        ("::", "http://[::1]:8600"),
        ("::1", "http://[::1]:8600"),
        ("vostok.example.org", "http://vostok.example.org:8600"),
    ],
)
def test_the_url_is_one_that_this_machine_reaches(host: str, url: str) -> None:
    assert local_url(host, 8600) == url


def test_the_builder_comes_last_and_no_secret_is_among_the_words() -> None:
    settings = load_settings(
        {"data_root": "/var/lib/vostok", "slots": 4, "builder_name": "host-1"}, environment={}
    )

    specs = whole_system(settings, "http://127.0.0.1:8600")

    assert [spec.name for spec in specs] == ["server", "executor", "builder"]
    assert specs[2].command[3:] == (
        "vostok.entrypoints.builder",
        *("--url", "http://127.0.0.1:8600", "--token-file", "/var/lib/vostok/builder.token"),
        *("--root", "/var/lib/vostok/builder", "--slots", "4", "--name", "host-1"),
    )
    assert sum(spec.stop_seconds_max for spec in specs) < 10


def test_without_a_builder_there_are_two() -> None:
    settings = load_settings({"data_root": "/var/lib/vostok"}, environment={})

    specs = without_builder(settings, "http://127.0.0.1:8600")

    assert [spec.name for spec in specs] == ["server", "executor"]
