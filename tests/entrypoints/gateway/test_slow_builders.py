"""Builders that send slowly, or not at all any more."""

import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from tests.entrypoints.gateway.conftest import RunningAttempt
from tests.entrypoints.installation import Builder, Installation, address, listening, token

from vostok.adapters import body_receiver
from vostok.bootstrap import ATTEMPT_FILES_AT_ONCE_MAX
from vostok.entrypoints import gateway

SLOW = 60
"""More than the threads that answer all other requests (40)."""

ANSWER_SECONDS_MAX = 20
BUSY_SECONDS_MAX = 30
BODY = b"abc"
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def url(running: RunningAttempt) -> Iterator[str]:
    with listening(running.installation.app) as found:
        yield found


@contextmanager
def sending(url: str, claim: dict[str, object], place: str) -> Iterator[socket.socket]:
    """A connection that has sent one byte of the thousand that it announced."""
    where = urlsplit(url)
    with socket.create_connection(
        (where.hostname or "", where.port or 0), timeout=ANSWER_SECONDS_MAX
    ) as connection:
        connection.sendall(
            f"PUT {address(claim)}/{place} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: {token(claim)['Authorization']}\r\n"
            f"X-Content-SHA256: {SHA256}\r\nContent-Length: 1000\r\n\r\nx".encode()
        )
        yield connection


def said(connection: socket.socket) -> str:
    """The answer, head and body: the server closes a connection that it cuts off."""
    answer = b""
    while piece := connection.recv(4096):
        answer += piece
    return answer.decode()


def put(url: str, claim: dict[str, object], name: str) -> httpx.Response:
    return httpx.put(
        f"{url}{address(claim)}/files/{name}",
        content=BODY,
        headers={**token(claim), "X-Content-SHA256": SHA256},
        timeout=ANSWER_SECONDS_MAX,
        trust_env=False,
    )


def answered(url: str, claim: dict[str, object]) -> dict[str, int]:
    """What a person, and the same builder for other things, are answered."""
    with httpx.Client(base_url=url, timeout=ANSWER_SECONDS_MAX, trust_env=False) as client:
        place, headers = address(claim), token(claim)
        return {
            "status": client.get("/api/v1/status").status_code,
            "heartbeat": client.post(f"{place}/heartbeat", headers=headers).status_code,
            "log": client.put(f"{place}/log?offset=0", content=b"", headers=headers).status_code,
        }


def all_places_taken(installation: Installation) -> bool:
    """Whether as many files are being written as may be at once."""
    files = (installation.settings.data_root / "files").glob("incoming.*")
    return len(list(files)) == ATTEMPT_FILES_AT_ONCE_MAX


def wait_until_busy(installation: Installation) -> None:
    deadline = time.monotonic() + BUSY_SECONDS_MAX
    while not all_places_taken(installation):
        assert time.monotonic() < deadline, "the slow files were not begun"
        time.sleep(0.05)


def test_many_slow_files_stop_only_other_files(
    running: RunningAttempt, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = running.claim
    with ExitStack() as slow:
        for number in range(SLOW):
            slow.enter_context(sending(url, claim, f"files/slow{number}.deb"))
        wait_until_busy(running.installation)
        monkeypatch.setattr(body_receiver, "WAIT_SECONDS_MAX", 0.2)

        others = answered(url, claim)
        refused = put(url, claim, "lamp.deb")

    assert others == {"status": 200, "heartbeat": 200, "log": 200}
    assert refused.status_code == 503
    assert "16 files are being received at this moment" in refused.json()["detail"]


def test_many_slow_pieces_of_logs_stop_nobody(running: RunningAttempt, url: str) -> None:
    claim = running.claim
    with ExitStack() as slow:
        for _ in range(SLOW):
            slow.enter_context(sending(url, claim, "log?offset=0"))

        others = answered(url, claim)

    assert others == {"status": 200, "heartbeat": 200, "log": 200}


def test_a_place_is_free_again_when_its_sender_left(
    installation: Installation, builder: Builder
) -> None:
    claim = builder.claim()
    with listening(installation.app) as url:
        with ExitStack() as slow:
            for number in range(ATTEMPT_FILES_AT_ONCE_MAX):
                slow.enter_context(sending(url, claim, f"files/slow{number}.deb"))
            wait_until_busy(installation)

        answer = put(url, claim, "lamp.deb")

    assert answer.status_code == 204


def test_who_sends_a_file_or_a_log_too_slowly_is_cut_off(
    running: RunningAttempt, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_receiver, "SILENCE_SECONDS_MAX", 1)
    monkeypatch.setattr(gateway, "LOG_SECONDS_MAX", 1)
    claim = running.claim
    with sending(url, claim, "files/a.deb") as silent, sending(url, claim, "log?offset=0") as log:
        said_of_silence, said_of_log = said(silent), said(log)
    with sending(url, claim, "files/a.deb") as dripping:
        for _ in range(3):
            time.sleep(0.6)
            dripping.sendall(b"x")
        said_of_drips = said(dripping)

    assert [text.split()[1] for text in (said_of_silence, said_of_log, said_of_drips)] == [
        "503"
    ] * 3
    assert "nothing came of the file for 1 seconds" in said_of_silence
    assert "the piece of the log did not come in 1 seconds" in said_of_log
    assert "bytes of the file came in" in said_of_drips
    assert running.build["attempts"][0]["files"] == []
