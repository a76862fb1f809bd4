"""News as server-sent events, over a real socket."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from tests.entrypoints.installation import ADMIN, Installation, listening

from vostok.adapters.event_streams import news as news_streams
from vostok.adapters.event_streams.news import NewsStreams

STREAM = "/api/v1/archives/trial/news/stream"
LINES_MAX = 500
TRIES_MAX = 200


@pytest.fixture
def address(installation: Installation) -> Iterator[str]:
    """The server, listening."""
    with listening(installation.app) as url:
        yield url


@contextmanager
def stream(
    address: str, place: str = STREAM, *, last: str | None = None, **query: str
) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a stream: type, id and data of each, those without data left out."""
    headers = {**ADMIN, **({"Last-Event-ID": last} if last else {})}
    with httpx.stream("GET", address + place, params=query, headers=headers, timeout=60) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer.iter_lines())


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    fields: dict[str, str] = {}
    for _, line in zip(range(LINES_MAX), lines, strict=False):
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            if "data" in fields:
                yield {**fields, "data": json.loads(fields["data"])}
            fields = {}


def cancel_a_build(installation: Installation) -> None:
    client = installation.client(ADMIN)
    builds = client.get("/api/v1/archives/trial/campaigns/1").json()["builds"]
    live = next(build for build in builds if build["state"] == "needs-build")
    assert client.post(f"/api/v1/builds/{live['id']}/cancellations", json={}).is_success


def test_a_stream_tells_what_happens_while_it_is_open(
    installation: Installation, address: str
) -> None:
    with stream(address) as told:
        cancel_a_build(installation)

        event = next(told)

    assert event["event"] == "stopped"
    assert event["data"]["state"] == "cancelled"
    assert event["id"] == event["data"]["position"]


def test_it_goes_on_behind_the_last_id(address: str) -> None:
    with stream(address, cursor="b0.p0.u0.c0", seconds="0") as told:
        whole = list(told)

    with stream(address, last=whole[0]["id"], seconds="0") as told:
        rest = list(told)

    assert rest == whole[1:]
    assert len(whole) >= 3


def test_a_campaign_has_its_own_stream(address: str) -> None:
    place = "/api/v1/archives/trial/campaigns/1/news/stream"

    with stream(address, place, cursor="b0.p0.u0.c0", seconds="0") as told:
        found = list(told)

    assert {event["data"]["campaign"] for event in found} == {1}


def test_it_ends_when_the_archive_is_not_shown_to_the_reader_any_more(
    installation: Installation, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news_streams, "HEARTBEAT_SECONDS", 0.2)
    with httpx.stream("GET", address + STREAM, timeout=60) as answer:
        body = {"is_private": True}
        client = installation.client(ADMIN)
        client.put("/api/v1/archives/trial/visibility", json=body)

        told = list(events(answer.iter_lines()))

    assert [(event["event"], event["data"]["detail"]) for event in told[-1:]] == [
        ("end", "there is no archive trial")
    ]


def test_only_so_many_are_open_and_one_that_ends_makes_room(installation: Installation) -> None:
    services = installation.services
    streams = NewsStreams(services.news, services.url, streams_max=1)
    object.__setattr__(services, "news_streams", streams)

    with listening(installation.app) as address:
        with stream(address) as told:
            refused = httpx.get(address + STREAM, headers=ADMIN)
            cancel_a_build(installation)
            next(told)
        for _ in range(TRIES_MAX):  # the server notices a little later that the reader left
            again = httpx.get(address + STREAM, params={"seconds": "0"}, headers=ADMIN)
            if again.status_code == httpx.codes.OK:
                break
            time.sleep(0.05)

    assert again.status_code == 200
    assert refused.status_code == 503
    assert "as many as there may be" in refused.json()["detail"]


def test_what_is_not_there_has_no_stream(address: str) -> None:
    answer = httpx.get(address + "/api/v1/archives/none/news/stream")

    assert answer.status_code == 404


@pytest.mark.parametrize("form", ["--json", ""])
def test_the_command_prints_what_happens(
    installation: Installation, address: str, form: str
) -> None:
    command = [sys.executable, "-P", "-m", "vostok.entrypoints.cli", *form.split(), "archive"]
    with subprocess.Popen(
        [*command, "watch", "trial", "--on", "stopped", "--cursor", "b0.p0.u0.c0"],
        stdout=subprocess.PIPE,
        text=True,
        env={
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "VOSTOK_URL": address,
            "VOSTOK_TOKEN": ADMIN["Authorization"].removeprefix("Bearer "),
        },
    ) as watching:
        cancel_a_build(installation)
        assert watching.stdout is not None

        line = watching.stdout.readline()

        watching.terminate()
    if form:
        assert json.loads(line)["topic"] == "stopped"
    else:
        assert "  stopped    " in line
        assert "cancelled" in line
