"""Whoever holds a token, or none, and sends what no dput would."""

import http.client
import socket
import time
from collections.abc import Iterator
from copy import copy
from urllib.parse import urlsplit

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation, listening

from vostok.adapters import body_receiver
from vostok.domain.access import Role, TokenScope
from vostok.entrypoints.api import uploads
from vostok.services.people.persons import TokenRequest

SECONDS_MAX = 60
HUGE = 10 << 30


class Sender:
    """Speaks HTTP by hand."""

    def __init__(self, installation: Installation, url: str) -> None:
        self.installation = installation
        self.where = urlsplit(url)
        installation.services.people.add(
            ADMINISTRATOR, "eve", email="eve@example.org", role=Role.DEVELOPER
        )
        self.token = self.new_token()

    def new_token(
        self, scope: TokenScope = TokenScope.UPLOAD, archive: str | None = "trial"
    ) -> str:
        request = TokenRequest(
            person="eve", name=f"{scope}-{archive}", scopes=frozenset({scope}), archive=archive
        )
        return self.installation.services.people.create_token(ADMINISTRATOR, request)[1]

    def put(
        self,
        file: str,
        body: bytes | Iterator[bytes] = b"x",
        *,
        token: str | None = None,
        archive: str = "trial",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Status and text of the answer."""
        connection = http.client.HTTPConnection(
            self.where.hostname or "", self.where.port, timeout=SECONDS_MAX
        )
        path = f"/upload/{archive}/{self.token if token is None else token}/{file}"
        connection.request(
            "PUT", path, body, headers or {}, encode_chunked=not isinstance(body, bytes)
        )
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def raw(self, head: str, body: bytes = b"") -> socket.socket:
        """A connection on which a request has begun."""
        connection = socket.create_connection(
            (self.where.hostname or "", self.where.port or 0), timeout=SECONDS_MAX
        )
        connection.sendall(f"{head}\r\nHost: x\r\n".encode() + body)
        return connection

    def at(self, url: str) -> "Sender":
        """The same person with the same token, at another address."""
        moved = copy(self)
        moved.where = urlsplit(url)
        return moved

    def spooled(self) -> set[str]:
        return set(self.spooled_sizes())

    def spooled_sizes(self) -> dict[str, int]:
        with self.installation.services.database.read() as transaction:
            archive = transaction.archives.named("trial")
            spooled = transaction.uploads.spooled(archive.id, "eve")
        return {name: file.size for name, file in spooled.items()}


@pytest.fixture
def eve(installation: Installation) -> Iterator[Sender]:
    with listening(installation.app) as url:
        yield Sender(installation, url)


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ("..%2f..%2fetc%2fpasswd", 404),
        ("%2fetc%2fpasswd", 404),
        ("../hello_1.dsc", 404),
        ("hello%00.dsc", 404),
        ("hello%0a.dsc", 422),
        ("hello%0d%0aX: y.dsc".replace(" ", "%20"), 422),
        ("..", 422),
        (".hidden.dsc", 422),
        ("-rf.dsc", 422),
        ("a%5cb.dsc", 422),
        ("%e2%80%aehello.dsc", 422),
        ("x" * 300, 422),
    ],
)
def test_no_name_leads_out_of_the_spool(eve: Sender, file: str, status: int) -> None:
    answered, text = eve.put(file)

    assert answered == status, text
    assert eve.spooled() == set()
    assert eve.token not in text


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/upload/trial/{}/a.dsc", "/upload/trial/{}", "/upload/trial/{}/a/b", "//upload/x/{}"]
)
def test_no_answer_repeats_the_token_of_an_address(
    eve: Sender, path: str, method: str, accept: str
) -> None:
    connection = http.client.HTTPConnection(
        eve.where.hostname or "", eve.where.port, timeout=SECONDS_MAX
    )

    connection.request(method, path.format(eve.token), headers={"Accept": accept})
    answer = connection.getresponse()
    told = answer.read().decode() + str(answer.headers)
    connection.close()

    assert eve.token not in told


def test_tokens_of_other_places_scopes_and_times_get_one_answer(eve: Sender) -> None:
    eve.installation.services.people.revoke_token(ADMINISTRATOR, "eve", "upload-trial")
    tokens = [
        eve.token,
        "wrong",
        eve.new_token(archive="debian"),
        eve.new_token(TokenScope.READ),
    ]

    answers = {eve.put("hello_1.dsc", token=token) for token in tokens}

    assert answers == {(404, uploads.NOTHING_HERE)}


def test_a_body_without_length_is_taken_and_bounded(eve: Sender) -> None:
    taken, _ = eve.put("a.dsc", iter([b"one", b"two"]))
    pieces = (bytes(1 << 20) for _ in range(6))
    refused, said = eve.put("a_1_source.changes", pieces)

    assert (taken, eve.spooled()) == (201, {"a.dsc"})
    assert refused == 422
    assert said.startswith("error: a .changes may have at most 4194304 bytes\nhint: ")


def test_ten_gigabytes_that_are_announced_are_refused_before_they_are_sent(eve: Sender) -> None:
    with eve.raw(
        f"PUT /upload/trial/{eve.token}/a.orig.tar.xz HTTP/1.1\r\nContent-Length: {HUGE}",
        b"\r\n",
    ) as connection:
        answer = connection.recv(4096).decode()

    assert answer.startswith("HTTP/1.1 413"), answer
    assert eve.spooled() == set()


def test_slow_senders_without_a_token_stop_nobody(eve: Sender) -> None:
    slow = [
        eve.raw("PUT /upload/trial/wrong/a.dsc HTTP/1.1\r\nContent-Length: 1000", b"\r\nx")
        for _ in range(60)
    ]
    time.sleep(1)

    status, text = eve.put("hello_1.dsc")

    for connection in slow:
        connection.close()
    assert (status, text) == (201, "hello_1.dsc came\n")


def test_slow_senders_with_a_token_stop_only_uploads(
    eve: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_receiver, "WAIT_SECONDS_MAX", 0.5)
    slow = [
        eve.raw(
            f"PUT /upload/trial/{eve.token}/a{number}.dsc HTTP/1.1\r\nContent-Length: 1000",
            b"\r\nx",
        )
        for number in range(60)
    ]
    time.sleep(2)

    status, text = eve.put("hello_1.dsc")
    connection = http.client.HTTPConnection(
        eve.where.hostname or "", eve.where.port, timeout=SECONDS_MAX
    )
    connection.request("GET", "/api/v1/status")
    other = connection.getresponse().status

    for each in slow:
        each.close()
    connection.close()
    assert (status, text.splitlines()[0]) == (
        503, "error: 16 files are being received at this moment",
    )  # fmt: skip
    assert other in (200, 401)


def all_of(connection: socket.socket) -> str:
    """What the other side says until it closes: an answer may come in several parts."""
    parts = []
    while part := connection.recv(4_096):
        parts.append(part)
    return b"".join(parts).decode()


def test_who_sends_too_slowly_is_cut_off(eve: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_receiver, "SILENCE_SECONDS_MAX", 1)
    head = f"PUT /upload/trial/{eve.token}/a.dsc HTTP/1.1\r\nContent-Length: 100"
    with eve.raw(head, b"\r\nx") as silent:
        said_of_silence = all_of(silent)
    with eve.raw(head, b"\r\nx") as dripping:
        for _ in range(3):
            time.sleep(0.6)
            dripping.sendall(b"x")
        said_of_drips = all_of(dripping)

    assert "503" in said_of_silence.splitlines()[0]
    assert "nothing came of the file for 1 seconds" in said_of_silence
    assert "503" in said_of_drips.splitlines()[0]
    assert "bytes of the file came in" in said_of_drips
    assert eve.spooled() == set()
