"""The server as a whole: it starts alone, and all doors are in one application."""

import gzip
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from tests.entrypoints.installation import (
    ADMIN,
    Builder,
    Installation,
    installation_in,
    listening,
)

PROBLEM = "application/problem+json"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 20.0


def test_a_server_takes_jobs_before_any_executor_ever_ran(
    empty_installation: Installation,
) -> None:
    client = empty_installation.client(ADMIN)

    answer = client.post(
        "/api/v1/imports",
        json={"name": "debian", "suites": ["bookworm"], "mirror": "http://127.0.0.1:9"},
    )

    jobs = client.get("/api/v1/jobs").json()["jobs"]
    assert answer.status_code == 202
    assert [job["state"] for job in jobs] == ["queued"]


def test_an_empty_server_shows_its_pages(empty_installation: Installation) -> None:
    client = empty_installation.client(BROWSER)

    answers = {place: client.get(place) for place in ("/archives", "/jobs", "/toolchains")}

    assert {place: answer.status_code for place, answer in answers.items()} == {
        "/archives": 200,
        "/jobs": 200,
        "/toolchains": 200,
    }
    assert client.get("/").headers["location"] == "/archives"


def test_preparing_the_database_twice_changes_nothing(installation: Installation) -> None:
    again = installation_in(installation.settings.data_root)

    assert len(again.client().get("/api/v1/jobs").json()["jobs"]) == 3


@pytest.mark.parametrize(
    "place",
    [
        "/archives",
        "/archives/trial/",
        "/archives/debian/",
        "/archives/trial/campaigns/1",
        "/archives/trial/builds/lamp/1/amd64",
        "/archives/trial/builds/lamp/1/amd64/log",
        "/jobs",
        "/toolchains",
    ],
)
def test_every_page_has_its_content_as_json(unchanged: Installation, place: str) -> None:
    client = unchanged.client(BROWSER)

    page = client.get(place)
    data = client.get(f"{place.rstrip('/')}.json")

    assert (page.status_code, data.status_code) == (200, 200)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert data.headers["content-type"] == "application/json"
    assert client.head(place).status_code == 200


@pytest.mark.parametrize(
    "place",
    ["/nothing", "/archives/nowhere/", "/archives/trial/nothing", "/archives/trial/campaigns/9"],
)
def test_a_person_at_an_unknown_address_gets_a_page(unchanged: Installation, place: str) -> None:
    answer = unchanged.client(BROWSER).get(place)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is nothing here" in answer.text
    assert "content-security-policy" in answer.headers


def test_an_address_is_not_repeated_as_markup(unchanged: Installation) -> None:
    answer = unchanged.client(BROWSER).get("/<script>alert(1)</script>")

    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("place", ["/nothing", "/api/x", "/builder/x", "/nothing.json"])
def test_a_program_at_an_unknown_address_gets_a_problem(
    unchanged: Installation, place: str
) -> None:
    answer = unchanged.client({"Accept": "*/*"}).get(place)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["code"] == "not-found"


@pytest.mark.parametrize("place", ["/archives/trial/", "/api/v1/openapi.json", "/archives.json"])
def test_pages_and_documents_are_packed_for_who_can_unpack(
    unchanged: Installation, place: str
) -> None:
    with listening(unchanged.app) as url, httpx.Client(trust_env=False) as client:
        plain = client.get(url + place, headers={"Accept-Encoding": "identity"})
        with client.stream("GET", url + place, headers={"Accept-Encoding": "gzip"}) as packed:
            content = b"".join(packed.iter_raw())

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert len(gzip.decompress(content)) == len(plain.content)
    assert len(content) < len(plain.content)


def test_a_log_is_never_packed_so_that_its_offsets_hold(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim_of("lamp")
    builder.client.put(
        f"/builder/attempts/{claim['attempt_id']}/log?offset=0",
        content=b"a line\n" * 1000,
        headers={"Authorization": f"Bearer {claim['attempt_token']}"},
    )
    client = installation.client({"Accept-Encoding": "gzip"})

    through_api = client.get(f"/api/v1/builds/{claim['build_id']}/log")
    plain = client.get(f"/archives/trial/builds/lamp/1/amd64/attempts/1/{claim['log_name']}")

    assert (through_api.status_code, plain.status_code) == (200, 200)
    assert "content-encoding" not in {**through_api.headers, **plain.headers}
    assert len(plain.content) == 7000


def test_the_process_starts_on_nothing_serves_and_ends_on_a_signal(tmp_path: Path) -> None:
    root, port = tmp_path / "data" / "vostok", free_port()
    command = [sys.executable, "-m", "vostok.server", "--data-root", str(root)]
    log = tmp_path / "log"
    with log.open("wb") as messages:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=messages,
            stderr=messages,
        )
    try:
        answer = status_of(f"http://127.0.0.1:{port}", process)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(STOP_SECONDS_MAX)

    assert answer.json()["url"] == f"http://127.0.0.1:{port}"
    assert answer.headers["content-type"] == "application/json"
    assert code in {0, -signal.SIGTERM}
    assert log.read_text() == ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def status_of(url: str, process: subprocess.Popen[bytes]) -> httpx.Response:
    """What the server answers once it does."""
    deadline = time.monotonic() + START_SECONDS_MAX
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            try:
                return client.get(f"{url}/api/v1/status")
            except httpx.TransportError:
                assert process.poll() is None, "the server ended before it answered"
                time.sleep(0.05)
    raise AssertionError(f"the server did not answer in {START_SECONDS_MAX} s")
