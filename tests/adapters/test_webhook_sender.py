"""Webhooks over real sockets: what is sent, and where nothing is sent to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vostok.adapters import webhook_sender
from vostok.adapters.webhook_sender import HttpWebhookSender
from vostok.domain.webhook import parse_networks
from vostok.errors import InvalidInputError

LOCAL = parse_networks("127.0.0.0/8")


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent, and answers with a status."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.server_address[1]}/hook?x=1"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers.append(dict(self.headers))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(b"a" * 10_000)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def receiver(status: int = 200) -> Iterator[Receiver]:
    with Receiver(status) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_request_arrives_and_the_beginning_of_the_answer_comes_back() -> None:
    with receiver() as server:
        answer = HttpWebhookSender(LOCAL).send(server.address, {"Vostok-Topic": "built"}, b"{}")

    assert server.bodies == [b"{}"]
    assert server.headers[0]["Vostok-Topic"] == "built"
    assert server.headers[0]["Host"].startswith("localhost:")
    assert (answer.status, answer.text) == (200, "a" * 500)


def test_redirections_are_not_followed() -> None:
    with receiver(302) as server:
        answer = HttpWebhookSender(LOCAL).send(server.address, {}, b"{}")

    assert answer.status == 302
    assert not answer.is_taken
    assert len(server.bodies) == 1


def test_a_name_that_leads_to_this_machine_is_not_connected_to() -> None:
    with receiver() as server:
        answer = HttpWebhookSender([]).send(server.address, {}, b"{}")

    assert answer.status is None
    assert "localhost is an address of this machine" in answer.text
    assert server.bodies == []


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second time its name is asked for it leads to this machine."""
    asked: list[str] = []
    connected: list[object] = []

    def resolve(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        address = "203.0.114.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    class Unconnected(socket.socket):
        def connect(self, target: object) -> None:
            connected.append(target)
            raise OSError("not in this test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "socket", Unconnected)

    HttpWebhookSender([]).send("http://rebind.example.org/", {}, b"{}")

    assert asked == ["rebind.example.org"]
    assert connected == [("203.0.114.1", 80)]


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example.org"])
def test_an_attempt_to_a_name_that_cannot_be_one_has_an_end(host: str) -> None:
    """Of a webhook that was added before such names were refused."""
    answer = HttpWebhookSender([]).send(f"http://{host}/", {}, b"{}")

    assert answer.status is None
    assert "is no address of http or https" in answer.text


def test_a_resolution_that_fails_on_the_name_itself_is_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise UnicodeError("label empty or too long")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    answer = HttpWebhookSender([]).send("http://example.org/", {}, b"{}")

    assert (answer.status, answer.text) == (None, "label empty or too long")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "the host name is not known",
        ),
        (
            socket.gaierror(socket.EAI_AGAIN, "Temporary failure"),
            "the host name could not be looked up just now",
        ),
        (ConnectionRefusedError(111, "Connection refused"), "the connection was refused"),
        (TimeoutError("timed out"), "there was no answer in time"),
        (OSError(113, "No route to host"), "no route to host"),
    ],
)
def test_why_nothing_was_sent_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, error: OSError, told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    answer = HttpWebhookSender([]).send("http://example.org/", {}, b"{}")

    assert (answer.status, answer.text) == (None, told)


def test_a_receiver_who_never_ends_his_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sender, "SEND_SECONDS_MAX", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        answer = HttpWebhookSender(LOCAL).send(f"http://127.0.0.1:{port}/", {}, b"{}")

    assert answer.status is None
    assert answer.text


@pytest.mark.parametrize(
    "address",
    [
        "", "ftp://example.org/", "https://", "http://a b/", "http://meg:secret@example.org/",
        "http://example.org/#x", "http://example.org:0/", "http://example.org:99999/",
        "http://127.0.0.1/", "http://[::1]/", "http://exämple.org/",
        "http://example.org/\r\nX: y", "http://a..b/", f"http://{'a' * 64}.org/",
    ],
)  # fmt: skip
def test_what_is_no_address_to_send_to_is_refused_at_once(address: str) -> None:
    with pytest.raises(InvalidInputError):
        HttpWebhookSender([]).check(address)
